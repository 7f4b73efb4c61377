/** What the screen asks for and keeps as news come and time passes: no more reading and drawing than there is news. */
import { describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import type { Command } from "../../src/tui/model.ts";
import { isLive, taskRows } from "../../src/tui/selectors.ts";
import { Desk } from "./desk.ts";

const hundredLines = Array.from({ length: 100 }, (_, index) => `line ${index}`);

describe("what is read", () => {
  const read = (task: string) => [{ kind: "readOutput", task, maxBytes: 32 * 1024 }];
  const setStatus = (desk: Desk, id: string, status: "running" | "gating" | "merged"): void => {
    const { tasks } = desk.run.client.status();
    desk.run.change({ tasks: tasks.map((task) => (task.id === id ? { ...task, status } : task)) });
    desk.changed();
  };

  it("is the output of the task in view when it became another or its status changed, and not at other news", () => {
    const desk = new Desk();
    desk.changed();
    expect(desk.commands).toEqual([]);
    setStatus(desk, "task-1", "merged");
    expect(desk.commands).toEqual([]);
    setStatus(desk, "task-3", "running");
    expect(desk.commands).toEqual(read("task-3"));
  });

  it("is, as time passes, the output of a task at work while it is followed", () => {
    const desk = new Desk();
    const tick = (): Command[] => {
      desk.send({ type: "ticked", now: desk.model.now + 100 });
      return desk.commands;
    };
    expect(tick()).toEqual([]);
    setStatus(desk, "task-3", "running");
    expect(tick()).toEqual(read("task-3"));
    setStatus(desk, "task-3", "gating");
    expect(tick()).toEqual(read("task-3"));
    desk.send({ type: "outputRead", task: "task-3", lines: hundredLines });
    desk.press("3", "k");
    expect(desk.model.output?.isFollowing).toBe(false);
    expect(desk.commands).toEqual([]);
    expect(tick()).toEqual([]);
    desk.press("j");
    expect(desk.model.output?.isFollowing).toBe(true);
    setStatus(desk, "task-3", "merged");
    expect(tick()).toEqual([]);
  });

  it("is the output of whatever task comes into view, of the same status, too", () => {
    const desk = new Desk({ isWaiting: false });
    const { tasks } = desk.run.client.status();
    desk.run.change({ tasks: tasks.map((task) => ({ ...task, status: "running" })) });
    desk.changed();
    const [first, second] = desk.order;
    desk.press("g");
    expect(desk.model.selected).toBe(first);
    desk.run.change({ tasks: desk.run.client.status().tasks.filter(({ id }) => id !== first) });
    desk.changed();
    expect(desk.model.selected).not.toBe(first);
    expect(desk.commands).toEqual(read(desk.model.selected ?? ""));
    expect(second).toBeDefined();
  });

  it("is nothing of a run without tasks", () => {
    const desk = new Desk({ tasks: 0, isWaiting: false });
    desk.send({ type: "ticked", now: desk.model.now + 100 });
    expect(desk.commands).toEqual([]);
  });

  it("is nothing more when output that is followed is moved in, or one that is not is moved up", () => {
    const desk = new Desk();
    desk.send({ type: "outputRead", task: "task-3", lines: hundredLines });
    desk.press("3", "j");
    expect(desk.commands).toEqual([]);
    desk.press("k", "k");
    expect(desk.commands).toEqual([]);
  });
});

describe("what goes out of view", () => {
  it("is a task that is no longer in the plan: its screen is left", () => {
    const desk = new Desk();
    desk.press("enter");
    desk.changed();
    expect(desk.model.screen.kind).toBe("detail");
    desk.run.change({ tasks: desk.run.client.status().tasks.filter(({ id }) => id !== "task-3") });
    desk.changed();
    expect(desk.model.screen).toEqual({ kind: "overview" });
  });

  it("takes the focus of the output along, unless all of the screen is too small", () => {
    const desk = new Desk();
    const resize = (columns: number, rows: number) => desk.send({ type: "resized", size: { columns, rows } });
    desk.press("3");
    resize(120, 30);
    expect(desk.model.focus).toBe("output");
    resize(30, 10);
    expect(desk.model.focus).toBe("output");
    resize(80, 24);
    expect(desk.model.focus).toBe("tasks");
    desk.press("2");
    resize(80, 20);
    expect(desk.model.focus).toBe("timeline");
  });
});

describe("the clock of the run", () => {
  it("goes on from when its time was told last", () => {
    const desk = new Desk();
    const told = desk.model.statusAt;
    desk.changed(told + 5000);
    expect(desk.model.statusAt).toBe(told);
    const { timing } = desk.run.client.status();
    desk.run.change({ timing: { ...timing, wall_ms: timing.wall_ms + 1 } });
    desk.changed(told + 9000);
    expect(desk.model.statusAt).toBe(told + 9000);
  });
});

describe("a decision", () => {
  it("that is the only one stays as it is when the next is asked for, and nothing is drawn", () => {
    const desk = new Desk();
    desk.press("d", "j");
    const before = desk.model;
    desk.send({ type: "nextDecision", step: 1 });
    expect(desk.model).toBe(before);
  });
});

describe("a run", () => {
  it.each<[string, boolean, boolean]>([
    ["running", true, true],
    ["waiting", true, true],
    ["running", false, false],
    ["interrupted", true, false],
    ["succeeded", true, false],
    ["succeeded", false, false],
  ])("that is %s and whose host is alive: %j goes on without us: %j", (status, alive, expected) => {
    const known = new Desk().run.client.status();
    expect(isLive({ ...known, status: status as StatusDocument["status"], host: { ...known.host, alive } })).toBe(
      expected,
    );
  });

  it("counts in the header of a stream what is done and what is at work", () => {
    const desk = new Desk({ tasks: 4, isWaiting: false });
    const { tasks } = desk.run.client.status();
    const statuses = ["running", "gating", "merged", "failed"] as const;
    desk.run.change({
      tasks: tasks.map((task, at) => ({ ...task, stream: "all", status: statuses[at] ?? "pending" })),
    });
    desk.changed();
    const [header] = taskRows(desk.model.status, "plan");
    expect(header).toMatchObject({ kind: "stream", tasks: 4, active: 2 });
  });
});
