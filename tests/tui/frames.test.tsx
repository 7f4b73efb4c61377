import xterm from "@xterm/headless";
import { afterEach, describe, expect, it } from "vitest";
import { type InkFrames, startInk } from "../../src/tui/ink-frames.ts";
import { intentOf } from "../../src/tui/keymap.ts";
import type { Size } from "../../src/tui/layout.ts";
import { createModel, type Model } from "../../src/tui/model.ts";
import { linesOf } from "../../src/tui/output-lines.ts";
import { Painter } from "../../src/tui/painter.ts";
import { contextOf } from "../../src/tui/selectors.ts";
import { update } from "../../src/tui/update.ts";
import { App } from "../../src/tui/views/app.tsx";
import { inventRun } from "./fixtures/invented-run.mjs";

/** The screen as a person sees it: Ink's frames painted on a terminal emulator. */
class Stage {
  readonly #ink: InkFrames = startInk();
  readonly #painter = new Painter();
  readonly #terminal: xterm.Terminal;
  model: Model;
  bytes = "";

  constructor(size: Size, options: Parameters<typeof inventRun>[0] = {}, hasColour = true) {
    const { client, startedAt } = inventRun(options);
    const now = startedAt + 300_000;
    const status = client.status();
    this.#terminal = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
    this.model = createModel({ status, events: client.events(), size, hasColour, now });
    [this.model] = update(this.model, { type: "changed", status, events: client.events(), now });
  }

  press(...keys: string[]): this {
    for (const key of keys) {
      const intent = intentOf(key, contextOf(this.model));
      if (intent !== null) [this.model] = update(this.model, intent);
    }
    return this;
  }

  output(task: string, raw: string): this {
    const lines = linesOf(Buffer.from(raw), { colour: this.model.hasColour });
    [this.model] = update(this.model, { type: "outputRead", task, lines });
    return this;
  }

  /** Draws and returns the rows of the terminal. */
  async rows(): Promise<string[]> {
    const { size } = this.model;
    this.bytes = this.#painter.paint(this.#ink.draw(<App model={this.model} />, size), size);
    await new Promise<void>((done) => this.#terminal.write(this.bytes, done));
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: size.rows }, (_, index) =>
      (buffer.getLine(index)?.translateToString(true) ?? "").trimEnd(),
    );
  }

  stop(): void {
    this.#ink.stop();
    this.#terminal.dispose();
  }
}

const stages: Stage[] = [];

function stage(columns: number, rows: number, options?: Parameters<typeof inventRun>[0], hasColour = true): Stage {
  const made = new Stage({ columns, rows }, options, hasColour);
  stages.push(made);
  return made;
}

afterEach(() => {
  for (const made of stages.splice(0)) made.stop();
});

describe("the overview", () => {
  it("has two columns at 120x40: tasks by stream beside timeline and output", async () => {
    const rows = await stage(120, 40).output("task-3", "hello\n").rows();
    const screen = rows.join("\n");
    expect(rows[0]).toMatch(
      /^ pleach 42-mailbox {2}Add a retry policy .* ● live {2}\$1\.87 {2}84\.2k tok {2}00:05:00$/,
    );
    expect(rows[1]).toContain("12/40");
    expect(rows[2]).toMatch(/^┏━ ▲ 1 decision waits ━+ d decides ━┓$/);
    expect(rows[5]).toMatch(/^┏━ 1 Streams & tasks ━+ ↓\d+ {2}sort: attention ━┓╭─ 2 Timeline ─+ ● follow ─╮$/);
    expect(screen).toMatch(/❯▲ waiting +4m58s ×2 Bound the backoff/);
    expect(screen).toMatch(/✖ failed +42s {4}Write the retry poli… {2}gate tests/);
    expect(screen).toContain("╭─ 3 Output task-3 ─");
    expect(screen).toContain("│ hello ");
    expect(rows[39]).toMatch(/^ ↵ open {2}d decide {2}.*\? help {2}q leave$/);
  });

  it("has one column at 80x24 and at 60x16, where every border still stands in its column", async () => {
    for (const [columns, height] of [
      [80, 24],
      [60, 16],
    ] as const) {
      const rows = await stage(columns, height).rows();
      expect(rows).toHaveLength(height);
      const framed = rows.filter((row) => /^[┃│]/.test(row));
      expect(framed.length).toBeGreaterThan(6);
      for (const row of framed) expect(row).toMatch(/[┃│]$/);
      expect(rows.join("\n")).toContain("2 Timeline");
      expect(rows.join("\n")).not.toContain("3 Output");
    }
  });

  it("says what it needs at 50x10 instead of a broken screen", async () => {
    const screen = (await stage(50, 10).rows()).join("\n");
    expect(screen).toContain("pleach needs more room");
    expect(screen).toContain("50x10 now, 60x16 at least");
  });

  it("names beside an opened task the patterns that its agents were shown", async () => {
    const opened = (await stage(120, 40).press("enter").rows()).join("\n");
    expect(opened).toMatch(/patterns +20260824000045-k3f9/);
  });

  it("mounts only the rows that are visible", async () => {
    const small = stage(80, 24, { tasks: 5000 });
    const rows = await small.rows();
    expect(rows.join("\n")).toMatch(/↓\d{4}/);
    expect(small.bytes.length).toBeLessThan(8000);
  });
});

