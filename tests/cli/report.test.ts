/** The lines that are said while a run goes on. */
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { plainReporter } from "../../src/cli/report.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";

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
