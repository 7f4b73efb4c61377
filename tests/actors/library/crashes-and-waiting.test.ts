/** What a user of the library waits for, and what is told of streams that crash, or are spoken to in words they do not know. */
import { inspect } from "node:util";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { assign, setup } from "xstate";
import { createMemoryLog, defineStream, type LibraryRun, openRun, replay } from "../../../src/index.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { createWorkerStream, createWorld, workerMachine } from "../../helpers/worker-stream.ts";

const open: LibraryRun[] = [];
afterEach(async () => {
  for (const run of open.splice(0)) await run.close();
});

async function openWorker(
  options: { dir?: string; max?: number; degrade?: boolean; twins?: boolean } = {},
): Promise<LibraryRun> {
  const { dir, max = 3, degrade = false, twins = false } = options;
  const streams = {
    a: createWorkerStream(createWorld()),
    ...(twins ? { b: createWorkerStream(createWorld()) } : {}),
  };
  const supervision = { intensity: { max, periodMs: 60_000 }, degrade };
  const log = dir === undefined ? { log: createMemoryLog() } : {};
  const run = await openRun({ dir: dir ?? "memory", ...log, streams, supervision });
  open.push(run);
  return run;
}

const isCalled = ({ type }: { type: string }): boolean => type === "called";

describe("waiting for an event", () => {
  it("means one that comes after the call, not one that came before", async () => {
    const run = await openWorker();
    await run.send("a", { type: "call", text: "first" });
    const first = await run.until(isCalled);
    await run.send("a", { type: "call", text: "second" });
    const second = await run.until(isCalled);
    expect([first.data.text, second.data.text]).toEqual(["first", "second"]);
  });

  it("means one after a record that is named, which may be there already", async () => {
    const run = await openWorker();
    const asked = await run.send("a", { type: "call", text: "x" });
    await expect.poll(() => run.state("a").context).toMatchObject({ answers: ["x"] });
    const answer = await run.until(isCalled, { since: asked.seq });
    expect(answer.data.text).toBe("x");
    const later = run.until(isCalled, { since: answer.seq });
    await run.send("a", { type: "call", text: "y" });
    expect((await later).data.text).toBe("y");
  });

  it("ends when none can come any more: the run is over, or closed", async () => {
    const run = await openWorker();
    const waiting = run.until(isCalled);
    await run.stop("enough");
    await expect(waiting).rejects.toMatchObject({ code: "run.over" });
    await expect(run.until(isCalled)).rejects.toMatchObject({ code: "run.over" });
    const other = await openWorker();
    const closed = other.until(isCalled);
    await other.close();
    await expect(closed).rejects.toMatchObject({ code: "run.stopped", hint: expect.stringContaining("openRun") });
    await expect(other.send("a", { type: "work", n: 1 })).rejects.toMatchObject({
      code: "run.stopped",
      hint: expect.not.stringContaining("pleach"),
    });
  });
});

describe("a stream that crashed", () => {
  it("tells why, on which event, also when it was started again and the run opened anew", async () => {
    const dir = makeTempFolder("crash", "test");
    const first = await openWorker({ dir });
    expect(first.state("a").crash).toBeNull();
    const told = first.until(({ type }) => type === "child.crashed");
    await first.send("a", { type: "callBadly" });
    const { seq, time } = await told;
    const crash = { reason: "performer broke", event: "callBadly.threw", seq, time };
    await expect.poll(() => first.state("a").incarnation).toBe(2);
    expect(first.state("a").crash).toEqual(crash);
    await first.close();
    expect((await openWorker({ dir })).state("a").crash).toEqual(crash);
  });

  it("takes no events, with the reason and what is to become of it", async () => {
    const ended = await openWorker({ max: 0 });
    const over = ended.done;
    await ended.send("a", { type: "boom" });
    await over;
    await expect(ended.send("a", { type: "work", n: 1 })).rejects.toMatchObject({
      code: "run.inactiveStream",
      message: "stream a takes no events: it is crashed (boom)",
      hint: expect.stringContaining("the run is over: a crashed too often"),
    });
    const degraded = await openWorker({ max: 0, degrade: true, twins: true });
    await degraded.send("a", { type: "boom" });
    const lost = { code: "run.inactiveStream", hint: expect.stringContaining("given it up for good") };
    await expect(degraded.send("a", { type: "work", n: 1 })).rejects.toMatchObject(lost);
    const waits = await openWorker();
    for (const incarnation of [1, 2]) {
      await expect.poll(() => waits.state("a")).toMatchObject({ incarnation, status: "active" });
      const crashed = waits.until(({ type }) => type === "child.crashed");
      await waits.send("a", { type: "callBadly" });
      await crashed;
    }
    const later = { code: "run.inactiveStream", hint: expect.stringContaining("in a moment") };
    await expect(waits.send("a", { type: "work", n: 1 })).rejects.toMatchObject(later);
  });
});

