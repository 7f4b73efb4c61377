/**
 * Every effect of a run: what it is asked with, which events may answer it, and what is reported while it is performed.
 * The performers of a real run and those of a simulated one are both of the type `Performers`.
 */
import type { Address } from "./address.ts";
import type { ReadyCandidate } from "./candidate-events.ts";
import type { EventType, Told } from "./events.ts";
import type { Standing } from "./gate-values.ts";
import type {
  ConflictInput,
  Disposition,
  GoesOn,
  Grant,
  QueueItem,
  Reviewer,
  Taken,
  TaskInput,
  Workspace,
} from "./values.ts";

/** Which attempt of which task. */
type OfAttempt = {
  task: string;
  /** Label of the attempt. */
  attempt: string;
};

/** What is reported of gates while they run. */
type GateReports = "gate.started" | "gate.ended";

/** What an agent reports while it works, whatever it was started for. */
type AgentReports =
  | "cost.reported"
  | "account.used"
  | "agent.limited"
  | "agent.outage"
  | "run.warned"
  | "refs.changed"
  | "advice.shown";

/** Effect -> its parameters, its answers (`never`: the runtime says `effect.done`) and its reports to who asked. */
export interface Effects {
  prepareWorkspace: {
    params: OfAttempt & {
      base: string;
      /** A commit of an earlier attempt whose changes the new one begins with. */
      carry?: string;
    };
    answers: "workspace.prepared" | "workspace.failed";
    reports: "run.warned" | "refs.changed";
  };
  startAgent: {
    params: OfAttempt & {
      /** 1-based, counting only attempts that count. */
      number: number;
      workspace: Workspace;
      /** Path of what it should read first, relative to the run's folder. */
      feedback: string | null;
      /** Absent when it begins anew. */
      goesOn?: GoesOn;
      /** It begins without what its agent remembers of an earlier attempt. */
      fresh?: true;
      /** What a person told it while it did not listen. */
      told?: string[];
      /** The agent that was chosen; absent where the task names no other. */
      agent?: string;
    };
    answers: "agent.exited" | "agent.suspended" | "agent.notStarted" | "agent.lost";
    reports: AgentReports;
  };
  /** Has another agent judge a task's commit, or say which of several candidates is best. */
  startReview: {
    params: OfAttempt & {
      /** 1-based, counting the reviews of the task that were begun. */
      round: number;
      reviewer: Reviewer;
      commit: string;
      workspace: Workspace;
      /** Path of the findings of the review before, relative to the run's folder. */
      findings: string | null;
      /** Absent: the commit is judged; else these are compared, the task's own first. */
      candidates?: ReadyCandidate[];
    };
    answers: "review.finished" | "review.compared" | "review.failed" | "agent.suspended";
    reports: AgentReports;
  };
  /** Ends whoever works on the task, or `suspends` it; what it was started by is answered. */
  stopAgent: { params: { task: string; reason: string; suspends?: true }; answers: never; reports: never };
  commitWork: {
    params: {
      task: string;
      workspace: Workspace;
      base: string;
      /** Base of the attempt before a re-run on a newer base. */
      since: string | null;
      /** Globs that a person added to the task's scope. */
      widened?: string[];
    };
    answers: "work.committed" | "work.empty" | "work.outOfScope" | "work.failed";
    reports: "run.warned";
  };
  /** Keeps how a worktree is that a person takes over. */
  markWork: {
    params: { task: string; workspace: Workspace; base: string };
    answers: "work.marked" | "work.failed";
    reports: never;
  };
  /** Puts it back to how it was then. */
  resetWork: {
    params: { task: string; workspace: Workspace; taken: Taken };
    answers: "work.reset" | "work.failed";
    reports: never;
  };
  runGates: {
    params: OfAttempt & { workspace: Workspace; gates: string[] };
    answers: "gates.finished";
    reports: "refs.changed" | GateReports;
  };
  releaseWorkspace: {
    params: { task: string; workspace: Workspace; disposition: Disposition };
    answers: "workspace.released";
    reports: "run.warned" | "refs.changed";
  };
  createBranch: { params: { base: string }; answers: "branch.created" | "git.failed"; reports: never };
  buildChain: { params: { onto: string; items: QueueItem[] }; answers: "chain.built" | "git.failed"; reports: never };
  /** Runs the required gates on the commit that the run begins at, to know what tasks are not to be blamed for. */
  gateBase: {
    params: { commit: string };
    answers: "base.gated" | "git.failed";
    reports: "gate.baseline" | "refs.changed" | "verdict.reused" | GateReports;
  };
  /**
   * Runs the gates on the merged tree; `number` counts such runs. `tasks` are those whose work is in it and not yet on the
   * branch; what is red there already stands in `standing`.
   */
  gateTip: {
    params: {
      commit: string;
      number: number;
      tasks: string[];
      standing: Standing;
      /** Only these gates, which were red on it, in a worktree that nobody has used. */
      again?: string[];
    };
    answers: "tip.gated" | "git.failed";
    reports: "run.warned" | "refs.changed" | "verdict.reused" | GateReports;
  };
  advanceBranch: {
    params: {
      from: string;
      to: string;
      tasks: string[];
      /** Fails where it would have to wait for somebody who has the branch checked out. */
      atOnce?: boolean;
    };
    answers: "branch.advanced" | "branch.diverged" | "git.failed";
    reports: "run.warned" | "branch.restored";
  };
  /** Fires at or after `dueAt`, milliseconds since the Unix epoch. Performed by the runtime itself. */
  setTimer: { params: { timer: string; dueAt: number }; answers: "timer.fired"; reports: never };
}

