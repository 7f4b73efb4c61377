/** The status document, projected from the actors' states. */

import { buildDag, longestPaths } from "../../dag/dag.ts";
import { NOTHING_SPENT } from "../../machines/budget.ts";
import type { ConflictContext } from "../../machines/conflict.ts";
import type { MergeContext } from "../../machines/merge/merge-decisions.ts";
import { accountOf, shareUsed } from "../../machines/scheduler/accounts.ts";
import { hasEnded } from "../../machines/scheduler/settle.ts";
import type { Row, SchedulerContext } from "../../machines/scheduler/state.ts";
import type { SupervisorContext } from "../../machines/supervisor.ts";
import { rowAt } from "../../machines/table.ts";
import { isRefused } from "../../machines/task/failure-policy.ts";
import { attemptLabel, type TaskContext } from "../../machines/task/task-state.ts";
import type { Task } from "../../plan/model.ts";
import { parseAddress, taskActor } from "../../protocol/address.ts";
import {
  type AccountView,
  type ConflictView,
  type GateStatus,
  isRunOver,
  type RunStatus,
  type StatusDocument,
  type TaskStatus,
  type TaskView,
} from "../../protocol/status.ts";
import { hashStates } from "../runtime/replay.ts";
import type { ActorState, ActorSystem } from "../runtime/system.ts";
import { estimateEnd } from "./estimate-end.ts";
import { GateTimes } from "./gate-times.ts";
import { isoTime } from "./iso-time.ts";
import type { LastFailure } from "./last-failure.ts";
import { viewQueue } from "./queue-view.ts";
import { manifestOf, type RunMeta } from "./run-view.ts";
import { WaitProjector } from "./waits.ts";

export interface StatusOptions {
  /** Whether the newest epoch's host lives. */
  hostAlive: boolean;
  /** Now, ms; for the wall time of a run that goes on. */
  now: number;
}

/** Where the output of a task's attempt is kept, relative to the run's folder. */
export function transcriptPath(task: string, label: string): string {
  return `out/${task}.${label}.log`;
}

/** Projects the whole document. Cost grows with the number of tasks. */
export function projectStatus(system: ActorSystem, meta: RunMeta, options: StatusOptions): StatusDocument {
  const manifest = manifestOf(system);
  const scheduler = contextOf<SchedulerContext>(system, "scheduler");
  const times = new GateTimes(meta.gates, manifest?.usual?.gates);
  const waits = scheduler === undefined ? null : new WaitProjector(system, scheduler, { meta, now: options.now });
  const tasks = (manifest?.plan.tasks ?? []).map((task): TaskView => {
    const waitsFor = waits?.waitOf(task) ?? null;
    const view = viewTask(system, scheduler, task, { patterns: meta.patterns[task.id] ?? [], times });
    // Nobody works on it any more, whatever its actor waits for.
    const stale = !options.hostAlive && (view.status === "running" || view.status === "gating") ? { stale: true } : {};
    return { ...view, ...stale, ...explain(view, meta.failures[task.id]), ...(waitsFor === null ? {} : { waitsFor }) };
  });
  const status = runStatus(system, scheduler, meta, options);
  const workMs = sumWork(system);
  const isOver = isRunOver(status);
  const queue = isOver ? null : viewQueue(system, times);
  const isGoing = status === "running" && options.hostAlive;
  const eta =
    isGoing && manifest !== null && scheduler !== undefined
      ? estimateEnd(system, { manifest, scheduler, times, now: options.now })
      : null;
  // The time that nobody worked on it, after a crash or an interruption, is no work of this run.
  const wallMs = meta.activeMs + (options.hostAlive && !isOver ? Math.max(0, options.now - meta.lastAt) : 0);
  const { spent, reserved } = scheduler ?? { spent: NOTHING_SPENT, reserved: { usd: 0, tokens: 0 } };
  return {
    schema: 1,
    run: manifest?.run ?? "",
    goal: manifest?.plan.goal ?? "",
    status,
    program: meta.epoch?.program ?? "",
    host: {
      alive: options.hostAlive,
      pid: options.hostAlive ? (meta.epoch?.pid ?? null) : null,
      epoch: meta.epoch?.epoch ?? 0,
    },
    seq: system.seq,
    hash: hashStates(system),
    base: manifest?.base ?? null,
    branch: manifest?.branch ?? null,
    head: scheduler?.head ?? null,
    tasks,
    ...(queue === null ? {} : { queue }),
    conflicts: viewConflicts(system),
    cost: { ...spent, reserved },
    timing: {
      wall_ms: wallMs,
      work_ms: workMs,
      critical_path_ms: criticalPathMs(system, manifest?.plan.tasks ?? []),
      speedup: isOver && wallMs > 0 && workMs > 0 ? Math.round((workMs / wallMs) * 100) / 100 : null,
      parts: {
        gates_ms: meta.gates.tasksMs,
        merge_gates_ms: meta.gates.mergesMs,
        queue_ms: meta.parts.queueMs,
        git_ms: meta.parts.gitMs,
      },
    },
    recoveries: Math.max(0, meta.epochs - 1),
    dropped_bytes: meta.droppedBytes,
    warnings: meta.warnings,
    ...(eta === null ? {} : { eta }),
    ...(isOver ? {} : viewAccounts(scheduler, options.now)),
    shipped: viewShipped(meta),
    notProtecting: listNotProtecting(contextOf<MergeContext>(system, "merge")),
  };
}

