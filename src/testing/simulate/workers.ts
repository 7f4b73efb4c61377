/**
 * Workers that take virtual time, one a task, and the limits that they are held to.
 *
 * SIM-1 A worker whose outcome is not wanted any more goes at once; its outcome may still come, when it would have.
 * SIM-2 A worker whose host died works on until it is done or the next host ends it; its outcome is not wanted.
 * SIM-3 A worker that begins when a limit is reached, before what it needs, or for a task that somebody works on already,
 *    breaks a rule, whatever the scheduler counts.
 */
import type { Outcome } from "../../actors/runtime/ports.ts";
import type { Plan, Task } from "../../plan/model.ts";
import type { Reviewer } from "../../protocol/values.ts";
import type { RunOracle } from "./run-oracle.ts";
import type { ReportViolation } from "./violations.ts";
import type { World } from "./world.ts";

export interface WorkItem<Answered extends Outcome> {
  task: string;
  what: "agent" | "gates" | "review";
  /** Who reviews, in a review. */
  reviewer?: Reviewer;
  /** The agent that was chosen for the work, where there was a choice. */
  agent?: string | undefined;
  durationMs: number;
  /** What its worker says when it is done. */
  outcome: Answered;
  /** What it says when it is stopped before; null where nobody can stop it. */
  stopped: Answered | null;
  /** What it says when it is stopped to go on later. */
  suspended?: Answered;
}

/** One who works. */
interface Worker {
  task: string;
  /** Ends it with what it then says. */
  stop: (suspends: boolean) => void;
  /** Ends it without a word. */
  dismiss: () => void;
}

export class Workers {
  readonly monitor: WorkMonitor;
  readonly #world: World;
  /** A run as it should be has at most one a task. */
  readonly #working = new Set<Worker>();

  constructor(world: World) {
    this.#world = world;
    this.monitor = new WorkMonitor(world.plan, world.oracle, world.report);
  }

