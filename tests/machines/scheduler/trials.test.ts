/** An agent on trial whose breaker hears nothing of the attempt that tried it. */
import { describe, expect, it } from "vitest";
import { makeTask } from "../../helpers/make-task.ts";
import { Growing } from "./growing.ts";

const work = { kind: "agent" as const, agent: "p", instruction: "" };

/** Two tasks of one agent, of which the first is on trial. */
function onTrial(): Growing {
  const run = new Growing([makeTask("first", { work }), makeTask("second", { work, needs: ["go"] }), makeTask("go")]);
  run.send({ type: "slot.release", task: "first" });
  run.send({ type: "breaker.opened", agent: "p", openings: 1, until: 0 });
  run.send({ type: "slot.request", task: "first" });
  run.end("go");
  run.send({ type: "breaker.halfOpened", agent: "p" });
  return run;
}
const grants = (run: Growing): number =>
  run.told.filter(({ type }) => type === "task.start" || type === "attempt.start").length;

describe("an agent on trial", () => {
  it("is tried again when the work of the task that tried it failed, or the machine", () => {
    const run = onTrial();
    const before = grants(run);
    run.send({ type: "slot.release", task: "first" });
    expect(grants(run)).toBe(before);
    run.send({ type: "slot.request", task: "first" });
    expect(grants(run)).toBe(before + 1);
  });

  it("is tried by another task when the one that tried it is over", () => {
    const run = onTrial();
    expect([run.phaseOf("first"), run.phaseOf("second")]).toEqual(["running", "ready"]);
    run.end("first", "failed");
    expect(run.phaseOf("second")).toBe("running");
  });
});
