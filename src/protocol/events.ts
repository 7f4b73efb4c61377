/**
 * Every event of a run, by type: what its data hold. An event is what a record of the log tells one actor; the same type
 * means the same wherever it goes. `mail.ts` says who tells it whom, `effects.ts` which effects it answers, `facts.ts` how
 * it is told to people.
 */
import type { BudgetMode, Task } from "../plan/model.ts";
import type { Address } from "./address.ts";
import type { CandidateEvents, ReadyCandidate } from "./candidate-events.ts";
import type { Baseline, FlakeEvidence, GateOutcome } from "./gate-values.ts";
import type { LifecycleEvents } from "./lifecycle-events.ts";
import type { MachineEvents } from "./machine-events.ts";
import type { NoticeEvents } from "./notices.ts";
import type { OutsideReason } from "./outside-reasons.ts";
import type { PersonEvents } from "./person-events.ts";
import type { ShipEvents } from "./ship-events.ts";
import type {
  Advice,
  AgentFailure,
  Choice,
  ConflictKind,
  Content,
  FaultOf,
  Grant,
  Link,
  Publication,
  QuestionKind,
  Refusal,
  RunOutcome,
  SaidOutput,
  TaskInput,
  TaskOutcome,
  Transcript,
  TrustedAs,
  Workspace,
} from "./values.ts";

type Nothing = Record<never, never>;

/** Units of a resource that a claim is about. */
type Leased = {
  resource: string;
  units: number;
  /** Fencing number; null while the claim waits. */
  fence: number | null;
  claim: string;
};

/** What is told of a run as a whole. */
interface RunEvents {
  /** A person asks to stop the run for good. */
  "run.cancel": Nothing;
  /** Workers are being stopped; the run can be resumed. */
  "run.interrupted": { signal: string };
  /** All that is left waits for a person. */
  "run.waiting": { tasks: number };
  /** The run is over. */
  "run.finished": { outcome: RunOutcome; reason: string | null };
  /**
   * Trouble that stops nothing, in one line; `isPassing`: it says how things stand now, and not what is to be told at the end;
   * `isRisk`: what passed says less than it did, so that a person should look.
   */
  "run.warned": { text: string; isPassing?: true; isRisk?: true };
  /** Files of the repository that may make something run: the person agreed to each as it is, now or before. */
  "trust.given": { files: TrustedAs[] };
  /** What was spent has reached the budget. */
  "budget.exhausted": { mode: BudgetMode; usd: number; tokens: number };
  /** A person allows so much in all. */
  "budget.raise": { usd?: number; tokens?: number };
  /** The limits that hold from now on; null: none. */
  "budget.raised": { usd: number | null; tokens: number | null };
  /** The last planning task has ended: the plan grows no more. */
  "planning.closed": Nothing;
  /** A planning task hands in tasks; whether they join the run, the scheduler decides. */
  "plan.extended": { by: string; version: number; tasks: Task[] };
}

