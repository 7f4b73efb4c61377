/**
 * A run as its log tells it: the fold of all actors, and the few facts that no actor keeps (epochs, interruptions,
 * warnings). Status, events and what the vault learns are projected from here, live or long afterwards.
 */

import type { MergeContext } from "../../machines/merge/merge-decisions.ts";
import { emptyOccasions, noteOccasion, type Occasions } from "../../machines/notices/occasions.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import type { Task } from "../../plan/model.ts";
import { HOST, RUN, taskActor, taskAt } from "../../protocol/address.ts";
import type { Events, EventType } from "../../protocol/events.ts";
import { isPassing } from "../../protocol/left-words.ts";
import { NOTED } from "../../protocol/mail.ts";
import { type RunRecord, readRecord } from "../../protocol/records.ts";
import { warningOf } from "../../protocol/tell-event.ts";
import type { EpochFacts, RunManifest } from "../../protocol/values.ts";
import type { LogRecord } from "../log/port.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { emptyFlakyNotes, type FlakyNotes, noteFlaky } from "./flaky-tests.ts";
import { emptyGateNotes, type GateNotes, noteGates } from "./gate-times.ts";
import { failureOf, type LastFailure } from "./last-failure.ts";
import { emptyLostNotes, type LostNotes, noteLost } from "./lost-time.ts";
import { emptyTimeParts, noteTimeParts, type TimeParts } from "./time-parts.ts";

/** Facts beside the actors. JSON, so that it goes into snapshots. */
export interface RunMeta {
  startedAt: number;
  lastAt: number;
  /** Time that a host worked on it, ms: between its first and its last record, summed over epochs. */
  activeMs: number;
  epochs: number;
  epoch: EpochFacts | null;
  interruptedBy: string | null;
  endedAt: number | null;
  droppedBytes: number;
  /** Those that say that what passed says less come first. */
  warnings: string[];
  /** How many of them do. */
  risks: number;
  /** Task -> ids of the patterns that its agents were shown, in the order in which they first were. */
  patterns: Record<string, string[]>;
  /** Task -> how its newest attempt that failed did so. */
  failures: Record<string, LastFailure>;
  /** Task -> when its actor was told last what it went on by, ms. */
  movedAt: Record<string, number>;
  /** Task -> when a person paused it last, ms. */
  pausedAt: Record<string, number>;
  gates: GateNotes;
  flaky: FlakyNotes;
  parts: TimeParts;
  lost: LostNotes;
  /** The branch that holds the whole result, since when. */
  shipped: { into: string; commit: string; atMs: number } | null;
  /** What a person is to be told of. */
  notices: Occasions;
}

/** Warnings kept; a run that goes wrong in one way a thousand times says so once or twice. */
const MAX_WARNINGS = 100;

/** The facts of a run before its first record. */
export function emptyMeta(): RunMeta {
  return {
    startedAt: 0,
    lastAt: 0,
    activeMs: 0,
    epochs: 0,
    epoch: null,
    interruptedBy: null,
    endedAt: null,
    droppedBytes: 0,
    warnings: [],
    risks: 0,
    patterns: {},
    failures: {},
    movedAt: {},
    pausedAt: {},
    gates: emptyGateNotes(),
    flaky: emptyFlakyNotes(),
    parts: emptyTimeParts(),
    lost: emptyLostNotes(),
    shipped: null,
    notices: emptyOccasions(),
  };
}

/** Folds one record into the facts; mutates `meta`. */
export function noteRecord(meta: RunMeta, logged: LogRecord): void {
  const record = readRecord(logged);
  const { actor, type, time, data } = record;
  if (meta.startedAt === 0) meta.startedAt = time;
  if (type !== "epoch.started" && meta.epoch?.purpose === undefined) meta.activeMs += time - meta.lastAt;
  noteTimeParts(meta.parts, record, { effects: logged.effects, before: meta.lastAt });
  noteLost(meta.lost, record, { effects: logged.effects, before: meta.lastAt, isOver: meta.endedAt !== null });
  meta.lastAt = time;
  if (type === "epoch.started" && actor === HOST) {
    meta.epoch = data;
    meta.droppedBytes += data.droppedBytes ?? 0;
    // Opened only to be shipped, or told of, the run is as it was.
    if (data.purpose === undefined) {
      meta.epochs += 1;
      meta.interruptedBy = null;
    }
  } else if (type === "ship.finished") noteShipped(meta, time, data);
  else if (type === "branch.advanced") meta.shipped = null;
  else if (type === "task.paused") for (const task of data.tasks) meta.pausedAt[task] = time;
  else if (type === "run.interrupted") meta.interruptedBy = data.signal;
  else if (type === "run.finished") meta.endedAt = time;
  else if (type === "actor.started" && actor === RUN) {
    meta.endedAt = null;
    meta.warnings = meta.warnings.filter((warning) => !isPassing(warning));
  }
  noteGates(meta.gates, record);
  noteOccasion(meta.notices, record);
  noteFlaky(meta.flaky, record);
  const task = taskAt(actor);
  if (task !== null) noteTask(meta, task, record);
  noteWarning(meta, record);
}