export type EffectName = keyof Effects;
export type Params<Name extends EffectName> = Effects[Name]["params"];
export type Answers<Name extends EffectName> = Effects[Name]["answers"];
export type Reports<Name extends EffectName> = Effects[Name]["reports"];

/** Kind of actor -> effects that it asks for. */
export interface Asks {
  supervisor: "setTimer";
  scheduler: "setTimer";
  merge: "createBranch" | "gateBase" | "buildChain" | "gateTip" | "advanceBranch" | "setTimer";
  artifacts: never;
  stream: never;
  task:
    | "prepareWorkspace"
    | "startAgent"
    | "startReview"
    | "stopAgent"
    | "commitWork"
    | "markWork"
    | "resetWork"
    | "runGates"
    | "releaseWorkspace"
    | "setTimer";
  breaker: "setTimer";
  conflict: never;
}

/** Kind of actor -> the children that it starts: their kind, and with what. */
export interface Spawns {
  stream: { id: Address<"task">; kind: "task"; input: TaskInput & Grant & { hasNoSlot?: true } };
  task: { id: Address<"conflict">; kind: "conflict"; input: ConflictInput };
  /** Whether the budget is to be raised. */
  scheduler: { id: Address<"conflict">; kind: "conflict"; input: ConflictInput };
}

/** Takes back own effects of this name that are open and whose parameters hold `where`. */
export type Withdrawal<Name extends EffectName> = {
  [N in Name]: { name: N; where?: Partial<Params<N>> };
}[Name];

/** An outcome of an effect: one of the events that may answer it. */
export type Answer<Name extends EffectName> = Told<Answers<Name>>;

/** How facts are reported on the way: to who asked for the effect, or to the actor that is named. */
export interface Reporter<Type extends EventType> {
  /** Resolves when the fact is durable. Once the effect is over, nothing is recorded. */
  report(fact: Told<Type>): Promise<void>;
  report(fact: Told<"event.emitted">, actor: Address<"stream">): Promise<void>;
  report(fact: Told<"plan.extended">, actor: Address<"scheduler">): Promise<void>;
}

/** What a performer is given besides parameters. */
export interface Performing<Name extends EffectName> extends Reporter<Reports<Name>> {
  /** Identity of the effect: the same when it is performed again. */
  effect: string;
  actor: string;
  /** Aborted when the effect is withdrawn or the host stops. */
  signal: AbortSignal;
  /** True when a host that died may have performed this effect already, in part or whole. */
  recovering: boolean;
}

/** Performs one kind of effect; undefined stands for "done, nothing to say". */
export type Perform<Name extends EffectName> = (
  params: Params<Name>,
  context: Performing<Name>,
) => Promise<Answer<Name> | undefined>;

/** What carries out these effects. */
export type Performers<Name extends EffectName = PerformedEffect> = { readonly [N in Name]: Perform<N> };

/** Effects that a run brings performers for. */
export type PerformedEffect = Exclude<EffectName, "setTimer">;
/** Those that tasks ask for. */
export type TaskEffect = Exclude<Asks["task"], "setTimer">;
/** Those that the merge queue asks for. */
export type MergeEffect = Exclude<Asks["merge"], "setTimer">;
