import { describe, expect, it } from "vitest";
import { hintsOf, intentOf, KEYMAP } from "../../src/tui/keymap.ts";
import { outputWindow, taskRows, timelineWindow } from "../../src/tui/selectors.ts";
import { Desk } from "./desk.ts";

const hundredLines = Array.from({ length: 100 }, (_, index) => `line ${index}`);

describe("the task list", () => {
  it("shows what waits for a person first and selects it by itself", () => {
    const desk = new Desk();
    expect(desk.model.selected).toBe("task-3");
    expect(desk.order[0]).toBe("task-3");
    expect(desk.commands).toEqual([{ kind: "readOutput", task: "task-3", maxBytes: 32 * 1024 }]);
  });

  it("moves over tasks only, stepping over the headers of streams, to both ends", () => {
    const desk = new Desk();
    const seen = [desk.model.selected];
    for (let count = 1; count < 40; count += 1) {
      desk.press("j");
      seen.push(desk.model.selected);
    }
    expect(seen).toEqual(desk.order);
    desk.press("j");
    expect(desk.model.selected).toBe(desk.order.at(-1));
    desk.press("g");
    expect(desk.model.selected).toBe(desk.order[0]);
    desk.press("k");
    expect(desk.model.selected).toBe(desk.order[0]);
    desk.press("G");
    expect(desk.model.selected).toBe(desk.order.at(-1));
  });

  it("keeps the chosen task selected when the order changes", () => {
    const desk = new Desk();
    desk.press("j", "j");
    const chosen = desk.model.selected;
    const tasks = desk.run.client
      .status()
      .tasks.map((task) => (task.id === chosen ? { ...task, status: "merged" as const } : task));
    desk.run.change({ tasks });
    desk.changed();
    expect(desk.model.selected).toBe(chosen);
    desk.press("s");
    expect(desk.model.selected).toBe(chosen);
    expect(desk.order.slice(0, 2)).toEqual(["task-1", "task-4"]);
  });

  it("keeps the selection inside its window", () => {
    const desk = new Desk({ tasks: 200 }, { columns: 80, rows: 24 });
    for (let count = 0; count < 50; count += 1) desk.press("j", "ctrl-d", "k", "ctrl-u", "j", "j");
    const rows = taskRows(desk.model.status, desk.model.sort);
    const row = rows.findIndex((one) => one.kind === "task" && one.task.id === desk.model.selected);
    expect(row).toBeGreaterThanOrEqual(desk.model.taskTop);
    expect(row).toBeLessThan(desk.model.taskTop + 10);
  });

  it("is not troubled by a run without tasks", () => {
    const desk = new Desk({ tasks: 0, isWaiting: false });
    desk.press("j", "k", "G", "enter", "s", "d");
    expect(desk.model.selected).toBe(null);
    expect(desk.model.screen).toEqual({ kind: "overview" });
  });
});

describe("an opened task", () => {
  it("follows its output until the person scrolls up, and again after G", () => {
    const desk = new Desk();
    desk.press("enter");
    expect(desk.model.screen).toEqual({ kind: "detail", task: "task-3" });
    desk.send({ type: "outputRead", task: "task-3", lines: hundredLines });
    expect(outputWindow(desk.model).rows.at(-1)).toBe("line 99");
    desk.press("k");
    expect(outputWindow(desk.model).rows.at(-1)).toBe("line 98");
    desk.send({ type: "outputRead", task: "task-3", lines: [...hundredLines, "line 100"] });
    expect(outputWindow(desk.model).rows.at(-1)).toBe("line 98");
    desk.press("G");
    expect(desk.commands).toEqual([{ kind: "readOutput", task: "task-3", maxBytes: 256 * 1024 }]);
    desk.send({ type: "outputRead", task: "task-3", lines: [...hundredLines, "line 100"] });
    expect(outputWindow(desk.model).rows.at(-1)).toBe("line 100");
  });

  it("goes back on esc, which never quits", () => {
    const desk = new Desk();
    desk.press("enter", "?", "esc");
    expect(desk.model.screen.kind).toBe("detail");
    desk.press("esc", "esc", "esc");
    expect(desk.model.screen.kind).toBe("overview");
    expect(desk.commands).toEqual([]);
  });

  it("takes no output of another task", () => {
    const desk = new Desk();
    const before = desk.model;
    desk.send({ type: "outputRead", task: "task-9", lines: ["other"] });
    expect(desk.model).toBe(before);
  });
});

