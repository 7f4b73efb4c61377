/**
 * One task: prepared, worked on, committed, checked, queued for the merge, landed; tried again when that is worth it,
 * waiting for a person when it is theirs to decide. The slot it works in is granted by the scheduler and given back
 * as soon as no worker of it runs.
 *
 * K1 What an agent says of itself decides nothing: only its exit, the commit that the runtime made, and gates do.
 * K2 `tries` counts failed attempts against `retries`; an attempt that was lost with its host, or that the agent
 *    itself (not its work) failed, does not count, the latter up to a bound.
 * K3 A re-run keeps the old base as `since`, so that it can be seen whether it removes what was merged meanwhile.
 */
import { and, assign, enqueueActions, not, setup } from "xstate";
import type { Isolation, OnConflict } from "../plan/model.ts";
import { type Backoff, backoffMs } from "./backoff.ts";
import type { ConflictInput } from "./conflict.ts";
import { type Effect, enact, type GateOutcome, internalEffects, taskEffects, tell, timerEffects, type Workspace } from "./effects.ts";

export interface TaskInput {
  id: string;
  stream: string;
  /** Name of the agent; null for a command. */
  agent: string | null;
  isolation: Isolation;
  gates: string[];
  retries: number;
  onConflict: OnConflict;
  backoff: Backoff;
  seed: number;
}

/** What the stream adds when it starts the actor; `at` is the time of the start, ms. */
export interface TaskStart extends TaskInput {
  /** Label of the granted attempt, unique in the run. */
  attempt: string;
  base: string | null;
  at: number;
}

/** How a task ends. */
export type TaskOutcome = "merged" | "done" | "failed" | "cancelled";

export interface TaskContext extends TaskStart {
  /** Base of the attempt before a re-run on a newer base. */
  since: string | null;
  /** Attempts of this grant that were lost with their host. */
  lost: number;
  /** Failed attempts that count. */
  tries: number;
  faults: number;
  reruns: number;
  hasSlot: boolean;
  workspace: Workspace | null;
  commit: string | null;
  /** Its commit on the integration branch. */
  landed: string | null;
  head: string | null;
  files: string[];
  gateResults: GateOutcome[];
  /** Path of what the next attempt should read, relative to the run's folder. */
  feedback: string | null;
  reason: string | null;
  conflicts: number;
  conflict: ConflictInput | null;
  transcript: string | null;
  startedAt: number | null;
  finishedAt: number | null;
  /** Milliseconds of work and gates over all attempts that counted. */
  workMs: number;
  stop: string | null;
  outcome: TaskOutcome | null;
}

export type TaskEvent =
  | { type: "workspace.prepared"; at: number; workspace: Workspace }
  | { type: "workspace.failed"; at: number; reason: string }
  | {
      type: "task.exited";
      at: number;
      ok: boolean;
      code: number | null;
      signal: string | null;
      reason: string | null;
      blame: "work" | "agent";
      durationMs: number;
      timedOut: boolean;
      transcript: { path: string; bytes: number; sha256: string; truncated: boolean };
    }
  | { type: "agent.notStarted"; at: number; reason: string }
  | { type: "agent.lost"; at: number; killed: number }
  | { type: "cost.reported"; at: number; usd?: number; tokens?: number }
  | { type: "work.committed"; at: number; commit: string; files: string[]; removesMerged: string[] }
  | { type: "work.empty"; at: number }
  | { type: "work.outOfScope"; at: number; files: string[] }
  | { type: "work.failed"; at: number; reason: string }
  | { type: "gates.finished"; at: number; results: GateOutcome[]; durationMs: number }
  | { type: "merge.landed"; at: number; commit: string; head: string }
  | { type: "merge.conflicted"; at: number; files: string[]; head: string }
  | { type: "merge.rejected"; at: number; reason: string; report: string | null }
  | { type: "merge.withdrawn"; at: number }
  | { type: "attempt.start"; at: number; attempt: string; base: string | null }
  | { type: "conflict.decided"; at: number; choice: string }
  | { type: "child.crashed"; at: number; child: string; reason: string }
  | { type: "timer.fired"; at: number; timer: string }
  | { type: "task.stop"; at: number; reason: string }
  | { type: "workspace.released"; at: number; path: string };