/** What a task goes through, as its own actor hears it. */
interface TaskEvents {
  /**
   * A task is granted its first slot, or one after its actor crashed: its actor is started. Where `hasNoSlot` it had given its
   * slot back when it crashed, and asks for one if it needs it.
   */
  "task.start": { input: TaskInput; hasNoSlot?: true } & Grant;
  /** A task whose actor lives is granted a slot. */
  "attempt.start": Grant;
  /** The rest of its attempt has to wait: whoever works on it is stopped in good order, and goes on later. */
  "attempt.suspend": { reason: string };
  /** Ends the task wherever it is; `saves`: its work goes to a branch that ends in `-saved`, and its worktree with it. */
  "task.stop": { reason: string; saves?: true };
  /** A worktree is ready, set up. */
  "workspace.prepared": { workspace: Workspace };
  /** No worktree could be had, or its set-up failed. */
  "workspace.failed": { reason: string } & SaidOutput;
  /** A worktree is removed, or kept for good reason. */
  "workspace.released": { id: string };
  /** The work of an attempt ended. */
  "agent.exited": {
    ok: boolean;
    code: number | null;
    signal: string | null;
    /** One safe line that says why it is not ok; null when it is. */
    reason: string | null;
    faultOf: FaultOf;
    /** Why the agent failed, when it could tell. */
    failure?: AgentFailure | null;
    durationMs: number;
    timedOut: boolean;
    /** Path of what the next attempt should read instead of the transcript, relative to the run's folder. */
    feedback?: string;
    transcript: Transcript;
    /** The end of the output, of an attempt that failed. */
    tail?: string;
    /** The last message of an agent that did well, a few lines; commands have none, nor have logs of earlier versions. */
    said?: string;
  };
  /** The agent could not be started. */
  "agent.notStarted": { reason: string; hint?: string };
  /** The attempt was cut off with its host, or `stopped` before it began. */
  "agent.lost": { killed: number; stopped?: boolean };
  /** Whoever worked on the task was stopped in the midst of it; what was done and its session are kept for the rest. */
  "agent.suspended": { reason: string; durationMs: number; transcript?: Transcript };
  /**
   * What an agent has used since it said so last. `estimatedUsd` of the dollars are estimated; an estimate is taken back with the
   * true figure, so that both may be negative.
   */
  "cost.reported": { usd?: number; tokens?: number; estimatedUsd?: number };
  /** The agent's account may not be used until then (ms since the epoch), as `source` says; null: nobody said. */
  "agent.limited": { agent: string; until: number | null; account: string | null; source: string };
  /**
   * So much of a window of the account's usage limit, 0 to 1, is used; it begins anew then (ms since the epoch; null: nobody
   * said). Told when it gets near the limit, nearer, or is far from it again.
   */
  "account.used": { agent: string; window: string; used: number; until: number | null };
  /** The agent's service has too much to do, or is down, as far as is known until then (ms since the epoch). */
  "agent.outage": { agent: string; what: "overloaded" | "down"; until: number | null };
  /** The runtime committed what the attempt changed. */
  "work.committed": {
    commit: string;
    /** Git's name for its tree; logs of earlier versions have none. */
    tree?: string;
    files: string[];
    /** Files in which it removes lines that others merged since its old base. */
    removesMerged: string[];
  };
  /** Nothing was changed, by an `agent` where that is not as it should be; it can be asked once more where it `hears`. */
  "work.empty": { agent?: string; hears?: true };
  /** Files were changed that the task may not change; logs of earlier versions do not say why. */
  "work.outOfScope": { files: string[]; why?: OutsideReason };
  /** The work could not be committed. */
  "work.failed": { reason: string; code?: string | null };
  /** A task's own gates, in its worktree. */
  "gates.finished": { results: GateOutcome[]; durationMs: number };
  /** One gate is run, of those that are asked for together. */
  "gate.started": {
    gate: string;
    /** Path of what it prints meanwhile, relative to the run's folder. */
    log: string;
  };
  /** It ended, or was not run; the verdict on all of them follows. */
  "gate.ended": { gate: string; status: GateOutcome["status"]; durationMs: number };
  /** A reviewer has a slot: the review begins, of these candidates where it compares some. */
  "review.start": { chosen?: string; candidates?: ReadyCandidate[] };
  /** Another agent has judged the commit. */
  "review.finished": {
    approved: boolean;
    /** One line. */
    summary: string;
    /** Path of the answer, relative to the run's folder. */
    findings: string;
    durationMs: number;
  };
  /** The review came to no answer. */
  "review.failed": { reason: string; faultOf: FaultOf; failure?: AgentFailure };
  /** A worker changed refs of the repository. */
  "refs.changed": {
    changes: string[];
    /** Who else was at work meanwhile, in words. */
    others?: string[];
  };
  /** Learned patterns stand in what an agent is told, before it starts. */
  "advice.shown": Advice;
  /** Somebody told an agent at work something. */
  "agent.messaged": { text: string };
}

