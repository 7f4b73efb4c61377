/**
 * Who works at this moment, as the simulated world sees it. A worker that comes in when a limit is reached, before what it
 * needs, or for a task that somebody works on already, breaks a rule, whatever the scheduler believes.
 */

import type { Plan, Task } from "../../plan/model.ts";
import type { Reviewer } from "../../protocol/values.ts";
import type { Ledger } from "./ledger.ts";
import type { Report } from "./violations.ts";

/** One who works: for a task, in the slot of a stream, by an agent. */
interface Worker {
  task: Task;
  stream: string;
  agent: string | null;
  /** Whether it is in a slot. */
  holds: boolean;
  uses: Readonly<Record<string, number>>;
}

export class Workplace {
  readonly #plan: Plan;
  readonly #tasks: ReadonlyMap<string, Task>;
  readonly #ledger: Ledger;
  readonly #report: Report;
  readonly #working = new Set<Worker>();

  constructor(plan: Plan, ledger: Ledger, report: Report) {
    this.#plan = plan;
    this.#tasks = new Map(plan.tasks.map((task) => [task.id, task]));
    this.#ledger = ledger;
    this.#report = report;
  }

  /** Ids of tasks with a worker. */
  get working(): string[] {
    return [...this.#working].map(({ task }) => task.id);
  }

  /**
   * A worker begins; returns how it leaves. Gates of work that a person accepted run outside any slot; a review is in one
   * of its own stream, and holds nothing that the task uses.
   */
  enter(id: string, what: "agent" | "gates" | "review", reviewer?: Reviewer): () => void {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new Error(`no task ${id} in the plan`);
    if (this.working.includes(id)) this.#report("doubleWork", `${id} is worked on twice at once`);
    const facts = this.#ledger.of(id);
    if (facts.outcome !== null) this.#report("doneAgain", `${id} is worked on after it ended as ${facts.outcome}`);
    const { work } = task;
    const worker: Worker = {
      task,
      stream: reviewer?.stream ?? task.stream,
      agent: reviewer?.agent ?? (work.kind === "agent" ? work.agent : null),
      holds: what !== "gates" || !facts.isAccepted,
      uses: reviewer === undefined ? task.uses : {},
    };
    this.#working.add(worker);
    this.#checkLimits(id);
    if (what === "agent") this.#checkNeeds(task);
    return () => this.#working.delete(worker);
  }

  #checkLimits(id: string): void {
    const { concurrency, streams, agents, resources } = this.#plan;
    const holders = [...this.#working].filter(({ holds }) => holds);
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
      return task !== undefined && this.#ledger.isMet(task);
    };
    const met = needs.filter(isMet).length;
    const least = join?.min ?? needs.length;
    if (met < least) this.#report("needs", `${id} started with ${met} of the ${least} tasks that it needs`);
    for (const need of join?.require ?? []) {
      if (!isMet(need)) this.#report("needs", `${id} started without ${need}, which it requires`);
    }
  }
}