describe("the timeline", () => {
  it("follows, pauses when the cursor moves up, and follows again at its end", () => {
    const desk = new Desk();
    desk.press("tab", "k", "k");
    expect(desk.model.timelineAt).toBe(58);
    desk.run.change({}, { actor: "task:task-1", type: "task.started", data: { task: "task-1" } });
    desk.changed();
    const window = timelineWindow(desk.model);
    expect(window.events[window.cursor]?.seq).toBe(58);
    desk.press("G");
    expect(timelineWindow(desk.model).events.at(-1)?.seq).toBe(301);
  });

  it("opens the task that the event is about", () => {
    const desk = new Desk();
    desk.press("2", "k", "enter");
    expect(desk.model.screen).toEqual({ kind: "detail", task: "task-19" });
  });
});

describe("leaving", () => {
  it("asks in a live run, and esc stays", () => {
    const desk = new Desk();
    desk.press("q");
    expect(desk.model.modal).toEqual({ kind: "leave" });
    expect(desk.commands).toEqual([]);
    desk.press("esc");
    expect(desk.model.modal).toBe(null);
  });

  it.each(["d", "enter", "ctrl-c"])("detaches on %s after the question", (key) => {
    const desk = new Desk();
    desk.press("ctrl-c", key);
    expect(desk.commands).toEqual([{ kind: "leave", action: "detached" }]);
  });

  it.each([
    ["s", "interrupt", "interrupted", "stopped"],
    ["c", "cancel", "cancelled", "cancelled"],
  ] as const)("on %s sends %s and leaves once the run has ended", (key, command, status, action) => {
    const desk = new Desk();
    desk.press("q", key);
    expect(desk.commands).toEqual([{ kind: "send", command: { command } }]);
    desk.changed();
    expect(desk.commands.some((one) => one.kind === "leave")).toBe(false);
    desk.run.change({ status, host: { alive: false, pid: null, epoch: 1 } });
    desk.changed();
    expect(desk.commands).toEqual([{ kind: "leave", action }]);
  });

  it("stays and says why when the run refuses to stop", () => {
    const desk = new Desk();
    desk.press("q", "s");
    const answer = { ok: false as const, code: "run.gone", message: "no host answers", hint: "try pleach status" };
    desk.send({ type: "answered", command: { command: "interrupt" }, answer });
    expect(desk.model.leaving).toBe(null);
    expect(desk.model.notice?.text).toBe("no host answers: try pleach status");
  });

  it("leaves an ended run at once", () => {
    const desk = new Desk({ isLive: false, isWaiting: false });
    desk.press("q");
    expect(desk.commands).toEqual([{ kind: "leave", action: "ended" }]);
  });
});