/** What a task tells the scheduler, or the scheduler hears of it. */
interface SlotEvents {
  /** It wants to go on, and needs a slot: for the rest of an attempt that was cut short where it `goesOn`, by whom it was `refused`. */
  "slot.request": { task: string; goesOn?: true; refused?: Refusal };
  /** It gives its slot back and goes on without. */
  "slot.release": { task: string };
  /** Its commit waits for a review. */
  "review.request": { task: string };
  /** The review is over, and its slot free; `best`: what came of comparing candidates. */
  "review.ended": { task: string; goesOn?: true; refused?: Refusal; best?: string | null };
  /** It waits for a person. */
  "task.waiting": { task: string; conflict: string };
  /** A person took the work as it is: it goes on without a slot. */
  "task.resumed": { task: string };
  /** It has its outcome. */
  "task.finished": {
    task: string;
    outcome: TaskOutcome;
    commit: string | null;
    head: string | null;
    reason: string | null;
    /** Whether its actor goes on for a while (its workspace is being released). */
    isOpen: boolean;
  };
  /** Its actor is gone. */
  "task.closed": { task: string };
  /** Its actor crashed; `again`: it may be started anew. */
  "task.crashed": { task: string; reason: string; again: boolean };
  /** What an agent of it used. */
  "cost.added": { task: string; usd: number; tokens: number; estimatedUsd?: number };
  /** A stream began, the first time or after a crash: none of its tasks has an actor. */
  "stream.started": { stream: string };
}

/** The merge queue and the run's branch. */
interface MergeEvents {
  /** A commit waits to be merged. */
  "merge.enqueue": {
    task: string;
    commit: string;
    /** Paths that it changes. */
    files?: string[];
  };
  /** The commit is not to be merged, if it is not yet. */
  "merge.withdraw": { task: string };
  /** Nothing is to be merged any more: gates end at once, and none begins. */
  "merge.stop": Nothing;
  /** The commit left the queue. */
  "merge.withdrawn": Nothing;
  /** The task's commit is on the run's branch. */
  "merge.landed": { commit: string; head: string };
  /** The commit conflicts with what is merged already. */
  "merge.conflicted": { files: string[]; head: string };
  /** The merged tree is red by this commit, or merging has stopped. */
  "merge.rejected": { reason: string; report: string | null; evidence?: string[] };
  /** The task was sent back; what others change in the same files is merged after it. */
  "turn.given": { task: string };
  /** The task does not go on, or not now: nobody waits for it any more. */
  "turn.end": { task: string };
  /** Merging has stopped for good. */
  "merge.broken": { reason: string };
  /** The run's branch is there. */
  "branch.created": { branch: string; commit: string };
  /** Tasks can be cut from the run's branch. */
  "branch.ready": { head: string };
  /** Commits were chained onto the branch, those that fit. */
  "chain.built": { links: Link[]; conflicts: { task: string; files: string[] }[] };
  /** The required gates on the commit that the run begins at. */
  "base.gated": { results: GateOutcome[] };
  /** How one of them is there. */
  "gate.baseline": Baseline;
  /** Gates on the merged tree; `again`: only those that were red there a moment ago, and that may mean nothing. */
  "tip.gated": { results: GateOutcome[]; tree?: string; again?: true };
  /** The task's commit was merged though this gate was red with it: it was green on the very same tree right after. */
  "gate.excused": { gate: string; evidence: FlakeEvidence };
  /** A gate was not run: it had passed on the same tree, under the same conditions. `tasks` are those whose work is in it. */
  "verdict.reused": { gate: string; tree: string; summary: string; run: string; tasks: string[] };
  /** The run's branch moved to a green commit. */
  "branch.advanced": { from: string; to: string };
  /** Somebody else moved the run's branch on; null, in logs of earlier versions: it was gone. */
  "branch.diverged": { found: string | null };
  /** Somebody had deleted the run's branch, or moved it away from what was merged: it is back. */
  "branch.restored": {
    branch: string;
    /** Where it was found; null: nowhere. */
    found: string | null;
    /** Where it is now. */
    to: string;
    /** The branch under which what was found is kept, where it holds anything else. */
    kept: string | null;
  };
  /** A step of git failed; it is tried again. `lost`: what was to be merged is gone from the repository, and is made anew. */
  "git.failed": { reason: string; lost?: true } & SaidOutput;
}

