/** Each strategy, restart kind and way of giving up, shown with a machine of the user's own that throws. */

import { describe, expect, it } from "vitest";
import { readStreams } from "../../../src/actors/library/run-streams.ts";
import { replayLog } from "../../../src/actors/runtime/replay.ts";
import { toMachines } from "../../../src/actors/runtime/runtime.ts";
import type { RestartKind, Strategy, Supervision } from "../../../src/index.ts";
import { supervisorMachine } from "../../../src/machines/supervisor.ts";
import { linesOf, openTestRun, type TestRun } from "../../helpers/test-run.ts";
import { createWorkerStream, createWorld, type World } from "../../helpers/worker-stream.ts";

interface Setup extends TestRun {
  world: World;
  incarnations(): number[];
}

async function openThree(supervision: Supervision, restart: RestartKind = "permanent"): Promise<Setup> {
  const world = createWorld();
  const stream = createWorkerStream(world);
  const streams = { a: { stream, restart }, b: { stream, restart }, c: { stream, restart } };
  const test = await openTestRun({ streams, supervision });
  return { ...test, world, incarnations: () => ["a", "b", "c"].map((name) => test.run.state(name).incarnation) };
}

const isStart =
  (actor: string, incarnation: number) => (event: { actor: string; type: string; data: Record<string, unknown> }) =>
    event.actor === actor && event.type === "actor.started" && event.data.incarnation === incarnation;

async function expectFaithfulReplay({ log, run }: TestRun): Promise<void> {
  const { logics } = readStreams({}, {});
  const stream = createWorkerStream(createWorld());
  const machines = { ...toMachines(logics), a: stream.machine, b: stream.machine, c: stream.machine };
  const report = await replayLog(log, machines);
  expect(report.differences).toEqual([]);
  for (const name of ["a", "b", "c"]) {
    const { value, context, status, incarnation } = run.state(name);
    expect(report.states[name]).toMatchObject({ value, context, status, incarnation });
  }
}

describe.each<[Strategy, number[], string[]]>([
  ["one_for_one", [1, 2, 1], []],
  ["one_for_all", [2, 2, 2], ["c actor.stopped", "a actor.stopped"]],
  ["rest_for_one", [1, 2, 2], ["c actor.stopped"]],
])("%s", (strategy, expected, stopped) => {
  it("restarts the right streams after a step threw, newest stopped first and oldest started first", async () => {
    const test = await openThree({ strategy });
    await test.run.send("a", { type: "work", n: 5 });
    await test.run.send("b", { type: "work", n: 7 });
    const crash = await test.run.send("b", { type: "boom" });
    expect(crash).toMatchObject({ actor: "run", type: "child.crashed", data: { child: "b", reason: "boom" } });
    await test.until(isStart("b", 2));
    expect(test.incarnations()).toEqual(expected);
    const lines = linesOf(test.events.filter(({ seq }) => seq > crash.seq));
    const restarted = ["a", "b", "c"].filter((_, at) => expected[at] === 2);
    const order = lines.filter((line) => /actor\./.test(line));
    const again = lines.includes("run child.crashed");
    expect(again).toBe(true);
    expect(order.slice(0, stopped.length + restarted.length)).toEqual([
      ...stopped,
      ...restarted.map((name) => `${name} actor.started`),
    ]);
    await test.run.close();
    await expectFaithfulReplay(test);
  });

  it("restarts the right streams after a performer threw, withdraws what they had open, and performs entry effects", async () => {
    const test = await openThree({ strategy });
    for (const name of ["a", "b", "c"]) await test.run.send(name, { type: "hold" });
    await test.run.send("b", { type: "callBadly" });
    await test.until(isStart("b", 2));
    expect(test.incarnations()).toEqual(expected);
    const restarted = ["a", "b", "c"].filter((_, at) => expected[at] === 2);
    expect([...test.world.aborted].sort()).toEqual(restarted);
    await test.untilTrue(() => test.world.log.filter((line) => line.endsWith("hello")).length === 3 + restarted.length);
    expect(test.run.state("b").context).toMatchObject({ count: 0 });
    await test.run.close();
    await expectFaithfulReplay(test);
  });
});

