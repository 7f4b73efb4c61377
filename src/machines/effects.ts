/**
 * What machines may ask for. Each effect has an empty implementation, so that its parameters are typed where a machine
 * names it; the real code is in `src/actors/` (RULE-1).
 */
import type { Amount } from "../plan/model.ts";

/** A message as one actor tells it another. */
export type Message = { type: string } & Record<string, unknown>;

export interface GateOutcome {
  name: string;
  required: boolean;
  status: "passed" | "failed" | "skipped" | "error";
  durationMs: number;
  /** Whether it was ended after its own time limit; logs of earlier versions do not say. */
  timedOut?: boolean;
  /** One line. */
  summary: string;
  /** Path of the kept output, relative to the run's folder; null when the gate did not start. */
  report: string | null;
  /** SHA-256 of that file. */
  sha256: string | null;
}

/** A commit of a task that waits for its place in the chain. */
export interface QueueItem {
  task: string;
  /** The task's own commit, a child of the integration commit it was cut from. */
  commit: string;
}

/** Who judges a stream's commits before they are merged. */
export interface Reviewer {
  /** The stream whose slot a review takes. */
  stream: string;
  /** Name of the agent. */
  agent: string;
}

const noop = (): void => {};

/** Internal effects, delivered inside the batch. */
export const internalEffects = {
  tell: noop as (_: unknown, params: { to: string; event: Message }) => void,
  spawnActor: noop as (_: unknown, params: { id: string; kind: string; input: unknown }) => void,
  stopActor: noop as (_: unknown, params: { id: string; reason: string }) => void,
  /** Puts an event that kills its actor among the dead letters. */
  setAside: noop as (_: unknown, params: { to: string; event: unknown; reason: string }) => void,
  /** Withdraws own open effects of that name whose parameters hold `where`. */
  withdraw: noop as (_: unknown, params: { name: string; where?: Record<string, unknown> }) => void,
};

/** A timer is an effect; it fires as `timer.fired {timer}` at or after `dueAt` (ms since the epoch). */
export const timerEffects = {
  setTimer: noop as (_: unknown, params: { timer: string; dueAt: number }) => void,
};

/** Where an attempt of a task works. */
export interface Workspace {
  /** Absolute path of the worktree, or of the root without isolation. */
  path: string;
  /** The task's branch; null without isolation. */
  branch: string | null;
  port: number;
}

/** What a task asks for. Each is answered by one of the events named in `task.ts`. */
export const taskEffects = {
  /** `carry`: a commit of an earlier attempt whose changes the new one begins with. */
  prepareWorkspace: noop as (
    _: unknown,
    params: { task: string; attempt: string; base: string | null; carry?: string },
  ) => void,
  startAgent: noop as (
    _: unknown,
    params: { task: string; attempt: string; number: number; workspace: Workspace; feedback: string | null },
  ) => void,
  /** Has another agent judge a task's commit; `round` counts its answers so far. */
  startReview: noop as (
    _: unknown,
    params: {
      task: string;
      attempt: string;
      round: number;
      reviewer: Reviewer;
      commit: string;
      workspace: Workspace;
      findings: string | null;
    },
  ) => void,
  stopAgent: noop as (_: unknown, params: { task: string; reason: string }) => void,
  commitWork: noop as (
    _: unknown,
    /** `widened`: globs that a person added to the task's scope. */
    params: { task: string; workspace: Workspace; base: string; since: string | null; widened?: string[] },
  ) => void,
  runGates: noop as (
    _: unknown,
    params: { task: string; attempt: string; workspace: Workspace; gates: string[] },
  ) => void,
  /** `landed`: nothing in it is needed; `superseded`: another attempt follows, what it holds is saved on a branch. */
  releaseWorkspace: noop as (
    _: unknown,
    params: { task: string; workspace: Workspace; fate: "landed" | "superseded" | "kept" },
  ) => void,
};

/** What the merge queue asks for. */
export const mergeEffects = {
  createBranch: noop as (_: unknown, params: { base: string }) => void,
  buildChain: noop as (_: unknown, params: { onto: string; items: QueueItem[] }) => void,
  gateTip: noop as (_: unknown, params: { commit: string; number: number }) => void,
  advanceBranch: noop as (_: unknown, params: { from: string; to: string; tasks: string[] }) => void,
};

type EffectsOf<Map> = {
  [Name in keyof Map]: { type: Name; params: Map[Name] extends (_: unknown, params: infer P) => void ? P : never };
}[keyof Map];

/** Any effect with its parameters, as decision functions return it. */
export type Effect =
  | EffectsOf<typeof internalEffects>
  | EffectsOf<typeof timerEffects>
  | EffectsOf<typeof taskEffects>
  | EffectsOf<typeof mergeEffects>;

/** What a decision function returns: the next context, and what is asked for, in order. */
export interface Decision<Context> {
  context: Context;
  effects: Effect[];
}

type Members = Readonly<Record<string, unknown>>;

/** Enacts a decision inside XState's `enqueueActions`. */
export function enact<Context>(
  enqueue: { (action: never): void; assign: (assigner: never) => void },
  { context, effects }: Decision<Context>,
): void {
  const toChanges = ({ context: before }: { context: Members }): Members => listChanges(before, context as Members);
  enqueue.assign(toChanges as never);
  for (const effect of effects) enqueue(effect as never);
}

/** The members that are not the same any more: XState copies what it is given once more, and most has not changed. */
function listChanges(before: Members, after: Members): Members {
  const changes: Record<string, unknown> = {};
  for (const key of Object.keys(after)) if (after[key] !== before[key]) changes[key] = after[key];
  return changes;
}

/** The effect of telling an actor something. */
export function tell(to: string, event: Message): Effect {
  return { type: "tell", params: { to, event } };
}

/** Adds two amounts. */
export function addAmounts(a: Required<Amount>, b: Amount): Required<Amount> {
  return { usd: a.usd + (b.usd ?? 0), tokens: a.tokens + (b.tokens ?? 0) };
}
