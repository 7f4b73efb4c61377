/**
 * The oracle of a simulated run: outcomes, grants, costs and decisions, read from the durable records. Rules that a single
 * record can break are checked here. The machines' states are not asked, for they are what is being tested.
 */

import type { LogRecord } from "../../actors/log/port.ts";
import type { Amount, Plan, Task } from "../../plan/model.ts";
import { parseAddress, taskOfConflict } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import { type RunRecord, readRecord } from "../../protocol/records.ts";
import { firstRed, refusedBy, type TaskOutcome } from "../../protocol/values.ts";
import type { ReportViolation } from "./violations.ts";

/** Openings of a breaker in a row after which its agent is given up. */
const MAX_OPENINGS = 4;

/** One task as its records tell it. */
export class TaskFacts {
  outcome: TaskOutcome | null = null;
  /** Milliseconds since the Unix epoch. */
  startedAt: number | null = null;
  endedAt: number | null = null;
  /** Attempts that failed by their work; a reason other than the work is a fault. */
  failures = 0;
  faults = 0;
  workMs = 0;
  isAccepted = false;
  isDropped = false;
  /** Its actor crashed too often. */
  isGivenUp = false;
}

export class RunOracle {
  readonly tasks = new Map<string, TaskFacts>();
  readonly lostStreams = new Set<string>();
  readonly lostAgents = new Set<string>();
  seq = 0;
  epochs = 0;
  beganAt: number | null = null;
  /** Time and outcome of the run's end. */
  end: { at: number; outcome: string } | null = null;
  isCancelled = false;
  isMergeBroken = false;
  isBudgetSpent = false;
  readonly #plan: Plan;
  /** Accounts that are held back -> attempts that may go first now. */
  readonly #held = new Map<string, number>();
  /** Agent -> the task that goes first for its account. */
  readonly #first = new Map<string, string>();
  #budget: Amount;
  readonly #report: ReportViolation;
  #spent = { usd: 0, tokens: 0 };

  constructor(plan: Plan, report: ReportViolation) {
    this.#plan = plan;
    this.#budget = plan.budget;
    this.#report = report;
    for (const { id } of plan.tasks) this.tasks.set(id, new TaskFacts());
  }