/** Failures of the agent itself, after which its task is given up. */
const MOST_FAULTS = 3;
/** Re-runs after merge conflicts, after which a person is asked. */
const MOST_RERUNS = 4;

const RERUN = { name: "rerun", does: "does the task again on the newest state of the integration branch" };
const DROP = { name: "drop", does: "gives the task up; its commit stays on its branch" };
const ACCEPT = { name: "accept", does: "takes the work as it is, removals included" };

/** The label of the attempt under way, also in branch and folder names. */
export function attemptLabel({ attempt, lost }: Pick<TaskContext, "attempt" | "lost">): string {
  return lost === 0 ? attempt : `${attempt}-${lost}`;
}

/** The 1-based number of the attempt, counting only those that count. */
function attemptNumber({ tries, reruns }: TaskContext): number {
  return tries + reruns + 1;
}

const firstRed = (results: readonly GateOutcome[]): GateOutcome | undefined =>
  results.find(({ required, status }) => required && status !== "passed");

function giveBackSlot(context: TaskContext): Effect[] {
  return context.hasSlot ? [tell("scheduler", { type: "slot.released", task: context.id })] : [];
}

function tellBreaker(context: TaskContext, event: { type: "agent.failed"; reason: string } | { type: "agent.succeeded" }): Effect[] {
  return context.agent === null ? [] : [tell(`breaker:${context.agent}`, event)];
}

function conflictId({ id, conflicts }: TaskContext): string {
  return `conflict:${id}-${conflicts}`;
}

