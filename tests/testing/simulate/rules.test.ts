/** A checker that cannot fail is worth nothing: each rule is broken on purpose, and seen broken. */

import { describe, expect, it } from "vitest";
import { assign, type enqueueActions, StateMachine } from "xstate";
import { type MemoryLog, readRecords, verifyLog } from "../../../src/actors/log/index.ts";
import type { Logics } from "../../../src/actors/runtime/runtime.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import type { SchedulerInput } from "../../../src/machines/scheduler/state.ts";
import type { SupervisorInput } from "../../../src/machines/supervisor.ts";
import type { Plan } from "../../../src/plan/model.ts";
import type {
  Answer,
  Params,
  Perform,
  PerformedEffect,
  Performers,
  Performing,
} from "../../../src/protocol/effects.ts";
import { buildPlan, scriptedAgent } from "../../../src/testing/simulate/index.ts";
import {
  type SimulateOptions,
  type SimulationOverrides,
  simulateWith,
} from "../../../src/testing/simulate/simulate.ts";
import { gateOutcome } from "../../../src/testing/simulate/world.ts";

const MINUTE = 60_000;
const gate = { name: "test", run: "true", required: true, at: ["task" as const, "merge" as const], timeoutMs: MINUTE };
const chain = buildPlan({ tasks: [{ id: "a" }, { id: "b", needs: ["a"] }] });
const pair = buildPlan({
  resources: { database: 1 },
  tasks: [
    { id: "a", uses: { database: 1 } },
    { id: "b", uses: { database: 1 } },
  ],
});

/** The rules that a run breaks, each once. */
async function rulesBroken(
  plan: Plan,
  overrides: SimulationOverrides,
  options: SimulateOptions = {},
): Promise<string[]> {
  const { violations } = await simulateWith(plan, { durations: () => MINUTE, ...options }, overrides);
  return [...new Set(violations.map(({ rule }) => rule))].sort();
}

/** A scheduler that was told something else than the plan says. */
function changeSchedulerInput(change: (input: SchedulerInput) => SchedulerInput): SimulationOverrides {
  const root = (own: SupervisorInput): SupervisorInput => ({
    ...own,
    children: own.children.map((child) =>
      child.id === "scheduler" ? { ...child, input: change(child.input as SchedulerInput) } : child,
    ),
  });
  return { root };
}

/** A performer that does something else than it should. */
function replacePerformer<Name extends PerformedEffect>(
  name: Name,
  perform: (
    params: Params<Name>,
    context: Performing<Name>,
    honest: () => Promise<Answer<Name> | undefined>,
  ) => Promise<Answer<Name> | undefined>,
): SimulationOverrides {
  const replaced = (own: Performers): Perform<Name> => {
    const honest: Perform<Name> = own[name];
    return (params, context) => perform(params, context, () => honest(params, context));
  };
  return { performers: (own) => ({ ...own, [name]: replaced(own) }) };
}

const { scheduling } = schedulerMachine.config.states ?? {};
const { actions: decide } = (scheduling?.on?.["*"] ?? {}) as { actions?: ReturnType<typeof enqueueActions> };

/** A scheduler that believes in one more that is busy, once a task has finished. */
const miscounting = new StateMachine(
  {
    ...schedulerMachine.config,
    states: {
      ...schedulerMachine.config.states,
      scheduling: {
        ...scheduling,
        on: {
          ...scheduling?.on,
          "task.finished": { actions: [decide, assign({ busy: ({ context }) => context.busy + 1 })] },
        },
      },
    },
  },
  schedulerMachine.implementations,
);

const never = (): Promise<never> => new Promise(() => {});

