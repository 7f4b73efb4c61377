/** The lines that are said while a run goes on. */
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { errorText, issueLines } from "../../src/cli/exit.ts";
import { printStatus, summary, wordLeft } from "../../src/cli/print-status.ts";
import { plainReporter } from "../../src/cli/report.ts";
import { PleachError } from "../../src/errors.ts";
import type { StatusDocument, TaskView } from "../../src/protocol/status.ts";

function collect(): { stream: Writable; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
}

/** A failed run whose goal is as long as a page. */
function makeStatus(reason: string): StatusDocument {
  const task: TaskView = {
    ...{ id: "t", title: "T", stream: "builders", agent: null, status: "failed", attempts: 1, started: null },
    ...{ finished: null, commit: null, files: [], gates: [], reason, needs: [], transcript: null, patterns: [] },
  };
  return {
    ...{ schema: 1, run: "r", goal: "words ".repeat(1_000), status: "failed", program: "pleach", seq: 1, hash: "" },
    ...{
      host: { alive: false, pid: null, epoch: 0 },
      base: null,
      branch: null,
      head: null,
      tasks: [task],
      conflicts: [],
    },
    cost: { usd: 0, tokens: 0, reserved: { usd: 0, tokens: 0 } },
    timing: { wall_ms: 0, work_ms: 0, critical_path_ms: 0, speedup: null },
    ...{ recoveries: 0, dropped_bytes: 0, warnings: [reason] },
  };
}

describe("plain progress", () => {
  it("counts tasks that a plan grew by, once each", () => {
    const [out, err] = [collect(), collect()];
    const reporter = plainReporter(out.stream, err.stream);
    const begun: Pick<StatusDocument, "tasks"> = { tasks: [] };
    reporter.begin({ ...begun, tasks: [{ id: "plan", status: "running" }] } as unknown as StatusDocument);
    const event = (actor: string, type: string, data: object) =>
      reporter.event({ seq: 1, time: "2026-01-01T00:00:00.000Z", actor, type, data: { ...data } });
    event("scheduler", "plan.extended", { by: "plan", version: 1, tasks: ["a", "b"] });
    event("scheduler", "plan.extended", { by: "plan", version: 2, tasks: ["b", "c"] });
    for (const task of ["plan", "a", "b", "c"]) {
      event("scheduler", "task.finished", { task, outcome: "done", reason: null });
    }
    expect(out.text().match(/\[\d+\/\d+\]/g)).toEqual(["[1/4]", "[2/4]", "[3/4]", "[4/4]"]);
  });

  it("says that a run is being cancelled only once", () => {
    const out = collect();
    const reporter = plainReporter(out.stream, collect().stream);
    reporter.event({
      seq: 1,
      time: "2026-01-01T00:00:00.000Z",
      actor: "scheduler",
      type: "task.finished",
      data: { task: "a", outcome: "cancelled", reason: "cancelled" },
    });
    expect(out.text()).toContain("cancelled");
    expect(out.text()).not.toContain("cancelled: cancelled");
  });
});

describe("a reason is told whole, however long what stands before it is", () => {
  const path = `/home/somebody/${"a-long-folder/".repeat(20)}t.1`;
  const reason = `what lies in ${path} cannot be kept: no space left on device`;

  it.each([
    ["run.warned", { text: reason }],
    ["merge.broken", { reason }],
    ["task.finished", { task: "t", outcome: "skipped", reason }],
    ["ship.failed", { reason, gates: [] }],
    ["work.failed", { reason }],
  ])("by %s while the run goes on", (type, data) => {
    const out = collect();
    const reporter = plainReporter(out.stream, collect().stream);
    reporter.event({ seq: 1, time: "2026-01-01T00:00:00.000Z", actor: "merge", type, data: { ...data } });
    expect(out.text()).toContain(reason);
  });

  it("as a warning and as the reason of a task, in the summary and in the list of tasks", () => {
    const status = makeStatus(reason);
    expect(summary(status).split(reason)).toHaveLength(3);
    const out = collect();
    printStatus(out.stream, status);
    expect(out.text().split(reason)).toHaveLength(4);
    expect(out.text().split("\n")[0]).toHaveLength(200);
  });

  it("as an error, a hint or what is wrong with a plan", () => {
    const told = errorText(new PleachError("git.failed", reason, { hint: reason }));
    expect(told.split(reason)).toHaveLength(3);
    const issue = { code: "plan.badValue", message: reason, hint: reason, file: "p.md", line: 1 };
    expect(issueLines([issue], [issue]).split(reason)).toHaveLength(5);
  });
});

describe("what is left of a run", () => {
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  it.each([
    [-60_000, -1_000, "longer than expected"],
    [-60_000, 0, "longer than expected"],
    [-60_000, 120_400, "up to 2m 00s left"],
    [60_400, 120_400, "about 1m 00s to 2m 00s left"],
  ])("is told from %i to %i ms", (lo, hi, words) => {
    expect(wordLeft({ lo: at(lo), hi: at(hi), ground: "" })).toBe(words);
  });
});

it("offers no retry where none can help: of what a service refuses as it is, and what waits for that", () => {
  const status = makeStatus("prompt is too long");
  const [task] = status.tasks;
  if (task === undefined) throw new Error("no task");
  const retry = (...tasks: TaskView[]): boolean => summary({ ...status, tasks }).includes("pleach retry");
  const refused = { ...task, refused: true as const };
  const after = { ...task, id: "after", status: "skipped" as const, needs: ["t"] };
  const last = { ...after, id: "last", needs: ["after"] };
  expect(retry(task, after)).toBe(true);
  expect(retry(last, refused, after)).toBe(false);
  expect(retry(refused, { ...task, id: "other" })).toBe(true);
});