describe("a decision", () => {
  it("is opened with d, chosen with j or a number, and sent with enter", () => {
    const desk = new Desk();
    desk.press("d", "j", "enter");
    expect(desk.commands).toEqual([{ kind: "send", command: { command: "decide", conflict: "c7", choice: "theirs" } }]);
    expect(desk.model.modal).toBe(null);
    desk.press("d", "3", "enter");
    expect(desk.commands).toEqual([{ kind: "send", command: { command: "decide", conflict: "c7", choice: "mine" } }]);
  });

  it("lets a person go back to the first choice, and stops at both ends", () => {
    const chosen = (...keys: string[]): string | undefined => {
      const desk = new Desk();
      desk.press("d", ...keys, "enter");
      const [command] = desk.commands;
      return command?.kind === "send" && command.command.command === "decide" ? command.command.choice : undefined;
    };
    expect(chosen()).toBe("rerun");
    expect(chosen("j", "k")).toBe("rerun");
    expect(chosen("j", "1")).toBe("rerun");
    expect(chosen("k")).toBe("rerun");
    expect(chosen("j", "j", "j", "j")).toBe("mine");
    expect(chosen("9")).toBe("rerun");
  });

  it("closes when somebody else decided it", async () => {
    const desk = new Desk();
    desk.press("d");
    await desk.run.client.send({ command: "decide", conflict: "c7", choice: "rerun" });
    desk.changed();
    expect(desk.model.modal).toBe(null);
    expect(desk.model.notice?.text).toBe("c7 is decided: rerun");
  });

  it("stays open while it waits, whatever else happens", () => {
    const desk = new Desk();
    desk.press("d", "j");
    desk.changed(desk.run.startedAt + 1000);
    expect(desk.model.modal).toMatchObject({ kind: "decide", conflict: "c7", index: 1 });
    expect(desk.model.notice).toBe(null);
  });

  it("tells that an answer was taken, and of other commands only what went wrong", () => {
    const desk = new Desk();
    const answer = { ok: true as const, message: "c7: rerun" };
    desk.send({ type: "answered", command: { command: "interrupt" }, answer });
    expect(desk.model.notice).toBe(null);
    desk.send({ type: "answered", command: { command: "decide", conflict: "c7", choice: "rerun" }, answer });
    expect(desk.model.notice).toMatchObject({ text: "c7: rerun", tone: "good" });
  });

  it("says so when none waits", () => {
    const desk = new Desk({ isWaiting: false });
    desk.press("d");
    expect(desk.model.modal).toBe(null);
    expect(desk.model.notice?.text).toBe("no decision waits");
  });
});

describe("time", () => {
  it("changes nothing within a second, so that nothing is drawn", () => {
    const desk = new Desk();
    const before = desk.model;
    desk.send({ type: "ticked", now: desk.run.startedAt + 400 });
    expect(desk.model).toBe(before);
    desk.send({ type: "ticked", now: desk.run.startedAt + 1400 });
    expect(desk.model.now).toBe(desk.run.startedAt + 1400);
  });

  it("takes a notice away when it was there long enough, and not before", () => {
    const desk = new Desk({ isWaiting: false });
    desk.press("d");
    const until = desk.model.notice?.until ?? Number.NaN;
    desk.send({ type: "ticked", now: until - 1 });
    expect(desk.model.notice?.text).toBe("no decision waits");
    desk.send({ type: "ticked", now: until });
    expect(desk.model.notice).toBe(null);
  });

  it("takes a notice away in an ended run, too", () => {
    const desk = new Desk({ isLive: false, isWaiting: false });
    desk.press("d");
    const until = desk.model.notice?.until ?? Number.NaN;
    desk.send({ type: "ticked", now: until });
    expect(desk.model.notice).toBe(null);
  });

  it("stands still in an ended run", () => {
    const desk = new Desk({ isLive: false, isWaiting: false });
    const before = desk.model;
    desk.send({ type: "ticked", now: desk.run.startedAt + 60_000 });
    expect(desk.model).toBe(before);
  });
});

describe("the keymap", () => {
  it("gives no key two meanings in one context", () => {
    const seen = new Map<string, string>();
    for (const binding of KEYMAP) {
      for (const context of binding.contexts) {
        for (const key of binding.keys) {
          expect(seen.get(`${context} ${key}`)).toBe(undefined);
          seen.set(`${context} ${key}`, binding.help);
        }
      }
    }
  });

  it("hints only at keys that work there", () => {
    expect(hintsOf("leave").map(({ word }) => word)).toEqual(["detach", "stop", "cancel", "back"]);
    expect(intentOf("s", "decide")).toBe(null);
  });
});