/** Where the reason of a task's trouble is told at length, and what stands there. */
function explain({ status, reason }: TaskView, failure: LastFailure | undefined): Pick<TaskView, "log" | "evidence"> {
  if (failure === undefined || reason === null || !TROUBLED.has(status)) return {};
  const { log, evidence } = failure;
  return { ...(log === null ? {} : { log }), ...(evidence.length === 0 ? {} : { evidence }) };
}

/** What ended well, or was ended by somebody, has the trouble of an earlier attempt behind it. */
const TROUBLED: ReadonlySet<TaskStatus> = new Set(["failed", "waiting", "pending", "ready", "running"]);

/** Gates that are red on the run's branch as on its base, and do not tell what is wrong. */
function listNotProtecting(merge: MergeContext | undefined): string[] {
  return Object.entries(merge?.standing ?? {}).flatMap(([gate, { problems }]) => (problems === null ? [gate] : []));
}

function viewShipped({ shipped }: RunMeta): (StatusDocument["shipped"] & object) | null {
  if (shipped === null) return null;
  const { into, commit, atMs } = shipped;
  return { into, commit, at: new Date(atMs).toISOString() };
}

function contextOf<Context>(system: ActorSystem, id: string): Context | undefined {
  return system.actors.get(id)?.snapshot.context as Context | undefined;
}

function runStatus(
  system: ActorSystem,
  scheduler: SchedulerContext | undefined,
  meta: RunMeta,
  { hostAlive }: StatusOptions,
): RunStatus {
  const root = contextOf<SupervisorContext>(system, "run");
  const outcome = scheduler?.outcome ?? (root?.outcome.kind === "exhausted" ? "failed" : null);
  if (outcome !== null) return outcome;
  if (meta.interruptedBy !== null) return "interrupted";
  if (scheduler?.dispatchBlockedBy === "cancelled" && hostAlive) return "cancelling";
  if (scheduler?.saidWaiting) return "waiting";
  return hostAlive ? "running" : "interrupted";
}

/** Accounts that are held back now, or near their limit; nothing when none is. */
function viewAccounts(scheduler: SchedulerContext | undefined, now: number): Pick<StatusDocument, "accounts"> {
  const { held = {}, windows = {} } = scheduler ?? {};
  const isHeld = (name: string): boolean => held[name]?.next === "timer";
  const names = new Set([...Object.keys(held).filter(isHeld), ...Object.keys(windows)]);
  const accounts = [...names].flatMap((name): AccountView[] => {
    const limitedUntil = isHeld(name) ? isoTime(held[name]?.until ?? null) : null;
    const used = scheduler === undefined ? 0 : shareUsed(scheduler, name, now);
    if (scheduler === undefined || (limitedUntil === null && used === 0)) return [];
    const standIns = countStandIns(scheduler, name);
    const others = Object.keys(standIns).length === 0 ? {} : { standIns };
    return [{ name, limitedUntil, used: used === 0 ? null : used, ...others }];
  });
  return accounts.length === 0 ? {} : { accounts };
}

/** Tasks at work, by agent, that another agent would do whose account this is. */
function countStandIns(scheduler: SchedulerContext, account: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [task, { input }] of scheduler.nodes.entries()) {
    const { phase, chosen } = rowAt(scheduler.rows, task);
    if (phase !== "running" || chosen === undefined || input.agent === null || chosen === input.agent) continue;
    if (accountOf(scheduler, input.agent) === account) counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  return counts;
}