const machineSetup = setup({
  types: {
    input: {} as TaskStart,
    context: {} as TaskContext,
    events: {} as TaskEvent,
    output: {} as { outcome: TaskOutcome | null },
  },
  actions: {
    ...internalEffects,
    ...timerEffects,
    ...taskEffects,
    prepare: enqueueActions(({ context, enqueue }) => {
      const { id: task, base, workspace } = context;
      const effects: Effect[] = [{ type: "prepareWorkspace", params: { task, attempt: attemptLabel(context), base } }];
      if (workspace !== null) effects.push({ type: "releaseWorkspace", params: { task, workspace, fate: "superseded" } });
      enact(enqueue, { context: { ...context, workspace: null, commit: null, gateResults: [] }, effects });
    }),
    startWork: enqueueActions(({ context, event, enqueue }) => {
      const workspace = context.workspace ?? { path: "", branch: null, port: 0 };
      const { id: task, feedback } = context;
      const params = { task, attempt: attemptLabel(context), number: attemptNumber(context), workspace, feedback };
      const startedAt = context.startedAt ?? event.at ?? context.at;
      enact(enqueue, { context: { ...context, workspace, startedAt }, effects: [{ type: "startAgent", params }] });
    }),
    noteExit: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "task.exited") return;
      const effects = event.ok
        ? tellBreaker(context, { type: "agent.succeeded" })
        : event.blame === "agent"
          ? tellBreaker(context, { type: "agent.failed", reason: event.reason ?? "failed" })
          : [];
      const workMs = context.workMs + event.durationMs;
      enact(enqueue, { context: { ...context, workMs, transcript: event.transcript.path }, effects });
    }),
    commit: enqueueActions(({ context, enqueue }) => {
      const { id: task, base, since } = context;
      const workspace = context.workspace as Workspace;
      enqueue({ type: "commitWork", params: { task, workspace, base: base as string, since } });
    }),
    check: enqueueActions(({ context, enqueue }) => {
      const { id: task, gates } = context;
      const workspace = context.workspace as Workspace;
      enqueue({ type: "runGates", params: { task, attempt: attemptLabel(context), workspace, gates } });
    }),
    countFailure: assign(({ context, event }) => {
      const isFault =
        event.type === "agent.notStarted" ||
        event.type === "workspace.failed" ||
        (event.type === "task.exited" && event.blame === "agent");
      const feedback = feedbackOf(event) ?? context.feedback;
      const counted = isFault ? { faults: context.faults + 1 } : { tries: context.tries + 1 };
      return { ...counted, feedback, reason: reasonOf(event) };
    }),
    raiseConflict: enqueueActions(({ context, event, enqueue }) => {
      const conflicts = context.conflicts + 1;
      const input = describeConflict(context, event);
      const next = { ...context, conflicts, conflict: input, hasSlot: false, reason: input.why };
      const conflict = conflictId(next);
      enact(enqueue, {
        context: next,
        effects: [
          { type: "spawnActor", params: { id: conflict, kind: "conflict", input } },
          ...giveBackSlot(context),
          tell("scheduler", { type: "task.waiting", task: context.id, conflict }),
        ],
      });
    }),
    applyDecision: enqueueActions(({ context, enqueue }) =>
      enact(enqueue, {
        context: { ...context, conflict: null },
        effects: [tell(conflictId(context), { type: "decision.applied" })],
      }),
    ),
    releaseSlot: enqueueActions(({ context, enqueue }) =>
      enact(enqueue, { context: { ...context, hasSlot: false }, effects: giveBackSlot(context) }),
    ),
    enqueueMerge: enqueueActions(({ context, enqueue }) =>
      enact(enqueue, {
        context: { ...context, hasSlot: false },
        effects: [
          tell("merge", { type: "merge.enqueue", task: context.id, commit: context.commit }),
          ...giveBackSlot(context),
        ],
      }),
    ),
    finish: enqueueActions(({ context, event, enqueue }) => {
      const { id: task, landed: commit, head, reason, workspace } = context;
      const outcome = context.outcome ?? (context.stop === null ? "failed" : "cancelled");
      const isOpen = workspace !== null && workspace.branch !== null;
      const isFailure = outcome === "failed" || outcome === "cancelled";
      const why = outcome === "cancelled" ? context.stop : isFailure ? reason : null;
      const effects: Effect[] = [tell("scheduler", { type: "task.finished", task, outcome, commit, head, reason: why, isOpen })];
      if (workspace && isOpen) {
        effects.push({ type: "releaseWorkspace", params: { task, workspace, fate: isFailure ? "kept" : "landed" } });
      }
      enact(enqueue, { context: { ...context, outcome, reason: why, finishedAt: event.at, hasSlot: false }, effects });
    }),
  },
  guards: {
    isIsolated: ({ context }) => context.isolation === "worktree",
    hasGates: ({ context }) => context.gates.length > 0,
    hasCommit: ({ context }) => context.commit !== null,
    hasWorktree: ({ context }) => context.workspace?.branch != null,
    isStopping: ({ context }) => context.stop !== null,
    isOk: ({ event }) => event.type === "task.exited" && event.ok,
    isGreen: ({ event }) => event.type === "gates.finished" && firstRed(event.results) === undefined,
    mayRetry: ({ context }) => context.tries <= context.retries && context.faults < MOST_FAULTS,
    mayRerun: ({ context }) => context.onConflict === "rerun" && context.reruns < MOST_RERUNS,
    removesMerged: ({ context, event }) =>
      event.type === "work.committed" && context.since !== null && event.removesMerged.length > 0,
    /** Not that of an attempt before. */
    isOwnWorkspace: ({ context, event }) =>
      event.type === "workspace.released" && event.path === context.workspace?.path,
    choosesRerun: ({ event }) => event.type === "conflict.decided" && event.choice === RERUN.name,
    choosesAccept: ({ event }) => event.type === "conflict.decided" && event.choice === ACCEPT.name,
  },
});

/** Events that end an attempt badly, with the words for it. */
function reasonOf(event: TaskEvent): string {
  switch (event.type) {
    case "task.exited":
      return event.reason ?? (event.timedOut ? "timed out" : `exited with ${event.code ?? event.signal ?? "an error"}`);
    case "work.outOfScope":
      return `changed files outside its scope: ${event.files.slice(0, 5).join(", ")}`;
    case "gates.finished": {
      const red = firstRed(event.results);
      return red ? `gate ${red.name}: ${red.summary}` : "a gate failed";
    }
    case "merge.rejected":
    case "workspace.failed":
    case "agent.notStarted":
    case "work.failed":
    case "child.crashed":
      return event.reason;
    default:
      return event.type;
  }
}