describe("a supervisor", () => {
  it("restarts at once the first time, then waits for a growing, jittered backoff", async () => {
    const test = await openThree({ intensity: { max: 5, periodMs: 60_000 } });
    const waits: number[] = [];
    await test.run.send("b", { type: "callBadly" });
    await test.until(isStart("b", 2));
    for (let incarnation = 3; incarnation <= 5; incarnation++) {
      await test.run.send("b", { type: "callBadly" });
      await test.clock.whenArmed();
      expect(test.run.state("b").status).toBe("crashed");
      await expect(test.run.send("b", { type: "work", n: 1 })).rejects.toMatchObject({ code: "run.inactiveStream" });
      const wait = (test.clock.armed()[0] as number) - test.clock.now();
      waits.push(wait);
      test.clock.advance(wait - 1);
      expect(test.run.state("b").incarnation).toBe(incarnation - 1);
      test.clock.advance(1);
      await test.until(isStart("b", incarnation));
    }
    for (const [at, wait] of waits.entries()) {
      const whole = 200 * 2 ** at;
      expect(wait).toBeGreaterThanOrEqual(whole / 2);
      expect(wait).toBeLessThanOrEqual(whole);
    }
    await test.run.close();
    await expectFaithfulReplay(test);
  });

  it("ends with all streams stopped, newest first, when one crashes more often than the intensity allows", async () => {
    const test = await openThree({ intensity: { max: 1, periodMs: 5_000 } });
    await test.run.send("a", { type: "callBadly" });
    await test.until(isStart("a", 2));
    await test.run.send("a", { type: "callBadly" });
    expect(await test.run.done).toEqual({ kind: "exhausted", child: "a", reason: "performer broke" });
    expect(linesOf(test.events).filter((line) => line.endsWith("actor.stopped"))).toEqual([
      "c actor.stopped",
      "b actor.stopped",
    ]);
    await test.run.close();
    await expectFaithfulReplay(test);
  });

  it("forgets restarts that are older than the period", async () => {
    const test = await openThree({ intensity: { max: 1, periodMs: 5_000 } });
    for (const incarnation of [2, 3, 4]) {
      await test.run.send("a", { type: "callBadly" });
      await test.until(isStart("a", incarnation));
      test.clock.advance(5_000);
    }
    expect(test.incarnations()).toEqual([4, 1, 1]);
    await test.run.close();
  });

  it("loses the stream that crashes too often and goes on with the others when it may degrade", async () => {
    const test = await openThree({ intensity: { max: 0, periodMs: 5_000 }, degrade: true });
    await test.run.send("b", { type: "callBadly" });
    await test.until(({ type }) => type === "child.crashed");
    expect(test.run.state("b").status).toBe("crashed");
    await test.run.send("a", { type: "work", n: 2 });
    expect(test.run.state("a").context).toMatchObject({ count: 2 });
    await test.run.send("a", { type: "callBadly" });
    await test.untilTrue(() => test.run.state("a").status === "crashed");
    await test.run.send("c", { type: "callBadly" });
    expect(await test.run.done).toMatchObject({ kind: "exhausted", child: "c" });
    await test.run.close();
  });

  it.each<[RestartKind, number, number]>([
    ["permanent", 2, 2],
    ["transient", 2, 1],
    ["temporary", 1, 1],
  ])("treats a %s stream as OTP does after a crash and after an end", async (restart, afterCrash, afterEnd) => {
    const test = await openThree({}, restart);
    await test.run.send("a", { type: "boom" });
    await test.run.send("b", { type: "finish" });
    await test.until(({ actor, type }) => actor === "run" && type === "child.done");
    expect(test.incarnations()).toEqual([afterCrash, afterEnd, 1]);
    expect(test.run.state("c").status).toBe("active");
    await test.run.close();
    await expectFaithfulReplay(test);
  });

  it("sets an event aside that killed its stream three times, and goes on without it", async () => {
    const test = await openThree({ intensity: { max: 5, periodMs: 60_000 } });
    const passBackoff = async (): Promise<void> => {
      await test.clock.whenArmed();
      test.clock.advance((test.clock.armed()[0] as number) - test.clock.now());
    };
    // The first restart is immediate, and the letter is told again at once: it kills twice before the first backoff.
    await test.run.send("a", { type: "boom" });
    await passBackoff();
    const letter = await test.until(({ type }) => type === "letter.setAside");
    expect(letter).toMatchObject({ actor: "deadletters", data: { to: "a", event: { type: "boom" }, reason: "boom" } });
    expect(test.events.filter(({ type }) => type === "child.crashed")).toHaveLength(3);
    await passBackoff();
    await test.untilTrue(() => test.run.state("a").status === "active");
    await test.run.send("a", { type: "work", n: 1 });
    expect(test.run.state("a").context).toMatchObject({ count: 1 });
    await test.run.close();
    await expectFaithfulReplay(test);
  });

  it("drops a letter to an actor that is gone and says so", async () => {
    const test = await openThree({});
    await test.run.send("a", { type: "tellOther", to: "nobody", event: { type: "hi" } });
    const letter = await test.until(({ type }) => type === "letter.dropped");
    expect(letter.data).toEqual({ to: "nobody", event: "hi" });
    await test.run.close();
  });

  it("stops its streams, newest first, when it is told to", async () => {
    const test = await openThree({});
    await test.run.send("b", { type: "hold" });
    await test.run.stop("enough");
    expect(await test.run.done).toEqual({ kind: "stopped", output: "enough" });
    expect(linesOf(test.events).filter((line) => line.endsWith("actor.stopped"))).toEqual(
      ["c", "b", "a"].map((name) => `${name} actor.stopped`),
    );
    expect(test.world.aborted).toEqual(["b"]);
    await test.run.close();
  });
});

describe("a nested supervisor", () => {
  it("escalates: its exhaustion is a crash to the one above, which starts the whole group again", async () => {
    const world = createWorld();
    const worker = createWorkerStream(world);
    const child = (id: string) => ({ id, kind: "worker", input: {}, restart: "permanent" as const });
    const group = {
      strategy: "one_for_one" as const,
      intensity: { max: 1, periodMs: 5_000 },
      degrade: false,
      seed: 1,
      children: [child("group.x"), child("group.y")],
    };
    const test = await openTestRun({
      streams: { group: { stream: { machine: supervisorMachine, perform: {} }, input: { ...group } }, other: worker },
      kinds: { worker },
    });
    await test.run.send("group.x", { type: "callBadly" });
    await test.until(isStart("group.x", 2));
    await test.run.send("group.x", { type: "callBadly" });
    await test.until(isStart("group", 2));
    await test.until(isStart("group.y", 2));
    expect(["group.x", "group.y", "other"].map((name) => test.run.state(name).incarnation)).toEqual([3, 2, 1]);
    expect(linesOf(test.events)).toContain("group.y actor.stopped");
    await test.run.close();
  });
});