/** Agents' circuit breakers. */
interface AgentEvents {
  /** An agent did its work. */
  "agent.succeeded": Nothing;
  /** The agent failed, not the work. */
  "agent.failed": { reason: string };
  /** The agent can never work (its key is refused) and is given up. */
  "agent.refused": { agent: string; reason: string };
  /** The agent failed again and again and is paused. */
  "breaker.opened": {
    agent: string;
    openings: number;
    /** Milliseconds since the Unix epoch. */
    until: number;
  };
  /** It is tried again. */
  "breaker.halfOpened": { agent: string };
  /** It works again. */
  "breaker.closed": { agent: string };
  /** Another agent of its choice does a task, or reviews it, since the first one is not served; `goesOn`: it began so. */
  "agent.stoodIn": {
    task: string;
    role: "work" | "review";
    agent: string;
    instead: string;
    why: Refusal["what"] | "lost" | "goesOn";
  };
  /** An account is not served for now: nothing is started with it until then (ms since the epoch). `named`: as was said. */
  "account.held": {
    account: string;
    what: Refusal["what"];
    until: number;
    waitMs: number;
    named: boolean;
    source: string;
  };
  /** One attempt goes first to see whether it is served again. */
  "account.tried": { account: string; what: Refusal["what"] };
  /** It is served again, after `forMs`. */
  "agent.unlimited": { account: string; what: Refusal["what"]; forMs: number };
}

/** What agents and programs tell each other, lease and ask. */
interface CoordinationEvents {
  /** A coordination event, in the name of a stream; its own type is one of the agents' words. */
  "event.emitted": { name: string; key: string; task: string | null; payload: unknown };
  /** A version of an artifact was published. */
  "artifact.published": Publication & Content;
  /** A note for later runs, a candidate. */
  "insight.recorded": { text: string; tags: string[]; task: string | null; stream: string };
  /** What an agent says that it does. */
  "progress.reported": { text: string; percent: number | null };
  /** An agent asks for units of a resource. */
  "resource.claim": {
    claim: string;
    holder: string;
    task: string | null;
    actor: Address<"task" | "stream">;
    resource: string;
    units: number;
    ttlMs: number;
  };
  /** A lease, or a place in the queue, is kept for longer. */
  "resource.renew": { claim: string };
  /** A lease is given back, or a place in the queue. */
  "resource.release": { claim: string };
  /** All that a holder has or waits for. */
  "resource.return": { holder: string };
  /** An agent's lease begins. */
  "resource.granted": Leased;
  /** A lease, or a place in its queue, ended by itself. */
  "resource.expired": Leased;
  /** An agent asks a person while it works. */
  "question.asked": {
    /** Who asks finds the answer by it; unique in the run. */
    ask: string;
    kind: ConflictKind;
    /** Absent in logs of earlier versions. */
    question?: QuestionKind;
    /** One line. */
    why: string;
    choices: Choice[];
    /** Globs that the task may change, too, for the rest of this attempt, when the answer allows it. */
    widens: string[];
  };
  /** A person chose. */
  "decision.made": { choice: string; by: string };
  /** The task has acted on the choice. */
  "decision.applied": Nothing;
  /** A person chose; `ask` names the question of an agent that it answers. */
  "conflict.decided": { choice: string; ask?: string };
}

/** Type of event -> its data. */
export interface Events
  extends LifecycleEvents,
    MachineEvents,
    RunEvents,
    TaskEvents,
    CandidateEvents,
    PersonEvents,
    SlotEvents,
    MergeEvents,
    ShipEvents,
    AgentEvents,
    NoticeEvents,
    CoordinationEvents {}

export type EventType = keyof Events;

/** An event of one of these types, as it is told. */
export type Told<Type extends EventType> = { [T in Type]: { type: T } & Events[T] }[Type];

/** The same as a machine takes it: with its time, milliseconds since the Unix epoch. */
export type Taken<Type extends EventType> = { [T in Type]: { type: T; at: number } & Events[T] }[Type];
