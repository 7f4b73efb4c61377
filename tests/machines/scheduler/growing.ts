/** The scheduler of a plan that grows and is changed, step by step, its counters counted again after each. */
import { expect } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import type { RequestedEffect } from "../../../src/actors/runtime/step.ts";
import { schedulerInput } from "../../../src/machines/scheduler/begin.ts";
import { listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import type { SchedulerContext } from "../../../src/machines/scheduler/state.ts";
import { rowsOf } from "../../../src/machines/table.ts";
import type { Plan, Task } from "../../../src/plan/model.ts";
import { makeTask } from "../../helpers/make-task.ts";

/** A task that plans. */
export const PLANNER = makeTask("plan", { stream: "planners", artifacts: ["plan"] });

function planOf(tasks: Task[]): Plan {
  const stream = (name: string, more: object = {}) => ({
    name,
    concurrency: 4,
    restart: "permanent" as const,
    ...more,
  });
  return {
    goal: "g",
    concurrency: 4,
    isolation: "none",
    budget: { mode: "warn" },
    gates: [],
    resources: {},
    streams: [stream("planners"), stream("builders")],
    agents: [],
    tasks,
  };
}

/** One that goes on. */
export class Growing {
  readonly driver = createDriver(schedulerMachine);
  snapshot: AnyMachineSnapshot;
  told: { to: string; type: string; task: string }[] = [];

  constructor(tasks: Task[] = [PLANNER]) {
    const backoff = { baseMs: 1, factor: 1, maxMs: 1 };
    const options = { run: "r", seed: 1, backoff, expectedMs: {}, unknownMs: 1_000, pathMs: {} };
    const { snapshot } = this.driver.start({ ...schedulerInput(planOf(tasks), options), at: 0 });
    this.snapshot = snapshot;
    this.send({ type: "stream.started", stream: "builders" });
  }

  get context(): SchedulerContext {
    return this.snapshot.context as SchedulerContext;
  }

  send(event: { type: string } & Record<string, unknown>): void {
    // What is folded has been through JSON.
    const step = this.driver.step(this.snapshot, { ...JSON.parse(JSON.stringify(event)), at: 1 });
    this.snapshot = step.snapshot;
    expect(listMiscounts(this.context)).toEqual([]);
    for (const effect of step.effects) this.onEffect(effect);
  }

  onEffect({ name, params }: RequestedEffect): void {
    if (name !== "tell") return;
    const { to, event } = params as { to: string; event: { type: string; input?: { id: string } } };
    this.told.push({ to, type: event.type, task: event.input?.id ?? "" });
  }

  extend(tasks: Task[], by = "plan"): string | null {
    this.send({ type: "plan.extended", by, version: 1, tasks });
    return this.context.planned[by]?.refused ?? null;
  }

  end(id: string, outcome = "done"): void {
    const event = { type: "task.finished", task: id, outcome, commit: null, head: null, reason: null, isOpen: false };
    this.send(event);
    this.send({ type: "task.closed", task: id });
  }

  get started(): string[] {
    return this.told.filter(({ type }) => type === "task.start").map(({ task: id }) => id);
  }

  phaseOf(id: string): string | undefined {
    return rowsOf(this.context.rows)[this.context.index[id] as number]?.phase;
  }
}
