/** A document of a newer program may hold states that this one does not know: shown as they are, and never as finished. */
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { EXIT, exitOfStatus } from "../../src/cli/exit.ts";
import { printStatus, summary } from "../../src/cli/print-status.ts";
import { progressLine } from "../../src/cli/report.ts";
import { isRunOver, isTaskDone, isTaskOver, type RunStatus, type TaskStatus } from "../../src/protocol/states.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { markOfRun, markOfTask } from "../../src/tui/format.ts";
import { isLive } from "../../src/tui/selectors.ts";
import { inventRun } from "../tui/fixtures/invented-run.mjs";

const TASK = "hibernating" as TaskStatus;
const RUN = "moving" as RunStatus;

/** A run of another program: one task is merged, one is in a state that nobody knows. */
function foreignRun(): StatusDocument {
  const status = inventRun({ tasks: 2 }).client.status();
  const [first, second] = status.tasks;
  if (first === undefined || second === undefined) throw new Error("the invented run has two tasks");
  const tasks = [
    { ...first, status: "merged" as const },
    { ...second, status: TASK, reason: null },
  ];
  return { ...status, status: RUN, tasks };
}

function print(status: StatusDocument): string {
  const out = new PassThrough();
  printStatus(out, status);
  return String(out.read());
}

describe("a state that nobody knows", () => {
  it("of a task is shown as it is, and counts as not finished", () => {
    const status = foreignRun();
    expect(print(status)).toMatch(/◌ \S+ +hibernating /);
    expect(progressLine(status)).toMatch(/^… 1\/2 tasks/);
    expect(markOfTask(TASK)).toMatchObject({ word: "hibernating" });
    expect([isTaskOver(TASK), isTaskDone(TASK)]).toEqual([false, false]);
  });

  it("of a run is shown as it is, and is not the end", () => {
    const status = foreignRun();
    expect(summary(status)).toContain(`run ${status.run} moving:`);
    expect(markOfRun(RUN, false)).toMatchObject({ word: "moving" });
    expect(isRunOver(RUN)).toBe(false);
    expect(isLive({ ...status, host: { ...status.host, alive: true } })).toBe(true);
    expect(exitOfStatus(RUN)).toBe(EXIT.interrupted);
  });

  it("cannot act on the terminal, nor be one of the language's own names", () => {
    const status = foreignRun();
    const tasks = status.tasks.map((task) => ({ ...task, status: "\u001b[2Jtired" as TaskStatus }));
    expect(print({ ...status, tasks })).not.toContain("\u001b");
    expect(markOfTask("\u001b[2Jtired" as TaskStatus).word).toBe("tired");
    expect(markOfTask("constructor" as TaskStatus)).toMatchObject({ word: "constructor", glyph: "◌" });
  });
});

describe("the exit code", () => {
  it.each([
    ["succeeded", EXIT.done],
    ["partial", EXIT.failed],
    ["failed", EXIT.failed],
    ["cancelled", EXIT.failed],
    ["waiting", EXIT.waiting],
    ["interrupted", EXIT.interrupted],
    ["cancelling", EXIT.interrupted],
    ["running", EXIT.interrupted],
  ] as const)("of a run that is %s is %d", (status, code) => {
    expect(exitOfStatus(status)).toBe(code);
  });
});
