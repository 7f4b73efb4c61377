/**
 * The oracle of a simulated run: outcomes, grants, costs and decisions, read from the durable records. Rules that a single
 * record can break are checked here. The machines' states are not asked, for they are what is being tested.
 */

import type { LogRecord } from "../../actors/log/port.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { parseAddress, taskOfConflict } from "../../protocol/address.ts";
import type { TaskOutcome } from "../../protocol/values.ts";
import type { ReportViolation } from "./violations.ts";

type RecordData = Record<string, unknown>;

/** Why an attempt did not count as work done. */
const WORK_FAILURES: ReadonlySet<string> = new Set(["work.outOfScope", "merge.rejected"]);
const FAULTS: ReadonlySet<string> = new Set(["agent.notStarted", "workspace.failed", "work.failed"]);
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
  readonly #report: ReportViolation;
  #spent = { usd: 0, tokens: 0 };

  constructor(plan: Plan, report: ReportViolation) {
    this.#plan = plan;
    this.#report = report;
    for (const { id } of plan.tasks) this.tasks.set(id, new TaskFacts());
  }

  /** Takes in the next durable record. */
  observe({ seq, time, actor, type, data }: LogRecord): void {
    this.seq = seq;
    this.beganAt ??= time;
    const facts = data as RecordData;
    const { kind, id } = parseAddress(actor);
    if (type === "epoch.started") this.epochs++;
    else if (actor === "scheduler") this.#observeScheduler(type, facts, time);
    else if (actor === "run" && type === "run.finished") this.#observeEnd(String(facts.outcome), time);
    else if (kind === "stream" && type === "task.start") this.#observeGrant((facts.input as Task).id);
    else if (kind === "task") this.#observeTask(this.of(id), type, facts, time);
    else if (kind === "conflict" && type === "decision.made") this.#observeDecision(id, String(facts.choice));
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

  #observeScheduler(type: string, facts: RecordData, time: number): void {
    if (type === "run.cancel") this.isCancelled = true;
    else if (type === "merge.broken") this.isMergeBroken = true;
    else if (type === "cost.added") this.#addCost(Number(facts.usd), Number(facts.tokens));
    else if (type === "child.lost") this.lostStreams.add(parseAddress(String(facts.child)).id);
    else if (type === "breaker.opened" && Number(facts.openings) >= MAX_OPENINGS) {
      this.lostAgents.add(String(facts.agent));
    } else if (type === "task.crashed" && facts.again === false) {
      const task = this.of(String(facts.task));
      task.isGivenUp ||= task.outcome === null;
      task.endedAt ??= time;
    } else if (type === "task.finished") {
      const task = this.of(String(facts.task));
      const outcome = facts.outcome as TaskOutcome;
      if (task.outcome !== null) this.#report("outcome", `${facts.task} ended as ${task.outcome}, then as ${outcome}`);
      task.outcome ??= outcome;
      task.endedAt ??= time;
    }
  }

  #addCost(usd: number, tokens: number): void {
    const { budget } = this.#plan;
    this.#spent = { usd: this.#spent.usd + usd, tokens: this.#spent.tokens + tokens };
    const isOver = (limit: number | undefined, spent: number): boolean => limit !== undefined && spent >= limit;
    this.isBudgetSpent = isOver(budget.usd, this.#spent.usd) || isOver(budget.tokens, this.#spent.tokens);
  }

  #observeGrant(id: string): void {
    const task = this.of(id);
    task.isAccepted = false;
    if (task.outcome !== null) this.#report("doneAgain", `${id} was granted a slot after it ended as ${task.outcome}`);
    if (this.isBudgetSpent && this.#plan.budget.mode !== "warn") {
      this.#report("budget", `${id} was granted a slot when the budget was spent`);
    }
  }

  #observeTask(task: TaskFacts, type: string, facts: RecordData, time: number): void {
    if (type === "actor.started") task.startedAt ??= time;
    else if (type === "task.exited" || type === "gates.finished") task.workMs += Number(facts.durationMs);
    if (type === "task.exited" && facts.ok === false) {
      if (facts.blame === "agent") task.faults++;
      else task.failures++;
    } else if (WORK_FAILURES.has(type) || (type === "gates.finished" && isRed(facts))) task.failures++;
    else if (FAULTS.has(type)) task.faults++;
  }

  #observeDecision(conflict: string, choice: string): void {
    const task = this.of(taskOfConflict(conflict));
    if (choice === "accept") task.isAccepted = true;
    else if (choice === "drop") task.isDropped = true;
  }
}

function isRed(facts: RecordData): boolean {
  const results = facts.results as { required: boolean; status: string }[];
  return results.some(({ required, status }) => required && status !== "passed");
}