function viewTask(
  system: ActorSystem,
  scheduler: SchedulerContext | undefined,
  task: Task,
  { patterns, times }: { patterns: string[]; times: GateTimes },
): TaskView {
  const actor = system.actors.get(taskActor(task.id));
  const context = actor?.snapshot.context as TaskContext | undefined;
  const at = scheduler?.index[task.id] as number;
  const row = scheduler ? rowAt(scheduler.rows, at) : undefined;
  const reviewer = scheduler?.nodes[at]?.input.reviewer;
  const state = actor?.status === "active" ? String(actor.snapshot.value) : null;
  // An end that is followed by another attempt is none.
  const isOfNow = state !== null || row === undefined || hasEnded(row.phase);
  return {
    id: task.id,
    title: task.title,
    stream: task.stream,
    agent: row?.chosen ?? (task.work.kind === "agent" ? task.work.agent : null),
    status: taskStatus(row, state),
    attempts: row?.attempts ?? 0,
    started: isoTime(context?.startedAt ?? null),
    finished: isoTime((isOfNow ? context?.finishedAt : null) ?? null),
    commit: context?.landed ?? null,
    files: context?.files ?? [],
    gates: [
      ...task.gates.map((name) => ({
        name,
        status: state === "gating" ? times.statusOf(taskActor(task.id), name) : gateStatus(context, name),
      })),
      ...(reviewer === undefined ? [] : [{ name: "review", status: reviewStatus(context, state) }]),
    ],
    reason: row?.reason ?? (isOfNow ? context?.reason : null) ?? null,
    needs: task.needs,
    transcript: context && context.startedAt !== null ? transcriptPath(task.id, attemptLabel(context)) : null,
    patterns,
    ...(context?.isUnchanged === true && context.outcome === "done" ? { unchanged: true as const } : {}),
    ...(context?.outcome === "failed" && isOfNow && isRefused(context) ? { refused: true as const } : {}),
    ...(row?.spent === undefined ? {} : { cost: row.spent }),
  };
}

/** States of a task whose work is done and not yet let into the merge queue. */
const UNDER_JUDGEMENT: ReadonlySet<string> = new Set(["gating", "awaitingReview", "reviewing"]);

/** A review is shown as one more gate. */
function reviewStatus(context: TaskContext | undefined, state: string | null): GateStatus {
  if (state === "reviewing") return "running";
  if (context === undefined || state === "awaitingReview") return "pending";
  if (context.isAccepted) return "skipped";
  if (context.outcome === "merged" || state === "queued") return "passed";
  return context.rejections > 0 && state === "waiting" ? "failed" : "pending";
}

function taskStatus(row: Row | undefined, state: string | null): TaskStatus {
  if (row === undefined) return "pending";
  switch (row.phase) {
    case "blocked":
      return "pending";
    case "running":
      return state === "gating" ? "gating" : "running";
    case "parked":
      return state === "queued" ? "queued" : UNDER_JUDGEMENT.has(state ?? "") ? "gating" : "ready";
    case "waitingForHuman":
      return "waiting";
    case "ready":
    case "merged":
    case "done":
    case "failed":
    case "cancelled":
    case "skipped":
      return row.phase;
  }
}

function gateStatus(context: TaskContext | undefined, name: string): GateStatus {
  return context?.gateResults.find((gate) => gate.name === name)?.status ?? "pending";
}

function viewConflicts(system: ActorSystem): ConflictView[] {
  return [...system.actors.values()]
    .filter(({ kind }) => kind === "conflict")
    .map((actor) => {
      const { id, snapshot } = actor;
      const { kind, task, why, files, choices, choice, by = null } = snapshot.context as ConflictContext;
      const status = conflictStatus(actor);
      const view = { id: parseAddress(id).id, kind, task, status, why, files, choices, choice };
      return by === null ? view : { ...view, by };
    });
}

/** One that was ended with its task, unanswered, waits for nobody any more: it counts as applied, without a choice. */
export function conflictStatus({ status, snapshot }: ActorState): ConflictView["status"] {
  return status === "active" || snapshot.value !== "open"
    ? (String(snapshot.value) as ConflictView["status"])
    : "applied";
}

function taskContexts(system: ActorSystem): TaskContext[] {
  return [...system.actors.values()]
    .filter(({ kind }) => kind === "task")
    .map(({ snapshot }) => snapshot.context as TaskContext);
}

function sumWork(system: ActorSystem): number {
  return taskContexts(system).reduce((sum, { workMs }) => sum + workMs, 0);
}

/** The longest chain of measured work over hard needs. */
function criticalPathMs(system: ActorSystem, tasks: readonly Task[]): number {
  const work = new Map(taskContexts(system).map(({ id, workMs }) => [id, workMs]));
  const { ids, needs } = buildDag(tasks);
  const paths = longestPaths(
    needs,
    ids.map((id) => work.get(id) ?? 0),
  );
  return paths.reduce((longest, path) => Math.max(longest, path), 0);
}