function feedbackOf(event: TaskEvent): string | null {
  if (event.type === "gates.finished") return firstRed(event.results)?.report ?? null;
  if (event.type === "merge.rejected") return event.report;
  if (event.type === "task.exited") return event.transcript.path;
  return null;
}

function describeConflict(context: TaskContext, event: TaskEvent): ConflictInput {
  if (event.type === "work.committed") {
    const why = `the re-run of ${context.id} removes lines that others merged since its old base`;
    return { kind: "merge", task: context.id, why, files: event.removesMerged, choices: [RERUN, ACCEPT, DROP] };
  }
  const files = event.type === "merge.conflicted" ? event.files : [];
  const why = `${context.id} conflicts with what is merged already`;
  return { kind: "merge", task: context.id, why, files, choices: [RERUN, DROP] };
}

const noteGates = assign(({ context, event }: { context: TaskContext; event: TaskEvent }) =>
  event.type === "gates.finished" ? { gateResults: event.results, workMs: context.workMs + event.durationMs } : {},
) as never;
const startOver = assign(({ context, event }: { context: TaskContext; event: TaskEvent }) =>
  event.type === "attempt.start" ? { attempt: event.attempt, base: event.base, lost: 0, hasSlot: true, reason: context.reason } : {},
) as never;
const countRerun = assign(({ context }: { context: TaskContext }) => ({
  reruns: context.reruns + 1,
  since: context.since ?? context.base,
  reason: "runs again on the new base after a merge conflict",
})) as never;

