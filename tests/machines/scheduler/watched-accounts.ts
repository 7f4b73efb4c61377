/** A scheduler whose tasks t0, t1, … are done by agents with accounts: what it starts, tells and arms. */
import type { AnyMachineSnapshot } from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import { defaultBackoff } from "../../../src/machines/backoff.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import type { SchedulerContext, SchedulerEvent, SchedulerInput } from "../../../src/machines/scheduler/state.ts";
import { rowsOf } from "../../../src/machines/table.ts";
import type { ConflictInput, Refusal, TaskInput } from "../../../src/protocol/values.ts";

/** The account is not served until then; null: nobody says when. */
export const limitUntil = (until: number | null): Refusal => ({
  what: "limit",
  until,
  source: "You've hit your limit",
});

type Event = SchedulerEvent extends infer Each ? (Each extends { at: number } ? Omit<Each, "at"> : Each) : never;
export type RunOptions = Partial<
  Pick<SchedulerInput, "accounts" | "longestWaits" | "concurrency" | "agents" | "patient">
>;

export class WatchedAccounts {
  readonly #driver = createDriver(schedulerMachine);
  #snapshot: AnyMachineSnapshot;
  at = 1_000;
  /** What was asked for since `take`. */
  #asked: { name: string; params: unknown }[] = [];

  constructor(
    tasks: Pick<TaskInput, "agent" | "fallback" | "reviewer">[],
    { concurrency = 9, ...more }: RunOptions = {},
  ) {
    const common = { gates: [], retries: 2, onConflict: "ask", backoff: defaultBackoff, seed: 1 } as const;
    const nodes = tasks.map((task, at) => ({
      input: { ...common, gates: [], isolation: "none" as const, id: `t${at}`, stream: "x", ...task },
      ...{ needs: [], prefers: [], min: 0, require: [], uses: {}, continueOnError: false },
      ...{ reserve: { usd: 0, tokens: 0 }, expectedMs: 1, pathMs: 1 },
    }));
    const limits = {
      concurrency,
      resources: {},
      streams: { x: 9, y: 9 },
      agents: {},
      budget: { mode: "warn" as const },
    };
    const { snapshot } = this.#driver.start({ run: "r", nodes, isolation: "none", ...limits, ...more, at: this.at });
    this.#snapshot = snapshot;
    this.tell({ type: "stream.started", stream: "x" });
  }

  get context(): SchedulerContext {
    return this.#snapshot.context as SchedulerContext;
  }

  tell(event: Event): void {
    const { snapshot, effects } = this.#driver.step(this.#snapshot, { ...event, at: this.at } as SchedulerEvent);
    this.#snapshot = snapshot;
    this.#asked.push(...effects);
  }

  /** The task's agent is refused in the midst of its attempt. */
  refuse(task: string, refused: Refusal): void {
    this.tell({ type: "slot.request", task, goesOn: true, refused });
  }

  pay(task: string): void {
    this.tell({ type: "cost.added", task, usd: 0, tokens: 10 });
  }

  /** A person answers what is asked about an account's credit. */
  answer(account: string, choice: string): void {
    this.tell({ type: "conflict.decided", choice, ask: `credit ${account}` });
  }

  /** Lets the time of an account come. */
  wake(account: string, at: number): void {
    this.at = at;
    this.tell({ type: "timer.fired", timer: `account ${account}` });
  }

  /** What was started, told and armed since it was asked last. */
  take(): {
    started: string[];
    /** Task -> the agent that was chosen, of those that had a choice. */
    chosen: Record<string, string>;
    reviews: Record<string, string | undefined>;
    stopped: string[];
    /** What a person is asked. */
    questions: ConflictInput[];
    /** Actors that were stopped. */
    ended: string[];
    told: Record<string, unknown>[];
    timers: number[];
  } {
    const asked = this.#asked.splice(0);
    const letters = asked.filter(({ name }) => name === "tell").map(({ params }) => params as Letter);
    const starts = letters.filter(({ event }) => event.type === "task.start").map(({ event }) => event);
    const toTasks = (type: string): [string, string | undefined][] =>
      letters.flatMap(({ to, event }) => (event.type === type ? [[to.slice("task:".length), event.chosen]] : []));
    return {
      started: starts.map(({ input }) => input?.id ?? ""),
      chosen: Object.fromEntries(
        starts.flatMap(({ input, chosen }) => (chosen === undefined ? [] : [[input?.id ?? "", chosen]])),
      ),
      reviews: Object.fromEntries(toTasks("review.start")),
      stopped: toTasks("task.stop").map(([task]) => task),
      questions: asked.flatMap(({ name, params }) =>
        name === "spawnActor" ? [(params as { input: ConflictInput }).input] : [],
      ),
      ended: asked.flatMap(({ name, params }) => (name === "stopActor" ? [(params as { id: string }).id] : [])),
      told: letters.filter(({ to }) => to === "run").map(({ event }) => event),
      timers: asked.flatMap(({ name, params }) => (name === "setTimer" ? [(params as { dueAt: number }).dueAt] : [])),
    };
  }

  /** Agents that were given up. */
  lost(): string[] {
    return Object.keys(this.context.lostAgents);
  }

  phases(): string[] {
    return rowsOf(this.context.rows).map(({ phase }) => phase);
  }
}

interface Letter {
  to: string;
  event: { type: string; input?: { id: string }; chosen?: string };
}
