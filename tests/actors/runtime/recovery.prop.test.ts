/** Random histories, crashes and cuts: what is replayed is what was live, and every prefix goes on to the same end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enqueueActions, setup } from "xstate";
import { createMemoryLog, type LogRecord, type MemoryLog } from "../../../src/actors/log/index.ts";
import { openRuntime } from "../../../src/actors/runtime/open-runtime.ts";
import { hashStates, replayLog } from "../../../src/actors/runtime/replay.ts";
import type { Logics, Runtime } from "../../../src/actors/runtime/runtime.ts";
import { internalEffects, timerEffects } from "../../../src/machines/effects.ts";
import type { Strategy } from "../../../src/machines/restart-policy.ts";
import { type SupervisorInput, supervisorMachine } from "../../../src/machines/supervisor.ts";
import { createFakeClock, type FakeClock } from "../../../src/testing/determinism/fake-clock.ts";
import { checkInvariants } from "../../../src/testing/machines/index.ts";
import { drain } from "../../helpers/drain.ts";
import { createWorkerStream, createWorld } from "../../helpers/worker-stream.ts";

const NAMES = ["a", "b", "c"];
const strategies: Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"];

function openWith(log: MemoryLog, logics: Logics, input: SupervisorInput, clock: FakeClock): Promise<Runtime> {
  const root = { id: "run", kind: "supervisor", input };
  return openRuntime({ log, logics, perform: {}, clock, root, epoch: (epoch) => ({ epoch }) });
}

const machinesOf = (logics: Logics) =>
  Object.fromEntries(Object.entries(logics).map(([kind, { machine }]) => [kind, machine]));

type Step =
  | { do: "send"; to: string; event: { type: string } & Record<string, unknown> }
  | { do: "advance"; ms: number }
  | { do: "crash"; keepBytes: number };

const sent = fc.oneof(
  fc.record({ type: fc.constant("work"), n: fc.integer() }),
  fc.record({ type: fc.constantFrom("boom", "callBadly", "hold", "finish") }),
  fc.record({ type: fc.constant("call"), text: fc.string() }),
  fc.record({ type: fc.constant("wait"), ms: fc.integer({ min: 0, max: 2_000 }) }),
  fc.record({
    type: fc.constant("tellOther"),
    to: fc.constantFrom(...NAMES, "nobody"),
    event: fc.record({ type: fc.constantFrom("boom", "hold", "finish", "unheard") }),
  }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("send" as const), to: fc.constantFrom(...NAMES), event: sent }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 4_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), keepBytes: fc.nat({ max: 2_000 }) }) },
);

/** Times at which the supervisor decided to restart something, ms. */
function restartTimes(records: readonly LogRecord[]): number[] {
  const isRestart = ({ actor, type, effects }: LogRecord): boolean =>
    actor === "run" &&
    (type === "child.crashed" || type === "child.done") &&
    effects.some(({ name }) => name === "spawnActor" || name === "setTimer");
  return records.filter(isRestart).map(({ time }) => time);
}

async function expectSound(log: MemoryLog, runtime: Runtime, logics: Logics): Promise<void> {
  const report = await replayLog(log, machinesOf(logics));
  expect(report.differences).toEqual([]);
  expect(report.states).toEqual(JSON.parse(JSON.stringify(runtime.system.states())));
  expect(report.hash).toBe(hashStates(runtime.system));
  expect(checkInvariants(log.records())).toEqual([]);
}

describe("any history with any crashes", () => {
  it("is replayed to the live states, answers no effect twice, and stays within the intensity", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(...strategies),
        fc.integer({ min: 0, max: 4 }),
        fc.boolean(),
        async (steps, strategy, max, degrade) => {
          const log = createMemoryLog();
          const clock = createFakeClock();
          const intensity = { max, periodMs: 5_000 };
          const children = NAMES.map((id, at) => ({
            id,
            kind: "worker",
            input: {},
            restart: (["permanent", "transient", "temporary"] as const)[at] ?? "permanent",
          }));
          const input = { strategy, intensity, degrade, children, seed: 7 };
          const logics: Logics = {
            supervisor: { machine: supervisorMachine },
            worker: createWorkerStream(createWorld()),
          };
          let runtime = await openWith(log, logics, input, clock);
          runtime.start();
          await drain(runtime);
          for (const each of steps) {
            if (each.do === "advance") clock.advance(each.ms);
            else if (each.do === "crash") {
              log.crash({ keepBytes: each.keepBytes });
              await runtime.stop().catch(() => {});
              runtime = await openWith(log, logics, input, clock);
              await expectSound(log, runtime, logics);
              runtime.start();
            } else if (runtime.system.isActive(each.to)) {
              const { type, ...data } = each.event;
              const durable = runtime.send(each.to, type, data);
              durable.catch(() => {});
              // Some events are still in flight when the next step comes, also when that is a crash.
              if (data.n === undefined) await drain(runtime);
            }
          }
          await drain(runtime);
          await expectSound(log, runtime, logics);
          const times = restartTimes(log.records());
          for (const [at, time] of times.entries()) {
            const tooMany = times[at + max];
            if (tooMany !== undefined) expect(tooMany - time).toBeGreaterThanOrEqual(intensity.periodMs);
          }
          await runtime.stop();
        },
      ),
      { numRuns: 120 },
    );
  });
});