/** What the process was warned of until the test ended. */
function listenToWarnings(): string[] {
  const heard: string[] = [];
  const hear = (warning: Error & { code?: string }): void => {
    if (warning.code === "event.unknown") heard.push(warning.message);
  };
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  return heard;
}

describe("an event that no state of the machine takes", () => {
  it("is told when it is sent, with the nearest that is taken, once", async () => {
    const heard = listenToWarnings();
    const run = await openWorker();
    for (const n of [1, 2]) await run.send("a", { type: "wrok", n });
    await expect.poll(() => heard).toHaveLength(1);
    expect(heard[0]).toContain(
      'stream a was sent "wrok", which no state of machine worker takes (did you mean "work"?',
    );
    await expect(run.send("aa", { type: "work", n: 1 })).rejects.toMatchObject({
      code: "run.unknownStream",
      hint: expect.stringContaining('did you mean "a"?'),
    });
  });

  const answering = (answer: unknown) => {
    const machine = setup({ actions: { ask: (_: unknown, _params: { at: number }) => {} } }).createMachine({
      id: "asker",
      context: {},
      on: {
        go: { actions: { type: "ask", params: { at: 0 } } },
        "answer.*": {},
        ignored: {},
      },
    });
    return defineStream({ machine, perform: { ask: async () => answer as { type: "ignored" } } });
  };

  it("is told when a performer answers it", async () => {
    const heard = listenToWarnings();
    const run = await openRun({
      dir: "memory",
      log: createMemoryLog(),
      streams: { asker: answering({ type: "ignord" }) },
    });
    open.push(run);
    const answered = run.until(({ type }) => type === "ignord");
    await run.send("asker", { type: "go" });
    await answered;
    await expect.poll(() => heard).toHaveLength(1);
    expect(heard[0]).toContain('ask answered "ignord", which no state of machine asker takes (did you mean "ignored"?');
  });

  it("crashes its stream when it is no event at all", async () => {
    const run = await openRun({ dir: "memory", log: createMemoryLog(), streams: { asker: answering("done") } });
    open.push(run);
    const crashed = run.until(({ type }) => type === "child.crashed");
    await run.send("asker", { type: "go" });
    expect((await crashed).data.reason).toBe('ask answered "done", which is no event');
    expect(run.state("asker").crash).toMatchObject({ event: "ask.threw" });
  });

  it.each(["answer.given", "ignored"])("is not %s, for which there is a transition", async (type) => {
    const heard = listenToWarnings();
    const streams = { asker: answering({ type }) };
    const run = await openRun({ dir: "memory", log: createMemoryLog(), streams });
    open.push(run);
    const answered = run.until((event) => event.type === type);
    await run.send("asker", { type: "go" });
    await answered;
    expect(run.state("asker")).toMatchObject({ incarnation: 1, crash: null });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
  });
});

describe("differences of a replay", () => {
  it("are printed in full, however deep they lie", async () => {
    const log = createMemoryLog();
    const run = await openRun({ dir: "memory", log, streams: { a: createWorkerStream(createWorld()) } });
    await run.send("a", { type: "call", text: "x" });
    await run.close();
    const machine = workerMachine.provide({ actions: { ...workerMachine.implementations.actions, hello: assign({}) } });
    const other = defineStream({
      machine,
      perform: { call: async () => undefined, callBadly: async () => undefined, hold: async () => undefined },
    });
    const report = await replay({ dir: "memory", log, streams: { a: other } });
    expect(report.differences[0]?.want).toMatchObject([{ name: "hello" }]);
    for (const printed of [inspect(report), inspect(report.differences)]) {
      expect(printed).toContain("name: 'hello'");
      expect(printed).not.toMatch(/\[Array\]|\[Object\].*want/);
    }
    expect(JSON.parse(JSON.stringify(report.differences))).toEqual(report.differences);
  });
});
