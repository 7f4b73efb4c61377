/**
 * The oracle of a simulated run: outcomes, grants, costs and decisions, read from the durable records. Rules that a single
 * record can break are checked here. The machines' states are not asked, for they are what is being tested.
 */

import type { LogRecord } from "../../actors/log/port.ts";
import type { Amount, Plan, Task } from "../../plan/model.ts";
import { parseAddress, taskOfConflict } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import { firstRed } from "../../protocol/gate-values.ts";
import { type RunRecord, readRecord } from "../../protocol/records.ts";
import { refusedBy, type TaskOutcome } from "../../protocol/values.ts";
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
  /** A person paused it. */
  isPaused = false;
  /** A person stopped or skipped it. */
  isUnwanted = false;
  /** It has been granted a slot. */
  hasBegun = false;
  /** It failed, and a person has it tried again: whoever went on without it goes on. */
  hasFailed = false;
  /** A person has it in hand. */
  isTaken = false;
  /** A person gave it back, and its gates have not been green since. */
  isUnchecked = false;

  /** A person has it tried again: what counts against it counts anew. */
  retry(): void {
    this.hasFailed ||= this.outcome === "failed" || this.isGivenUp;
    Object.assign(this, { outcome: null, endedAt: null, failures: 0, faults: 0, isAccepted: false, isPaused: false });
    Object.assign(this, { isDropped: false, isGivenUp: false, isUnwanted: false, isUnchecked: false });
  }
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
  /** Tasks that have told of a turn since the budget was spent. */
  readonly #lastTurns = new Set<string>();
  readonly #held = new Map<string, number>();
  /** What candidates are for -> the one that was chosen. */
  readonly #chosen = new Map<string, string>();
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
      case "task.paused":
      case "task.continued":
        for (const each of data.tasks) this.of(each).isPaused = type === "task.paused";
        return;
      case "task.stopped":
      case "task.skipped":
        this.of(data.task).isUnwanted = true;
        return;
      case "task.takenOver":
        Object.assign(this.of(data.task), { isTaken: true, isPaused: false });
        return;
      case "task.givenBack":
        this.#observeGivenBack(data);
        return;
      case "task.retried":
        for (const each of data.tasks) {
          this.of(each).retry();
          this.#chosen.delete(this.#groupOf(each) ?? "");
        }
        return;
      case "task.edited":
        for (const task of data.tasks) this.#observeEdit(task);
        return;
      case "review.start":
        if (this.of(id).isPaused) this.#report("paused", `${id} is reviewed while it is paused`);
        return;
      case "task.start":
        // It first takes back what is queued, and asks for a slot then.
        if (data.hasNoSlot === true) return;
        this.#observeGrant(data.input.id);
        this.#observeStart(data.input.id, data.chosen ?? data.input.agent);
        return;
      case "slot.request":
      case "review.ended":
        // Cut short for another reason, it has shown nothing of its account: another one may go first.
        if (data.refused === undefined) this.#letGo(({ id: each }) => each === data.task);
        return;
      case "stream.started":
        for (const { id: each, stream } of this.#plan.tasks) if (stream === data.stream) this.of(each).isTaken = false;
        this.#letGo(({ stream }) => stream === data.stream);
        return;
      case "decision.made":
        this.#observeDecision(id, data.choice);
        return;
      case "candidate.chosen":
        if (this.#chosen.has(data.of))
          this.#report("candidates", `${data.of} had its candidate, and gets ${data.task}`);
        this.#chosen.set(data.of, data.task);
        return;
      case "merge.enqueue":
        if (this.of(data.task).isUnchecked) this.#report("taken", `${data.task} is to be merged as a person left it`);
        if (this.#hasRivals(data.task) && !this.#isChosen(data.task))
          this.#report("candidates", `${data.task} is to be merged, and was not chosen`);
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
        this.of(data.task).isTaken = false;
        if (!data.again) this.#observeGivenUp(this.of(data.task), time);
        return;
      case "task.finished":
        this.#letGo(({ id: each }) => each === data.task);
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
    const hasFailed =
      outcome === "failed" ||
      isGivenUp ||
      this.of(task.id).hasFailed ||
      (outcome === null && this.lostStreams.has(task.stream));
    return task.continueOnError && hasFailed;
  }

  /** Whether something ends a task though a person has it in hand: that person, the end of the run, or another candidate. */
  mayEnd(id: string): boolean {
    return this.isCancelled || this.isMergeBroken || this.of(id).isUnwanted || this.isPassedOver(id);
  }

  /** Whether another candidate for the same was chosen. */
  isPassedOver(id: string): boolean {
    const group = this.#groupOf(id);
    return group !== undefined && this.#chosen.has(group) && !this.#isChosen(id);
  }

  readonly #groupOf = (id: string): string | undefined => this.#plan.tasks.find((each) => each.id === id)?.candidateOf;
  readonly #hasRivals = (id: string): boolean => this.#groupOf(id) !== undefined;
  readonly #isChosen = (id: string): boolean => this.#chosen.get(this.#groupOf(id) ?? "") === id;

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
    if (this.isPassedOver(id) && (outcome === "merged" || outcome === "done"))
      this.#report("candidates", `${id} ended as ${outcome}, and another one was chosen`);
    if (task.outcome !== null) this.#report("outcome", `${id} ended as ${task.outcome}, then as ${outcome}`);
    task.outcome ??= outcome;
    task.endedAt ??= time;
    task.isTaken = false;
  }

  #observeGivenBack({ task: id, discards }: Events["task.givenBack"]): void {
    const task = this.of(id);
    task.isTaken = false;
    const { gates = [] } = this.#plan.tasks.find((each) => each.id === id) ?? {};
    task.isUnchecked = discards !== true && gates.length > 0;
  }

  /** A task that has not begun is what a person wants it to be, in place: all who look at the plan see it. */
  #observeEdit(wanted: Task): void {
    const { hasBegun, outcome, isUnwanted } = this.of(wanted.id);
    const task = this.#plan.tasks.find(({ id }) => id === wanted.id);
    if (task === undefined || hasBegun || outcome !== null || isUnwanted || this.isCancelled) return;
    for (const key of Object.keys(task)) if (!(key in wanted)) delete task[key as keyof Task];
    Object.assign(task, wanted);
  }

  #addCost({ task, usd, tokens }: Events["cost.added"]): void {
    this.#checkHardBudget(task);
    this.#spent = { usd: this.#spent.usd + usd, tokens: this.#spent.tokens + tokens };
    this.#judgeBudget();
  }

  /** Once a hard budget is spent, each that was at work tells at most of the turn that it was in (BUDGET-4). */
  #checkHardBudget(task: string): void {
    if (!this.isBudgetSpent || this.#plan.budget.mode !== "hard" || this.#isFree(task)) return;
    if (this.#lastTurns.has(task))
      this.#report("budget", `${task} tells of another turn after the hard budget was spent`);
    this.#lastTurns.add(task);
  }

  #judgeBudget(): void {
    const budget = this.#budget;
    const isOver = (limit: number | undefined, spent: number): boolean => limit !== undefined && spent >= limit;
    this.isBudgetSpent = isOver(budget.usd, this.#spent.usd) || isOver(budget.tokens, this.#spent.tokens);
    if (!this.isBudgetSpent) this.#lastTurns.clear();
  }

  #observeGrant(id: string): void {
    const task = this.of(id);
    task.isAccepted = false;
    task.hasBegun = true;
    if (this.isPassedOver(id)) this.#report("candidates", `${id} was granted a slot after another one was chosen`);
    if (task.isPaused) this.#report("paused", `${id} was granted a slot while it was paused`);
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
        else task.isUnchecked = false;
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