describe("a simulation sees", () => {
  it("nothing in a world that is as it should be", async () => {
    expect(await rulesBroken(chain, {})).toEqual([]);
    expect(await rulesBroken(pair, {})).toEqual([]);
  });

  it("a resource that is handed out twice", async () => {
    expect(
      await rulesBroken(
        pair,
        changeSchedulerInput((input) => ({ ...input, resources: { database: 2 } })),
      ),
    ).toEqual(["capacity"]);
  });

  it("more tasks at once than the plan, a stream or an agent allows", async () => {
    const agents = [{ name: "one", kind: "command" as const, concurrency: 1 }];
    const work = { kind: "agent" as const, agent: "one", instruction: "" };
    const crowd = buildPlan({
      agents,
      tasks: [
        { id: "a", work },
        { id: "b", work },
      ],
    });
    const narrow = { ...crowd, concurrency: 1 };
    expect(
      await rulesBroken(
        narrow,
        changeSchedulerInput((input) => ({ ...input, concurrency: 9, agents: { one: 9 } })),
      ),
    ).toEqual(["capacity"]);
    expect(
      await rulesBroken(
        crowd,
        changeSchedulerInput((input) => ({ ...input, agents: { one: 9 } })),
      ),
    ).toEqual(["capacity"]);
    const stream = [{ name: "builders", concurrency: 1, restart: "permanent" as const }];
    const tight = { ...pair, resources: { database: 2 }, streams: stream };
    expect(
      await rulesBroken(
        tight,
        changeSchedulerInput((input) => ({ ...input, streams: { builders: 9 } })),
      ),
    ).toEqual(["capacity"]);
  });

  it("a task that starts before what it needs", async () => {
    const blind = changeSchedulerInput((input) => ({
      ...input,
      nodes: input.nodes.map((node) => ({ ...node, needs: [], min: 0 })),
    }));
    expect(await rulesBroken(chain, blind)).toEqual(["needs"]);
    const hasty = changeSchedulerInput((input) => ({
      ...input,
      nodes: input.nodes.map((node) => ({ ...node, min: Math.min(1, node.min) })),
    }));
    const join = buildPlan({ tasks: [{ id: "a" }, { id: "b" }, { id: "c", needs: ["a", "b"] }] });
    expect(await rulesBroken(join, hasty, { durations: ({ id }) => (id === "a" ? 1 : 5) * MINUTE })).toEqual(["needs"]);
  });

  it("a task that is cut from a branch without what it needs", async () => {
    const old = replacePerformer("prepareWorkspace", (params, _context, honest) => {
      params.base = "base";
      return honest();
    });
    expect(await rulesBroken(chain, old)).toEqual(["needs"]);
  });

  it("tasks that start when the money is gone", async () => {
    const budget = { mode: "soft" as const, usd: 1 };
    const tasks = ["a", "b"].map((id) => ({ id, budget: { usd: 1 } }));
    const plan = buildPlan({ concurrency: 1, budget, tasks });
    const agents = { streams: { builders: scriptedAgent({ attempts: [{ usd: 2 }] }) } };
    const rich = changeSchedulerInput((input) => ({ ...input, budget: { mode: "soft", usd: 99 } }));
    expect(await rulesBroken(plan, rich, { agents })).toEqual(["budget"]);
  });

  it("a deadlock, instead of hanging", async () => {
    expect(await rulesBroken(chain, replacePerformer("commitWork", never))).toEqual(["deadlock"]);
    const knot = buildPlan({
      tasks: [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
    });
    expect(await rulesBroken(knot, {})).toEqual(["deadlock"]);
  });

  it("a run that never ends", async () => {
    const restless = replacePerformer("startAgent", async () => ({ type: "agent.lost", killed: 0 }));
    expect(await rulesBroken(chain, restless)).toEqual(["endless"]);
  });

  it("work that is said to be merged and is not, or twice", async () => {
    const forgetful = replacePerformer("advanceBranch", async ({ from, to }: { from: string; to: string }) => ({
      type: "branch.advanced",
      from,
      to,
    }));
    expect(await rulesBroken(chain, forgetful)).toContain("lostWork");
    const stutter = replacePerformer("buildChain", (params, _context, honest) => {
      params.items.push(...params.items);
      return honest();
    });
    expect(await rulesBroken(chain, stutter)).toEqual(["landedTwice"]);
  });

  it("a branch that was moved to a red commit", async () => {
    const plan = { ...chain, gates: [gate] };
    const passed = gateOutcome(gate.name, true, true, 0);
    const kind = replacePerformer("gateTip", async () => ({
      type: "tip.gated",
      results: [passed],
    }));
    expect(await rulesBroken(plan, kind, { faults: { tipRedRate: 1 } })).toEqual(["redBranch"]);
    expect(await rulesBroken(plan, {}, { faults: { tipRedRate: 1 } })).toEqual([]);
  });

  it("a branch that was moved to a commit of which one of two gates is red, the other green when it is run again", async () => {
    const plan = { ...chain, gates: [gate, { ...gate, name: "other" }] };
    const kind = replacePerformer("gateTip", async ({ again }) => {
      const doubt = { known: ["a test"], touched: [] };
      const flaky = gateOutcome(gate.name, true, again !== undefined, 0);
      if (again !== undefined) return { type: "tip.gated", results: [flaky], again: true };
      return { type: "tip.gated", results: [{ ...flaky, doubt }, gateOutcome("other", true, false, 0)] };
    });
    // What is red and in no doubt keeps everything out.
    expect(await rulesBroken(plan, kind)).toEqual([]);
    expect(await rulesBroken(plan, {}, { faults: { flakyRate: 0.5, tipRedRate: 0.3 } })).toEqual([]);
  });

  it("two workers for one task, and one for a task that is over", async () => {
    const eager = replacePerformer("startAgent", (_params, _context, honest) => {
      void honest();
      return honest();
    });
    expect(await rulesBroken(chain, eager)).toContain("doubleWork");
    let late: (() => ReturnType<Perform<"startAgent">>) | null = null;
    const ghost = replacePerformer("startAgent", async (params, _context, honest) => {
      const end = await honest();
      if (params.task === "a") late = honest;
      else void late?.();
      return end;
    });
    expect(await rulesBroken(chain, ghost)).toContain("doneAgain");
  });

  it("a task that is given up before its retries are", async () => {
    const plan = buildPlan({ tasks: [{ id: "a", retries: 3 }] });
    const hard = changeSchedulerInput((input) => ({
      ...input,
      nodes: input.nodes.map((node) => ({ ...node, input: { ...node.input, retries: 0 } })),
    }));
    const agents = { tasks: { a: scriptedAgent({ attempts: [{ ok: false }, { ok: true }] }) } };
    expect(await rulesBroken(plan, hard, { agents })).toEqual(["lostWork"]);
  });

  it("a run whose outcome is not that of its tasks", async () => {
    const lenient = changeSchedulerInput((input) => ({
      ...input,
      nodes: input.nodes.map((node) => ({ ...node, continueOnError: true })),
    }));
    const agents = { tasks: { b: scriptedAgent({ attempts: [{ ok: false }] }) } };
    expect(await rulesBroken(chain, lenient, { agents })).toEqual(["outcome"]);
  });

  it("somebody who still works when all is over", async () => {
    let again: (() => ReturnType<Perform<"startAgent">>) | null = null;
    const performers = (own: Performers): Performers => ({
      ...own,
      startAgent: (params, context) => {
        again = () => own.startAgent(params, context);
        return again();
      },
      releaseWorkspace: async (params, context) => {
        if (params.task === "b") void again?.();
        return own.releaseWorkspace(params, context);
      },
    });
    expect(await rulesBroken(chain, { performers })).toEqual(["doneAgain", "leftOpen"]);
  });

  it("a log that tells another story than the run", async () => {
    const forget = (own: MemoryLog): MemoryLog => ({
      ...own,
      read: async function* (options) {
        const records = await readRecords(own, options);
        const isOver = records.some(({ type }) => type === "run.finished");
        yield isOver ? records.filter(({ type }) => type !== "run.finished") : records;
        return { seq: records.at(-1)?.seq ?? 0, crc: records.at(-1)?.crc ?? "00000000", epoch: 0, droppedBytes: 0 };
      },
    });
    expect(await rulesBroken(chain, { log: forget })).toEqual(["replay"]);
  });

  it("counters of the scheduler that do not follow from its tasks", async () => {
    const unchecked = (own: Logics): Logics => ({ ...own, scheduler: { machine: miscounting } });
    expect(await rulesBroken(chain, { logics: unchecked })).toEqual(["counters"]);
  });

  it("a host that is ended by a scheduler that miscounts, before the step is recorded", async () => {
    const logics = (own: Logics): Logics => ({ ...own, scheduler: { ...own.scheduler, machine: miscounting } });
    const { violations, log, tasks } = await simulateWith(chain, { durations: () => MINUTE }, { logics });
    expect(violations).toMatchObject([
      { rule: "host", message: "the scheduler has miscounted: busy is 2, and should be 1" },
    ]);
    const records = log.records();
    expect(records.filter(({ type }) => type === "task.finished")).toEqual([]);
    expect(records.filter(({ type }) => type === "child.crashed")).toEqual([]);
    expect(await verifyLog(log)).toMatchObject({ ok: true, droppedBytes: 0 });
    expect(tasks.map(({ outcome }) => outcome)).toEqual(["blocked", "blocked"]);
  });

  it("a host that cannot go on", async () => {
    const full = (own: MemoryLog): MemoryLog => {
      own.failNext("write");
      return own;
    };
    expect(await rulesBroken(chain, { log: full })).toEqual(["host"]);
  });
});
