/** What the scheduler knows: the DAG, where each task stands, what is leased and what was spent. JSON. */
import type { Amount, Budget, Isolation, Task } from "../../plan/model.ts";
import type { Address } from "../../protocol/address.ts";
import type { Inbox } from "../../protocol/mail.ts";
import type { Backoff, Refusal, Reviewer, RunOutcome, Spent, TaskInput, TaskOutcome } from "../../protocol/values.ts";
import { type Effect, tellAs } from "../effects.ts";
import { rowAt, type Table } from "../table.ts";
import type { ReadyList } from "./ready-list.ts";

export type SchedulerEvent = Inbox["scheduler"];

/** What the scheduler tells others. */
export const tell = tellAs<"scheduler">();

/** A task as far as scheduling goes. Other tasks are named by their index in the plan. */
export interface Node {
  input: TaskInput;
  needs: number[];
  prefers: number[];
  /** Successes among `needs` that are enough. */
  min: number;
  /** Needs that must be among them. */
  require: number[];
  uses: Record<string, number>;
  continueOnError: boolean;
  /** Reserved when it starts. */
  reserve: Required<Amount>;
  /** Expected duration, ms. */
  expectedMs: number;
  /** Longest remaining path from its start to the end of the plan, ms. */
  pathMs: number;
  /** Set for a task whose artifact is a plan: how deep it is, 1 for one of the plan that the run began with. */
  planningDepth?: number;
}

/** What the nodes of a plan's tasks are made with. */
export interface NodeDefaults {
  isolation: Isolation;
  backoff: Backoff;
  seed: number;
  /** Expected duration of a task that nobody knows, ms. */
  unknownMs: number;
  /** Reserved for a task that names no budget. */
  perTask: Amount;
  /** Stream -> who reviews what its tasks commit. */
  reviewers: Record<string, Reviewer>;
}

/** `running` holds a slot; `parked` lives without one (merge queue, backoff); `waitingForHuman` waits for a person. */
export type TaskPhase = "blocked" | "ready" | "running" | "parked" | "waitingForHuman" | TaskOutcome | "skipped";

export interface Row {
  phase: TaskPhase;
  succeeded: number;
  failed: number;
  /** Soft needs that are not finished. */
  pendingPrefers: number;
  attempts: number;
  /** Whether an actor of the task may be alive. */
  alive: boolean;
  slotTakenAt: number;
  reason: string | null;
  /** What its agents used, and those that reviewed it; absent while that is nothing. */
  spent?: Spent;
  /** The agent that was chosen for it last, where its plan names several. */
  chosen?: string;
  /** The same of its review. */
  chosenReviewer?: string;
}

/** A task that nothing has happened to yet. */
export const UNSTARTED: Row = {
  phase: "blocked",
  succeeded: 0,
  failed: 0,
  pendingPrefers: 0,
  attempts: 0,
  alive: false,
  slotTakenAt: 0,
  reason: null,
};

/** A claim, and once it is granted a lease. */
export interface Lease {
  /** Unique in the run. */
  claim: string;
  /** Who holds it: all of a holder's leases end together. */
  holder: string;
  /** Index of the task that the holder works on; null when it works on none. */
  task: number | null;
  /** Actor that is told of the grant and of the end of its time. */
  actor: Address<"task" | "stream">;
  resource: string;
  units: number;
  /** How long a grant holds without being renewed, ms. */
  ttlMs: number;
  /** When it ends by itself, ms: the place in the queue, or the lease. */
  expiresAt: number;
  /** Fencing number; null while it waits. */
  fence: number | null;
}

/** An account that is held back, or tried again; times are ms since the epoch. */
export interface HeldAccount {
  what: Refusal["what"];
  /** When it was refused first, since it was last served. */
  since: number;
  /** When it is tried again. */
  until: number;
  /** Tries since it was last served. */
  tries: number;
  /** What happens next: its time has to come; a person to answer; an attempt may go first; the task that goes first has to be served. */
  next: "timer" | "person" | "free" | number;
}

/** How much of a window of an account's usage limit is used, 0 to 1, and when it begins anew, ms since the epoch. */
export interface UsedWindow {
  used: number;
  until: number | null;
}

export interface SchedulerInput {
  run: string;
  nodes: Node[];
  isolation: Isolation;
  concurrency: number;
  resources: Record<string, number>;
  /** Stream name -> limit. */
  streams: Record<string, number>;
  /** Agent name -> limit; agents without one are not limited. */
  agents: Record<string, number>;
  /** Agent -> the account that it works with; absent: each has its own. */
  accounts?: Record<string, string>;
  /** Agents that are waited for, whoever could stand in; absent: none. */
  patient?: Record<string, true>;
  /** Agent -> the longest time that its account may be held back, ms; absent: the usual one. */
  longestWaits?: Record<string, number>;
  budget: Budget;
  /** For tasks that planning tasks add; absent: the plan stays as it is. */
  nodeDefaults?: NodeDefaults;
  /** How far the run had come when it was over and is opened again; absent in one that begins. */
  progress?: Progress;
}