  /** Resolves with the worker's outcome when it is done or stopped, with undefined when nobody wants it any more. */
  work<Answered extends Outcome>(
    { task, what, reviewer, agent, durationMs, outcome, stopped, suspended }: WorkItem<Answered>,
    { effect, signal }: { effect: string; signal: AbortSignal },
  ): Promise<Answered | undefined> {
    const { clock, random, faults, count, mailbox } = this.#world;
    const finish = this.monitor.begin(task, what, { reviewer, agent });
    const isLate = random.chance(faults.lateRate, effect, count(), "late");
    const dueAt = clock.now() + durationMs;
    return new Promise((resolve) => {
      let isOrphan = false;
      let cancel: () => void = () => {};
      const end = (said: Answered | undefined): void => {
        cancel();
        finish();
        this.#working.delete(worker);
        if (isLate && (isOrphan || said === undefined)) {
          mailbox.deliver(effect, outcome, Math.max(0, dueAt - clock.now()));
        }
        resolve(said);
      };
      const worker: Worker = {
        task,
        stop: (suspends) => {
          const said = suspends ? (suspended ?? stopped) : stopped;
          if (said !== null) end(said);
        },
        dismiss: () => end(undefined),
      };
      this.#working.add(worker);
      signal.addEventListener("abort", () => {
        if (!this.#working.has(worker)) return;
        isOrphan = mailbox.host === null;
        if (isOrphan) resolve(undefined);
        else end(undefined);
      });
      if (durationMs === 0) end(outcome);
      else cancel = clock.setTimer(dueAt, () => end(outcome));
    });
  }

  /** Stops whoever works on a task, for good or to go on later. */
  stop(id: string, { suspends }: { suspends: boolean }): void {
    for (const { task, stop } of [...this.#working]) if (task === id) stop(suspends);
  }

  /** Ends all workers: what a host does first with those that a dead one has left (SIM-2). */
  stopAll(): void {
    for (const { dismiss } of [...this.#working]) dismiss();
  }
}

/** Work under way: for a task, in the slot of a stream, by an agent. */
interface RunningWork {
  task: Task;
  stream: string;
  agent: string | null;
  /** Whether it is in a slot. */
  holdsSlot: boolean;
  uses: Readonly<Record<string, number>>;
}

/** Who works at this moment, as the simulated world sees it (SIM-3). */
class WorkMonitor {
  readonly #plan: Plan;
  readonly #tasks: ReadonlyMap<string, Task>;
  readonly #oracle: RunOracle;
  readonly #report: ReportViolation;
  readonly #working = new Set<RunningWork>();

  constructor(plan: Plan, oracle: RunOracle, report: ReportViolation) {
    this.#plan = plan;
    this.#tasks = new Map(plan.tasks.map((task) => [task.id, task]));
    this.#oracle = oracle;
    this.#report = report;
  }

  /** Ids of tasks with a worker. */
  get working(): string[] {
    return [...this.#working].map(({ task }) => task.id);
  }

  /**
   * A worker begins; returns how it finishes. Gates of work that a person accepted run outside any slot; a review is in one
   * of its own stream, and holds nothing that the task uses.
   */
  begin(
    id: string,
    what: WorkItem<Outcome>["what"],
    { reviewer, agent }: { reviewer?: Reviewer | undefined; agent?: string | undefined },
  ): () => void {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new Error(`no task ${id} in the plan`);
    if (this.working.includes(id)) this.#report("doubleWork", `${id} is worked on twice at once`);
    const facts = this.#oracle.of(id);
    if (facts.outcome !== null) this.#report("doneAgain", `${id} is worked on after it ended as ${facts.outcome}`);
    const { work } = task;
    const worker: RunningWork = {
      task,
      stream: reviewer?.stream ?? task.stream,
      agent: reviewer?.agent ?? agent ?? (work.kind === "agent" ? work.agent : null),
      holdsSlot: what !== "gates" || !facts.isAccepted,
      uses: reviewer === undefined ? task.uses : {},
    };
    this.#working.add(worker);
    this.#checkLimits(id);
    if (what === "agent") this.#checkNeeds(task);
    return () => this.#working.delete(worker);
  }

  #checkLimits(id: string): void {
    const { concurrency, streams, agents, resources } = this.#plan;
    const holders = [...this.#working].filter(({ holdsSlot }) => holdsSlot);
    this.#check(id, "tasks at once", holders.length, concurrency);
    for (const { name, concurrency: most } of streams) {
      this.#check(id, `tasks of stream ${name}`, holders.filter(({ stream }) => stream === name).length, most);
    }
    for (const { name, concurrency: most } of agents) {
      const workers = holders.filter(({ agent }) => agent === name).length;
      this.#check(id, `workers of agent ${name}`, workers, most ?? Number.POSITIVE_INFINITY);
    }
    for (const [name, capacity] of Object.entries(resources)) {
      const units = holders.reduce((sum, { uses }) => sum + (Object.hasOwn(uses, name) ? (uses[name] ?? 0) : 0), 0);
      this.#check(id, `units of ${name}`, units, capacity);
    }
  }

  #check(id: string, what: string, count: number, most: number): void {
    if (count > most) this.#report("capacity", `with ${id}, there are ${count} ${what}, and ${most} are allowed`);
  }

  #checkNeeds({ id, needs, join }: Task): void {
    const isMet = (need: string): boolean => {
      const task = this.#tasks.get(need);
      return task !== undefined && this.#oracle.isMet(task);
    };
    const met = needs.filter(isMet).length;
    const least = join?.min ?? needs.length;
    if (met < least) this.#report("needs", `${id} started with ${met} of the ${least} tasks that it needs`);
    for (const need of join?.require ?? []) {
      if (!isMet(need)) this.#report("needs", `${id} started without ${need}, which it requires`);
    }
  }
}