  /** Takes in the next durable record. */
  observe(record: LogRecord): void {
    const { seq, time, actor, type, data } = readRecord(record);
    this.seq = seq;
    this.beganAt ??= time;
    const { kind, id } = parseAddress(actor);
    if (kind === "task") this.#observeTask(this.of(id), readRecord(record));
    switch (type) {
      case "epoch.started":
        this.epochs++;
        return;
      case "run.finished":
        this.#observeEnd(data.outcome, time);
        return;
      case "task.start":
        this.#observeGrant(data.input.id);
        this.#observeStart(data.input.id, data.chosen ?? data.input.agent);
        return;
      case "slot.request":
        if (data.refused === undefined) this.#letGo(({ id: each }) => each === data.task);
        return;
      case "stream.started":
        this.#letGo(({ stream }) => stream === data.stream);
        return;
      case "decision.made":
        this.#observeDecision(id, data.choice);
        return;
      case "run.cancel":
        this.isCancelled = true;
        return;
      case "merge.broken":
        this.isMergeBroken = true;
        return;
      case "cost.added":
        this.#addCost(data);
        return;
      case "budget.raised":
        this.#budget = {
          ...(data.usd === null ? {} : { usd: data.usd }),
          ...(data.tokens === null ? {} : { tokens: data.tokens }),
        };
        this.#judgeBudget();
        return;
      case "child.lost":
        this.lostStreams.add(parseAddress(data.child).id);
        return;
      case "account.held":
        this.#held.set(data.account, 0);
        this.#first.delete(data.account);
        return;
      case "account.tried":
        this.#held.set(data.account, 1);
        return;
      case "agent.unlimited":
        this.#held.delete(data.account);
        return;
      case "breaker.opened":
        if (data.openings >= MAX_OPENINGS) this.lostAgents.add(data.agent);
        return;
      case "task.crashed":
        this.#letGo(({ id: each }) => each === data.task);
        if (!data.again) this.#observeGivenUp(this.of(data.task), time);
        return;
      case "task.finished":
        this.#observeOutcome(data, time);
        return;
      default:
    }
  }

  of(task: string): TaskFacts {
    const facts = this.tasks.get(task);
    if (facts === undefined) throw new Error(`no task ${task} in the plan`);
    return facts;
  }

  /** Whether others may build on a task: it is done, merged, or failed and allowed to. */
  isMet(task: Task): boolean {
    const { outcome, isGivenUp } = this.of(task.id);
    if (outcome === "done" || outcome === "merged") return true;
    const hasFailed = outcome === "failed" || isGivenUp || (outcome === null && this.lostStreams.has(task.stream));
    return task.continueOnError && hasFailed;
  }

  #observeEnd(outcome: string, at: number): void {
    if (this.end !== null) this.#report("outcome", `the run ended as ${this.end.outcome}, then as ${outcome}`);
    this.end ??= { at, outcome };
  }

  #observeGivenUp(task: TaskFacts, time: number): void {
    task.isGivenUp ||= task.outcome === null;
    task.endedAt ??= time;
  }

  #observeOutcome({ task: id, outcome }: Events["task.finished"], time: number): void {
    const task = this.of(id);
    if (task.outcome !== null) this.#report("outcome", `${id} ended as ${task.outcome}, then as ${outcome}`);
    task.outcome ??= outcome;
    task.endedAt ??= time;
  }

  #addCost({ usd, tokens }: Events["cost.added"]): void {
    this.#spent = { usd: this.#spent.usd + usd, tokens: this.#spent.tokens + tokens };
    this.#judgeBudget();
  }

  #judgeBudget(): void {
    const budget = this.#budget;
    const isOver = (limit: number | undefined, spent: number): boolean => limit !== undefined && spent >= limit;
    this.isBudgetSpent = isOver(budget.usd, this.#spent.usd) || isOver(budget.tokens, this.#spent.tokens);
  }

  #observeGrant(id: string): void {
    const task = this.of(id);
    task.isAccepted = false;
    if (task.outcome !== null) this.#report("doneAgain", `${id} was granted a slot after it ended as ${task.outcome}`);
    if (this.isBudgetSpent && this.#plan.budget.mode !== "warn" && !this.#isFree(id)) {
      this.#report("budget", `${id} was granted a slot when the budget was spent`);
    }
  }

  /** Nothing is started with an account that is held back but one that goes first (ACCOUNT-1, ACCOUNT-2). */
  #observeStart(id: string, agent: string | null): void {
    // Agents of a simulation have an account each.
    const left = agent === null ? undefined : this.#held.get(agent);
    if (agent === null || left === undefined) return;
    if (left <= 0) this.#report("capacity", `${id} was started while ${agent} was held back`);
    this.#held.set(agent, left - 1);
    this.#first.set(agent, id);
  }

  /** Whoever went first and was not served lets another one go. */
  #letGo(isOver: (task: Task) => boolean): void {
    for (const [agent, id] of this.#first) {
      const task = this.#plan.tasks.find((each) => each.id === id);
      if (task === undefined || !isOver(task)) continue;
      this.#first.delete(agent);
      if (this.#held.has(agent)) this.#held.set(agent, 1);
    }
  }

  /** A command costs nothing unless it says so. */
  #isFree(id: string): boolean {
    const task = this.#plan.tasks.find((each) => each.id === id);
    return task?.work.kind === "run" && task.budget === undefined;
  }

  #observeTask(task: TaskFacts, { type, data, time }: RunRecord): void {
    switch (type) {
      case "actor.started":
        task.startedAt ??= time;
        return;
      case "agent.exited":
        task.workMs += data.durationMs;
        if (!data.ok && refusedBy(data) === null) task[data.faultOf === "agent" ? "faults" : "failures"]++;
        return;
      case "gates.finished":
        task.workMs += data.durationMs;
        if (firstRed(data.results) !== undefined) task.failures++;
        return;
      case "work.outOfScope":
      case "merge.rejected":
        task.failures++;
        return;
      case "agent.notStarted":
      case "workspace.failed":
      case "work.failed":
        task.faults++;
        return;
      default:
    }
  }

  #observeDecision(conflict: string, choice: string): void {
    // One that is asked for the whole run is of no task.
    const task = this.tasks.get(taskOfConflict(conflict));
    if (task === undefined) return;
    if (choice === "accept") task.isAccepted = true;
    else if (choice === "drop") task.isDropped = true;
  }
}