/** Squares numbers by asking for each; waits for a timer before every third. Ends with the sum. */
const squarer = setup({
  types: {
    input: {} as { total: number },
    context: {} as { total: number; next: number; sum: number },
    events: {} as { type: "squared"; at: number; value: number } | { type: "timer.fired"; at: number },
    output: {} as { sum: number },
  },
  actions: { ...internalEffects, ...timerEffects, square: (_: unknown, _params: { n: number }) => {} },
}).createMachine({
  id: "squarer",
  context: ({ input }) => ({ total: input.total, next: 0, sum: 0 }),
  initial: "asking",
  states: {
    asking: {
      entry: { type: "square", params: ({ context }) => ({ n: context.next }) },
      on: {
        squared: {
          target: "deciding",
          actions: enqueueActions(({ context, event, enqueue }) =>
            enqueue.assign({ next: context.next + 1, sum: context.sum + event.value }),
          ),
        },
      },
    },
    deciding: {
      always: [
        { guard: ({ context }) => context.next >= context.total, target: "over" },
        { guard: ({ context }) => context.next % 3 === 0, target: "resting" },
        { target: "asking" },
      ],
    },
    resting: {
      entry: { type: "setTimer", params: ({ event }) => ({ timer: "rest", dueAt: event.at + 100 }) },
      on: { "timer.fired": "asking" },
    },
    over: { type: "final" },
  },
  output: ({ context }) => ({ sum: context.sum }),
});

/** A world outside the log that survives crashes: squares that were stored, and blows that were dealt. */
interface Outside {
  stored: Map<string, number>;
  blown: Set<string>;
}

function squaring(outside: Outside): Logics {
  return {
    supervisor: { machine: supervisorMachine },
    squarer: {
      machine: squarer,
      perform: {
        square: async (params, { actor }) => {
          const { n } = params as { n: number };
          outside.stored.set(`${actor} ${n}`, n * n);
          if (n === 2 && actor === "x" && !outside.blown.has(actor)) {
            outside.blown.add(actor);
            throw new Error("the first time it breaks");
          }
          return { type: "squared", value: n * n };
        },
      },
    },
  };
}

async function runToEnd(log: MemoryLog, outside: Outside, strategy: Strategy): Promise<Runtime> {
  const clock = createFakeClock();
  const child = (id: string, total: number) => ({
    id,
    kind: "squarer",
    input: { total },
    restart: "transient" as const,
  });
  const children = [child("x", 5), child("y", 7)];
  const input = { strategy, intensity: { max: 50, periodMs: 5_000 }, degrade: false, children, seed: 3 };
  const runtime = await openWith(log, squaring(outside), input, clock);
  await expectSound(log, runtime, squaring(outside));
  runtime.start();
  for (let round = 0; round < 40 && !isOver(runtime); round++) {
    await drain(runtime);
    clock.advance(60_000);
  }
  await expectSound(log, runtime, squaring(outside));
  await runtime.stop();
  return runtime;
}

const isOver = ({ system }: Runtime): boolean => ["x", "y"].every((id) => system.actors.get(id)?.status === "done");

function endOf(runtime: Runtime, { stored }: Outside): unknown {
  const outputs = ["x", "y"].map((id) => runtime.system.actors.get(id)?.snapshot.output as unknown);
  return { over: isOver(runtime), outputs, stored: [...stored].sort() };
}

/** The log cut after `bytes` bytes. */
function cutLog(whole: MemoryLog, bytes: number): MemoryLog {
  const log = createMemoryLog();
  log.writeSegment(1, whole.readSegment(1).subarray(0, bytes));
  return log;
}

describe.each(strategies)("any prefix of a log, under %s", (strategy) => {
  it("recovers to a valid run that goes on to the same end, cut at every record and at any byte", async () => {
    const whole = createMemoryLog();
    const outside: Outside = { stored: new Map(), blown: new Set() };
    const end = endOf(await runToEnd(whole, outside, strategy), outside);
    expect(end).toMatchObject({ over: true, outputs: [{ sum: 30 }, { sum: 91 }] });
    const bytes = whole.readSegment(1);
    const boundaries: number[] = [];
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) boundaries.push(at + 1);
    expect(boundaries.length).toBeGreaterThan(20);
    const recover = async (cut: number): Promise<void> => {
      const after: Outside = { stored: new Map(outside.stored), blown: new Set() };
      expect(endOf(await runToEnd(cutLog(whole, cut), after, strategy), after)).toEqual(end);
    };
    for (const boundary of boundaries) await recover(boundary);
    await fc.assert(fc.asyncProperty(fc.integer({ min: boundaries[0] ?? 1, max: bytes.length }), recover), {
      numRuns: 60,
    });
  });
});