function noteWarning(meta: RunMeta, record: RunRecord): void {
  const warning = warningOf(record);
  if (warning === null || meta.warnings.length >= MAX_WARNINGS || meta.warnings.includes(warning)) return;
  const { type, data } = record;
  const isRisk = (type === "run.warned" && data.isRisk === true) || (type === "gate.baseline" && !data.protecting);
  if (isRisk) meta.warnings.splice(meta.risks++, 0, warning);
  else meta.warnings.push(warning);
}

function noteShipped(meta: RunMeta, time: number, { into, how, commit }: Events["ship.finished"]): void {
  if (how === "already" && meta.shipped?.into === into) return;
  meta.shipped = { into, commit, atMs: time };
}

/** What a task's actor is told and goes nowhere by, or only long after it has gone on. */
const STANDING: ReadonlySet<EventType> = new Set([...NOTED.task, "cost.reported", "workspace.released"]);

function noteTask(meta: RunMeta, task: string, record: RunRecord): void {
  if (!STANDING.has(record.type)) meta.movedAt[task] = record.time;
  if (record.type === "advice.shown") {
    const known = meta.patterns[task] ?? [];
    meta.patterns[task] = [...new Set([...known, ...record.data.patterns])];
  }
  const failure = failureOf(record);
  if (failure !== null) meta.failures[task] = failure;
}

/** Grown plans by what was added, an array that is replaced and never changed. */
const grown = new WeakMap<readonly Task[], RunManifest>();

/** What a run's root was started for, with the tasks that were added and changed since; null before it was. */
export function manifestOf(system: ActorSystem): RunManifest | null {
  const manifest =
    (system.actors.get("run")?.snapshot.context as { manifest?: RunManifest } | undefined)?.manifest ?? null;
  const added = schedulerOf(system)?.added ?? [];
  if (manifest === null || added.length === 0) return manifest;
  const known = grown.get(added);
  if (known !== undefined) return known;
  const changed = new Map(added.map((task) => [task.id, task]));
  const first = manifest.plan.tasks.map((task) => changed.get(task.id) ?? task);
  const begun = new Set(first.map(({ id }) => id));
  const tasks = [...first, ...added.filter(({ id }) => !begun.has(id))];
  const whole = { ...manifest, plan: { ...manifest.plan, tasks } };
  grown.set(added, whole);
  return whole;
}

/** The commits that the run's branch may be at. */
export interface MergedCommits {
  /** What holds all that is merged: the run's base, as long as that is nothing. */
  head: string;
  /** Where the branch is being moved to: it may be there already. */
  next: string | null;
  /** Whether anything is merged. */
  isAny: boolean;
}

const ADVANCING: ReadonlySet<string> = new Set(["advancing", "advancingLater"]);

/** What the log says was merged; null of a run that merges nothing. */
export function mergedCommits(system: ActorSystem): MergedCommits | null {
  const queue = system.actors.get("merge")?.snapshot;
  if (queue === undefined) return null;
  const { head, chain, good, landed } = queue.context as MergeContext;
  const next = ADVANCING.has(String(queue.value)) ? (chain[good - 1]?.commit ?? null) : null;
  return { head, next, isAny: Object.keys(landed).length > 0 };
}

/** How a task's newest actor ended; null when it has not. */
export function endOfTask(system: ActorSystem, id: string): { isDone: boolean; commit: string | null } | null {
  const context = system.actors.get(taskActor(id))?.snapshot.context as TaskContext | undefined;
  if (context === undefined || context.outcome === null) return null;
  return { isDone: context.outcome === "merged" || context.outcome === "done", commit: context.commit };
}

/** What the scheduler knows; null before it was started. */
export function schedulerOf(system: ActorSystem): SchedulerContext | null {
  return (system.actors.get("scheduler")?.snapshot.context as SchedulerContext | undefined) ?? null;
}
