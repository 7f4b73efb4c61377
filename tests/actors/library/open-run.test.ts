/** The library's run over real files: going on, being refused, snapshots, and what a host shows. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { createMemoryLog, defineStream, type LibraryRun, openRun, replay } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/determinism/fake-clock.ts";
import { openTestRun } from "../../helpers/test-run.ts";
import { createWorkerStream, createWorld } from "../../helpers/worker-stream.ts";

let dir: string;
const open: LibraryRun[] = [];

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-run-"));
});
afterEach(async () => {
  for (const run of open.splice(0)) await run.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

async function openCounted(world = createWorld()): Promise<LibraryRun> {
  const run = await openRun({ dir, streams: { a: createWorkerStream(world) } });
  open.push(run);
  return run;
}

describe("a run in a folder", () => {
  it("goes on where it was closed, performing no entry effect again", async () => {
    const first = await openCounted();
    for (let n = 1; n <= 10; n++) await first.send("a", { type: "work", n });
    await first.close();
    const world = createWorld();
    const second = await openCounted(world);
    expect(second.state("a")).toMatchObject({ context: { count: 55 }, incarnation: 1, status: "active" });
    await second.send("a", { type: "call", text: "once" });
    await expect.poll(() => second.state("a").context).toMatchObject({ answers: ["once"] });
    expect(world.log).toEqual(["a call once"]);
  });

  it("goes on the same without its snapshots, and with one that is damaged", async () => {
    const first = await openCounted();
    await first.send("a", { type: "work", n: 3 });
    await first.close();
    const snapshots = path.join(dir, "snapshots");
    const [name = ""] = fs.readdirSync(snapshots);
    expect(name).toMatch(/\.snap$/);
    const bytes = fs.readFileSync(path.join(snapshots, name));
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    fs.writeFileSync(path.join(snapshots, name), bytes);
    const second = await openCounted();
    expect(second.state("a").context).toMatchObject({ count: 3 });
    expect(second.events()[0]).toMatchObject({ seq: 1 });
    await second.close();
    fs.rmSync(snapshots, { recursive: true });
    expect((await openCounted()).state("a").context).toMatchObject({ count: 3 });
  });

  it("reads on from a snapshot, and takes the log's word when the snapshot is of another history", async () => {
    const first = await openCounted();
    await first.send("a", { type: "work", n: 3 });
    await first.close();
    const second = await openCounted();
    expect(second.events()[0]?.seq).toBeGreaterThan(1);
    await second.close();
    const other = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-run-"));
    const stranger = await openRun({ dir: other, streams: { a: createWorkerStream(createWorld()) } });
    for (let n = 0; n < 9; n++) await stranger.send("a", { type: "work", n: 100 });
    await stranger.close();
    fs.rmSync(path.join(dir, "snapshots"), { recursive: true });
    fs.cpSync(path.join(other, "snapshots"), path.join(dir, "snapshots"), { recursive: true });
    fs.rmSync(other, { recursive: true });
    expect((await openCounted()).state("a").context).toMatchObject({ count: 3 });
  });

  it("is refused while it is open, and free again once it is closed", async () => {
    const first = await openCounted();
    await expect(openCounted()).rejects.toMatchObject({ code: "run.live" });
    await first.close();
    await first.close();
    await expect(first.send("a", { type: "work", n: 1 })).rejects.toMatchObject({ code: "run.stopped" });
    const second = await openCounted();
    await second.send("a", { type: "work", n: 2 });
    expect(second.state("a")).toMatchObject({ context: { count: 2 }, incarnation: 1, status: "active" });
    // Closing the first once more takes nothing from the second.
    await first.close();
    await expect(openCounted()).rejects.toMatchObject({ code: "run.live" });
  });

  it("is refused with other streams than it was begun with, and nothing is written then", async () => {
    await (await openCounted()).close();
    const before = fs.readdirSync(path.join(dir, "log"));
    await expect(openRun({ dir, streams: { b: createWorkerStream(createWorld()) } })).rejects.toMatchObject({
      code: "log.incompatible",
    });
    fs.rmSync(path.join(dir, "snapshots"), { recursive: true });
    const both = { a: createWorkerStream(createWorld()), b: createWorkerStream(createWorld()) };
    await expect(openRun({ dir, streams: both })).rejects.toMatchObject({ code: "run.otherStreams" });
    expect(fs.readdirSync(path.join(dir, "log"))).toEqual(before);
  });

  it("refuses events for streams that are unknown or over, of reserved types, or that are no JSON", async () => {
    const run = await openCounted();
    await expect(run.send("x", { type: "work" })).rejects.toMatchObject({ code: "run.unknownStream" });
    for (const type of ["actor.started", "actor.stopped", "xstate.done.actor"]) {
      await expect(run.send("a", { type })).rejects.toMatchObject({ code: "event.invalid" });
    }
    await expect(run.send("a", { type: "work", n: 1n })).rejects.toMatchObject({ code: "event.invalid" });
    await expect(run.send("a", { type: "work", when: new Date(0) })).rejects.toMatchObject({ code: "event.invalid" });
    await run.send("a", { type: "work", n: 1 });
    expect(run.state("a").context).toMatchObject({ count: 1 });
  });

  it("replays to the hash of the open run, up to any record", async () => {
    const run = await openCounted();
    for (let n = 1; n <= 5; n++) await run.send("a", { type: "work", n });
    const streams = { a: createWorkerStream(createWorld()) };
    const whole = await replay({ dir, streams });
    expect(whole).toMatchObject({ verified: true, differences: [], incompatible: null });
    const at = (run.events().find(({ data }) => data.n === 3)?.seq ?? 0) as number;
    const part = await replay({ dir, streams, until: at });
    expect(part).toMatchObject({ seq: at, states: { a: { context: { count: 6 } } } });
    expect(part.hash).not.toBe(whole.hash);
    await expect(replay({ dir: path.join(dir, "nowhere"), streams })).rejects.toMatchObject({ code: "run.notFound" });
  });

  it("says incompatible, with both sides, when the log is replayed by a changed machine", async () => {
    const run = await openCounted();
    const { seq } = await run.send("a", { type: "call", text: "x" });
    await run.close();
    const machine = setup({
      actions: {
        hello: (_: unknown, _params: { at: number }) => {},
        call: (_: unknown, _params: { text: string }) => {},
      },
    }).createMachine({
      id: "worker",
      context: {},
      entry: { type: "hello", params: { at: 0 } },
      on: { call: { actions: { type: "call", params: { text: "other" } } } },
    });
    const other = defineStream({ machine, perform: { hello: async () => undefined, call: async () => undefined } });
    const report = await replay({ dir, streams: { a: other } });
    expect(report.verified).toBe(false);
    expect(report.differences[0]).toMatchObject({ seq, actor: "a", want: [{ name: "call" }], got: [{ name: "call" }] });
    expect(report.incompatible).toMatchObject({ seq });
    await expect(openRun({ dir, streams: { a: other } })).rejects.toMatchObject({ code: "log.incompatible" });
  });

  it("says that the log differs, not that it is incompatible, when a machine depends on more than its events", async () => {
    let salt = 1;
    const machine = setup({ actions: { say: (_: unknown, _params: { salt: number }) => {} } }).createMachine({
      id: "impure",
      context: {},
      on: { go: { actions: { type: "say", params: () => ({ salt: salt++ }) } } },
    });
    const stream = defineStream({ machine, perform: { say: async () => undefined } });
    const run = await openRun({ dir, streams: { a: stream } });
    const { seq } = await run.send("a", { type: "go" });
    await run.close();
    fs.rmSync(path.join(dir, "snapshots"), { recursive: true });
    expect(await replay({ dir, streams: { a: stream } })).toMatchObject({ verified: false, incompatible: null });
    await expect(openRun({ dir, streams: { a: stream } })).rejects.toMatchObject({
      code: "log.differs",
      message: expect.stringContaining(`record ${seq} of a`),
    });
  });
});

describe("a run's host", () => {
  it("arms a timer again from its due time when the run is opened after it", async () => {
    const clock = createFakeClock();
    const stream = createWorkerStream(createWorld());
    const first = await openTestRun({ streams: { a: stream }, clock });
    await first.run.send("a", { type: "wait", ms: 1_000 });
    await first.clock.whenArmed();
    await first.run.close();
    expect(clock.armed()).toEqual([]);
    clock.advance(400);
    const second = await openTestRun({ streams: { a: stream }, clock, log: first.log });
    expect(clock.armed()).toEqual([clock.now() + 600]);
    clock.advance(600);
    await second.until(({ type }) => type === "timer.fired");
    expect(second.run.state("a").context).toMatchObject({ fired: ["after 1000"] });
    await second.run.close();
  });

  it("shows only what is durable, and answers a send only then", async () => {
    const log = createMemoryLog();
    const test = await openTestRun({ streams: { a: createWorkerStream(createWorld()) }, log });
    const release = log.holdSyncs();
    const sent = test.run.send("a", { type: "work", n: 4 });
    let isAnswered = false;
    void sent.then(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    expect(test.run.state("a").context).toMatchObject({ count: 0 });
    release();
    await sent;
    expect(test.run.state("a").context).toMatchObject({ count: 4 });
    await test.run.close();
  });

  it("ends with the reason when the disk is full, performs nothing more, and the log can be opened again", async () => {
    const log = createMemoryLog();
    const world = createWorld();
    const test = await openTestRun({ streams: { a: createWorkerStream(world) }, log });
    await test.run.send("a", { type: "work", n: 1 });
    log.failNext("write");
    await expect(test.run.send("a", { type: "call", text: "lost" })).rejects.toMatchObject({ code: "log.failed" });
    await expect(test.run.failed).rejects.toMatchObject({
      code: "log.failed",
      hint: expect.stringContaining("disk is full"),
    });
    expect(world.log).not.toContain("a call lost");
    await test.run.close();
    log.crash();
    const again = await openTestRun({ streams: { a: createWorkerStream(world) }, log });
    expect(again.run.state("a").context).toMatchObject({ count: 1 });
    await again.run.close();
  });

  it("crashes the stream whose performer answers with what is no JSON, not itself", async () => {
    const machine = setup({ actions: { ask: (_: unknown, _params: { of: string }) => {} } }).createMachine({
      id: "asker",
      context: {},
      on: { go: { actions: { type: "ask", params: { of: "x" } } } },
    });
    const stream = defineStream({ machine, perform: { ask: async () => ({ type: "answered", value: 1n }) } });
    const test = await openTestRun({ streams: { a: stream } });
    await test.run.send("a", { type: "go" });
    const crash = await test.until(({ type }) => type === "child.crashed");
    expect(crash).toMatchObject({ actor: "run", data: { child: "a", reason: expect.stringContaining("BigInt") } });
    await test.untilTrue(() => test.run.state("a").incarnation === 2);
    expect(test.run.state("a")).toMatchObject({ status: "active", value: {} });
    expect((await test.run.send("a", { type: "other" })).actor).toBe("a");
    await test.run.close();
  });

  it("crashes the stream that asks for an effect whose parameters are no JSON, leaving no trace of the step", async () => {
    const machine = setup({ actions: { ask: (_: unknown, _params: { of: unknown }) => {} } }).createMachine({
      id: "asker",
      context: { count: 0 },
      on: { go: { actions: [assign({ count: 1 }), { type: "ask", params: { of: 1n } }] } },
    });
    const stream = defineStream({ machine, perform: { ask: async () => undefined } });
    const test = await openTestRun({ streams: { a: { stream, restart: "temporary" } } });
    const crash = await test.run.send("a", { type: "go" });
    expect(crash).toMatchObject({ type: "child.crashed", data: { child: "a" } });
    expect(test.run.state("a")).toMatchObject({ status: "crashed", context: { count: 0 } });
    await test.run.close();
  });
});
