import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Loop, startLoop } from "../../src/tui/loop.ts";
import { createModel, type LeaveAction, type Model } from "../../src/tui/model.ts";
import { type InventedRun, inventRun } from "./fixtures/invented-run.mjs";

let run: InventedRun;
let loop: Loop;
let drawn: Model[];
let left: LeaveAction[];
let crashes: unknown[];
let failsToDraw: boolean;

function start(options: Parameters<typeof inventRun>[0] = {}): void {
  run = inventRun(options);
  const { client } = run;
  const now = () => run.startedAt + performance.now();
  const first = createModel({
    status: client.status(),
    events: client.events(),
    size: { columns: 120, rows: 40 },
    hasColour: true,
    now: now(),
  });
  loop = startLoop(first, {
    client,
    now,
    draw(model) {
      if (failsToDraw) throw new Error("planted");
      drawn.push(model);
    },
    leave: (action) => left.push(action),
    suspend() {},
    redraw() {},
    crashed: (error) => crashes.push(error),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  drawn = [];
  left = [];
  crashes = [];
  failsToDraw = false;
});

afterEach(() => {
  loop.stop();
  vi.useRealTimers();
});

describe("the loop of the screen", () => {
  it("draws at most ten times a second however often the run changes", async () => {
    start();
    await vi.advanceTimersByTimeAsync(1000);
    drawn = [];
    for (let count = 0; count < 500; count += 1) {
      run.change({}, { actor: "task:task-1", type: "task.started", data: {} });
      await vi.advanceTimersByTimeAsync(4);
    }
    expect(drawn.length).toBeGreaterThan(15);
    expect(drawn.length).toBeLessThanOrEqual(21);
    await vi.advanceTimersByTimeAsync(100);
    expect(drawn.at(-1)?.status.seq).toBe(run.client.status().seq);
  });

  it("draws a quiet live run once a second, for its clocks, and an ended one not at all", async () => {
    start();
    await vi.advanceTimersByTimeAsync(1000);
    drawn = [];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(drawn).toHaveLength(10);
    loop.stop();
    start({ isLive: false, isWaiting: false });
    await vi.advanceTimersByTimeAsync(1000);
    drawn = [];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(drawn).toHaveLength(0);
  });

  it("answers a key sooner than that", async () => {
    start();
    await vi.advanceTimersByTimeAsync(1000);
    drawn = [];
    loop.dispatch({ type: "help" });
    await vi.advanceTimersByTimeAsync(34);
    expect(drawn.at(-1)?.modal).toEqual({ kind: "help", top: 0 });
  });

  it("shows growing output of a running task by itself, clean, and keeps still while it does not grow", async () => {
    start({ isWaiting: false, outputs: { "task-3": "one\n" } });
    await vi.advanceTimersByTimeAsync(100);
    loop.dispatch({ type: "open" });
    const id = loop.model().selected ?? "";
    const tasks = run.client
      .status()
      .tasks.map((task) => (task.id === id ? { ...task, status: "running" as const } : task));
    run.change({ tasks });
    run.outputs[id] = "\u001b]0;x\u0007one\n";
    await vi.advanceTimersByTimeAsync(1000);
    expect(loop.model().output?.lines).toEqual(["one"]);
    const { output } = loop.model();
    await vi.advanceTimersByTimeAsync(3000);
    expect(loop.model().output).toBe(output);
    run.outputs[id] = "one\ntwo\n";
    await vi.advanceTimersByTimeAsync(1000);
    expect(loop.model().output?.lines).toEqual(["one", "two"]);
  });

  it("tells when a command could not be sent", async () => {
    start();
    run.client.send = async () => {
      throw new Error("no socket");
    };
    loop.dispatch({ type: "quit", isForced: false });
    loop.dispatch({ type: "leave", how: "stopped" });
    await vi.advanceTimersByTimeAsync(10);
    expect(loop.model().notice?.text).toMatch(/^no socket/);
    expect(loop.model().leaving).toBe(null);
    expect(left).toEqual([]);
  });

  it("reports what a view throws instead of going on", async () => {
    start();
    failsToDraw = true;
    await vi.advanceTimersByTimeAsync(200);
    expect(crashes).toHaveLength(1);
  });
});