describe("colour", () => {
  it("is left out altogether without it, and states keep glyph and word", async () => {
    const mono = stage(120, 40, {}, false).output("task-3", "\u001b[31mred\u001b[0m\n");
    const rows = await mono.rows();
    expect(mono.bytes).not.toMatch(/\u001b\[(3|4|9|10)\d(;\d+)*m/);
    expect(rows.join("\n")).toMatch(/✖ failed/);
    expect(rows.join("\n")).toContain("│ red ");
  });
});

describe("the painter", () => {
  it("writes nothing for the same frame and only the changed rows for another, inside one synchronized update", async () => {
    const screen = stage(120, 40);
    await screen.rows();
    const whole = screen.bytes.length;
    await screen.rows();
    expect(screen.bytes).toBe("");
    screen.press("j");
    await screen.rows();
    expect(screen.bytes.startsWith("\u001b[?2026h")).toBe(true);
    expect(screen.bytes.endsWith("\u001b[?2026l")).toBe(true);
    expect(screen.bytes.split(";1H").length - 1).toBeLessThanOrEqual(4);
    expect(screen.bytes.length).toBeLessThan(whole / 4);
  });

  it("never lets a control character of a row reach the terminal", () => {
    const painted = new Painter().paint(["a\u0007b\u009b2Jc\u001b[31md\u001b[0m"], { columns: 20, rows: 1 });
    expect(painted.replaceAll("\u001b[", "")).not.toMatch(/\p{Control}/u);
  });
});

describe("hostile text", () => {
  it("in titles, goals, reasons, events and output moves nothing on the screen", async () => {
    const evil = "\u001b[2J\u001b[1;1H\u202e\u200d\t\u0007\u001b]0;x\u0007PWNED 👩‍👩‍👧 \u009b5;5H";
    const screen = stage(100, 30, { goal: evil });
    const { status } = screen.model;
    const tasks = status.tasks.map((task) => ({
      ...task,
      title: evil,
      stream: `s${evil}`,
      reason: evil,
      patterns: [evil],
    }));
    const conflicts = status.conflicts.map((conflict) => ({ ...conflict, why: evil, files: [evil] }));
    const events = screen.model.events.map((event) => ({ ...event, type: evil, data: { message: evil } }));
    const now = screen.model.now;
    [screen.model] = update(screen.model, { type: "changed", status: { ...status, tasks, conflicts }, events, now });
    screen.output("task-3", `${evil}\n`.repeat(50));
    const overview = await screen.rows();
    for (const row of overview.slice(3, 29)) expect(row).toMatch(/^[┏┃┗╭│╰].*[┓┃┛╮│╯]$/u);
    expect(overview[0]).toMatch(/^ pleach 42-mailbox {2}PWNED/);
    const detail = await screen.press("enter").rows();
    for (const row of detail.slice(3, 29)) expect(row).toMatch(/^[┏┃┗╭│╰].*[┓┃┛╮│╯]$/u);
  });
});

describe("what lies over the screen", () => {
  it("asks how to leave, naming what each way does", async () => {
    const screen = (await stage(80, 24).press("q").rows()).join("\n");
    expect(screen).toContain("Run 42-mailbox is live");
    for (const word of ["d  detach", "s  stop", "c  cancel"]) expect(screen).toContain(word);
  });

  it("shows a decision with its choices, the chosen one marked", async () => {
    const screen = (await stage(60, 16).press("d", "j").rows()).join("\n");
    expect(screen).toContain("▲ Decision c7: merge");
    expect(screen).toContain("❯2  theirs");
  });

  it("lists the keys from the keymap", async () => {
    const screen = (await stage(120, 40).press("?").rows()).join("\n");
    expect(screen).toContain("back one level; never quits");
    expect(screen).toContain("last; output and timeline follow again");
  });
});

describe("an opened task", () => {
  it("has its facts beside the output in two columns and above it in one", async () => {
    const wide = (await stage(120, 40).press("enter").rows())[5] ?? "";
    expect(wide).toMatch(/^┏━ Output task-3 ━+ end ━┓╭─ Bound the backoff of the mailbox ─+╮$/);
    const narrow = await stage(80, 24).press("enter").output("task-3", "hello\n").rows();
    expect(narrow[11]).toMatch(/^┃ hello +┃$/);
    expect(narrow[6]).toMatch(/^│ ▲ waiting {2}reviewers · scripted · attempt 2 · 4m58s/);
  });
});