/** See the file's head; effects are answered by the events of `TaskEvent`. */
export const taskMachine = machineSetup.createMachine({
  id: "task",
  context: ({ input }) => ({
    ...input,
    since: null,
    lost: 0,
    tries: 0,
    faults: 0,
    reruns: 0,
    hasSlot: true,
    workspace: null,
    commit: null,
    landed: null,
    head: null,
    files: [],
    gateResults: [],
    feedback: null,
    reason: null,
    conflicts: 0,
    conflict: null,
    transcript: null,
    startedAt: null,
    finishedAt: null,
    workMs: 0,
    stop: null,
    outcome: null,
  }),
  initial: "starting",
  on: {
    "cost.reported": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { usd = 0, tokens = 0 } = event;
        enact(enqueue, { context, effects: [tell("scheduler", { type: "cost.added", task: context.id, usd, tokens })] });
      }),
    },
  },
  states: {
    starting: { always: [{ guard: "isIsolated", target: "preparing" }, { target: "running" }] },
    preparing: {
      entry: "prepare",
      on: {
        "workspace.prepared": { target: "running", actions: assign({ workspace: ({ event }) => event.workspace }) },
        "workspace.failed": { target: "attemptFailed", actions: "countFailure" },
        "task.stop": {
          target: "closing",
          actions: [assign({ stop: ({ event }) => event.reason }), { type: "withdraw", params: { name: "prepareWorkspace" } }],
        },
      },
    },
    running: {
      entry: "startWork",
      on: {
        "task.exited": [
          { guard: "isStopping", target: "closing", actions: "noteExit" },
          { guard: and(["isOk", "isIsolated"]), target: "committing", actions: "noteExit" },
          { guard: "isOk", target: "checking", actions: "noteExit" },
          { target: "attemptFailed", actions: ["noteExit", "countFailure"] },
        ],
        "agent.notStarted": { target: "attemptFailed", actions: "countFailure" },
        "agent.lost": [
          { guard: "isStopping", target: "closing" },
          { target: "starting", actions: assign({ lost: ({ context }) => context.lost + 1 }) },
        ],
        "task.stop": {
          actions: [
            assign({ stop: ({ event }) => event.reason }),
            { type: "stopAgent", params: ({ context, event }) => ({ task: context.id, reason: event.reason }) },
          ],
        },
      },
    },
    committing: {
      entry: "commit",
      on: {
        "work.committed": [
          {
            guard: "removesMerged",
            target: "waiting",
            actions: [assign({ commit: ({ event }) => event.commit, files: ({ event }) => event.files }), "raiseConflict"],
          },
          {
            target: "checking",
            actions: assign({ commit: ({ event }) => event.commit, files: ({ event }) => event.files }),
          },
        ],
        "work.empty": { target: "checking", actions: assign({ commit: null, files: [] }) },
        "work.outOfScope": { target: "attemptFailed", actions: "countFailure" },
        "work.failed": { target: "attemptFailed", actions: "countFailure" },
        "task.stop": {
          target: "closing",
          actions: [assign({ stop: ({ event }) => event.reason }), { type: "withdraw", params: { name: "commitWork" } }],
        },
      },
    },
    checking: {
      always: [
        { guard: "hasGates", target: "gating" },
        { guard: "hasCommit", target: "queued" },
        { target: "closing", actions: assign({ outcome: "done" }) },
      ],
    },
    gating: {
      entry: "check",
      on: {
        "gates.finished": [
          { guard: and(["isGreen", "hasCommit"]), target: "queued", actions: noteGates },
          { guard: "isGreen", target: "closing", actions: [noteGates, assign({ outcome: "done" })] },
          { target: "attemptFailed", actions: [noteGates, "countFailure"] },
        ],
        "task.stop": {
          target: "closing",
          actions: [assign({ stop: ({ event }) => event.reason }), { type: "withdraw", params: { name: "runGates" } }],
        },
      },
    },
    queued: {
      entry: "enqueueMerge",
      on: {
        "merge.landed": {
          target: "closing",
          actions: assign({ outcome: "merged", landed: ({ event }) => event.commit, head: ({ event }) => event.head }),
        },
        "merge.conflicted": [
          { guard: "isStopping", target: "closing" },
          { guard: "mayRerun", target: "wanting", actions: countRerun },
          { target: "waiting", actions: "raiseConflict" },
        ],
        "merge.rejected": [
          { guard: "isStopping", target: "closing" },
          { target: "attemptFailed", actions: "countFailure" },
        ],
        "merge.withdrawn": { guard: "isStopping", target: "closing" },
        "task.stop": {
          actions: [
            assign({ stop: ({ event }) => event.reason }),
            { type: "tell", params: ({ context }) => ({ to: "merge", event: { type: "merge.withdraw", task: context.id } }) },
          ],
        },
      },
    },
    attemptFailed: {
      entry: "releaseSlot",
      always: [{ guard: "mayRetry", target: "backingOff" }, { target: "closing" }],
    },
    backingOff: {
      entry: {
        type: "setTimer",
        params: ({ context, event }) => {
          const repeat = context.tries + context.faults;
          return { timer: "backoff", dueAt: event.at + backoffMs(context.backoff, repeat, context.seed, context.id) };
        },
      },
      on: {
        "timer.fired": "wanting",
        "task.stop": {
          target: "closing",
          actions: [assign({ stop: ({ event }) => event.reason }), { type: "withdraw", params: { name: "setTimer" } }],
        },
      },
    },
    wanting: {
      entry: { type: "tell", params: ({ context }) => ({ to: "scheduler", event: { type: "slot.wanted", task: context.id } }) },
      on: {
        "attempt.start": { target: "starting", actions: startOver },
        "task.stop": { target: "closing", actions: assign({ stop: ({ event }) => event.reason }) },
      },
    },
    waiting: {
      on: {
        "conflict.decided": [
          { guard: "choosesRerun", target: "wanting", actions: ["applyDecision", countRerun] },
          { guard: "choosesAccept", target: "accepting", actions: "applyDecision" },
          { target: "closing", actions: "applyDecision" },
        ],
        "child.crashed": { target: "attemptFailed", actions: "countFailure" },
        "task.stop": {
          target: "closing",
          actions: [
            assign({ stop: ({ event }) => event.reason }),
            { type: "stopActor", params: ({ context }) => ({ id: conflictId(context), reason: "its task was stopped" }) },
          ],
        },
      },
    },
    /** Taken as it is by a person: its gates run at once, outside any slot. */
    accepting: {
      entry: { type: "tell", params: ({ context }) => ({ to: "scheduler", event: { type: "task.resumed", task: context.id } }) },
      always: "checking",
    },
    closing: {
      entry: "finish",
      on: { "workspace.released": { guard: "isOwnWorkspace", target: "closed" } },
      always: { guard: not("hasWorktree"), target: "closed" },
    },
    closed: { type: "final" },
  },
  output: ({ context }) => ({ outcome: context.outcome }),
});