/** What a run that is opened again begins with; tasks that are to be tried again are `blocked`. */
export type Progress = Pick<
  SchedulerContext,
  "rows" | "head" | "spent" | "added" | "planned" | "fence" | "warned" | "budgetQuestions"
>;

/** Why nothing may start: the branch is not there yet, merging has stopped for good, or a person cancelled the run. */
export type DispatchBlock = "none" | "branch" | "mergeBroken" | "cancelled";

export interface SchedulerContext extends SchedulerInput {
  index: Record<string, number>;
  dependents: number[][];
  followers: number[][];
  rows: Table<Row>;
  /** Ready tasks a stream, the most urgent first. */
  ready: Record<string, ReadyList>;
  /** Slots taken in each stream, by tasks and by reviews; `countSlots` sums them up. */
  runningIn: Record<string, number>;
  /** The same by agent. */
  runningBy: Record<string, number>;
  /** Units of each resource that tasks use and agents lease. */
  used: Record<string, number>;
  /** Claims and leases of agents, in the order in which they came. */
  leases: readonly Lease[];
  /** The last fencing number given. */
  fence: number;
  /** Agents whose breaker is open -> tasks that may run on trial. */
  trials: Record<string, number>;
  /** Account -> window -> how much of it is used; absent until one is near its limit. */
  windows?: Record<string, Record<string, UsedWindow>>;
  /** Accounts that are held back; absent until one is. */
  held?: Record<string, HeldAccount>;
  /** Accounts without credit -> what asks a person about them; absent until one is. */
  creditQuestions?: Record<string, Address<"conflict">>;
  /** Such questions so far; absent while there was none. */
  creditsAsked?: number;
  /** Agents whose breaker opened too often: nothing more is started with them. */
  lostAgents: Record<string, true>;
  /** Tasks that live without waiting for a person. */
  busy: number;
  waitingForHuman: number;
  /** Tasks without an outcome. */
  unfinished: number;
  head: string | null;
  dispatchBlockedBy: DispatchBlock;
  spent: Spent;
  reserved: Required<Amount>;
  warned: boolean;
  /** What asks a person whether the budget is to be raised, while that is open. */
  budgetQuestion: Address<"conflict"> | null;
  /** Such questions so far. */
  budgetQuestions: number;
  /** Whether a person stopped the run for its budget. */
  isBudgetClosed: boolean;
  /** Whether the person has been told that the run waits. */
  saidWaiting: boolean;
  /** Ready tasks whose attempt was cut short and goes on, the first cut short first. */
  suspended: number[];
  /** Tasks that wait for a review, the longest waiting first. */
  toReview: number[];
  /** Tasks whose review holds a slot. */
  underReview: number[];
  /** Tasks that the merge queue sent back and holds others for, the first sent back first. */
  turns: number[];
  /** Tasks that planning tasks added or changed, whole. */
  added: Task[];
  /** Planning task -> the newest version that it handed in, and why that was refused. */
  planned: Record<string, { version: number; refused: string | null }>;
  startedStreams: Record<string, true>;
  pendingPreferTimers: Record<string, number>;
  outcome: RunOutcome | null;
  reason: string | null;
}

/** Who does a task, or did it last; null for a command. */
export function agentAt({ nodes, rows }: Pick<SchedulerContext, "nodes" | "rows">, task: number): string | null {
  return rowAt(rows, task).chosen ?? nodes[task]?.input.agent ?? null;
}

/** Who reviews a task, or did so last; null where nobody does. */
export function reviewerAt({ nodes, rows }: Pick<SchedulerContext, "nodes" | "rows">, task: number): string | null {
  return rowAt(rows, task).chosenReviewer ?? nodes[task]?.input.reviewer?.agent ?? null;
}

/** Slots that are taken. */
export function countSlots({ runningIn }: Pick<SchedulerContext, "runningIn">): number {
  return Object.values(runningIn).reduce((sum, count) => sum + count, 0);
}

/**
 * A decision under way, mutable for the length of one step. Its context is a copy that is not the machine's, and its members
 * are set in place; what they refer to is shared with the context before, and replaced instead of changed.
 */
export interface Draft {
  readonly context: SchedulerContext;
  readonly effects: Effect<"scheduler">[];
  readonly at: number;
}
