/** A plan that grows while it is carried out: what joins, what is refused, and when planning is over. */
import { describe, expect, it } from "vitest";
import { listUnstarted } from "../../../src/machines/scheduler/extend-plan.ts";
import type { Task } from "../../../src/plan/model.ts";
import { MAX_PLANNED_TASKS } from "../../../src/plan/planning.ts";
import { makeTask } from "../../helpers/make-task.ts";
import { Growing, PLANNER } from "./growing.ts";

const task = makeTask;

describe("a plan that grows", () => {
  it("starts what joins it at once, while its planner is at work, and ends when all is done", () => {
    const run = new Growing();
    expect(run.started).toEqual(["plan"]);
    expect(run.extend([task("a"), task("b", { needs: ["a"] })])).toBeNull();
    expect(run.started).toEqual(["plan", "a"]);
    run.end("a");
    expect(run.started).toEqual(["plan", "a", "b"]);
    expect(run.extend([task("c", { needs: ["a"] })])).toBeNull();
    expect(run.started).toEqual(["plan", "a", "b", "c"]);
    for (const id of ["b", "c"]) run.end(id);
    expect(run.context.outcome).toBeNull();
    run.end("plan");
    expect(run.told.map(({ type }) => type)).toContain("planning.closed");
    expect(run.context.outcome).toBe("succeeded");
  });

  it("closes planning once, when the last of several planners has ended", () => {
    const run = new Growing();
    expect(run.extend([task("part", { stream: "planners", artifacts: ["plan"] })])).toBeNull();
    run.end("plan");
    expect(run.told.filter(({ type }) => type === "planning.closed")).toHaveLength(0);
    expect(run.extend([task("a")], "part")).toBeNull();
    run.end("part");
    expect(run.told.filter(({ type }) => type === "planning.closed")).toHaveLength(1);
    run.end("a");
    expect(run.context.outcome).toBe("succeeded");
  });

  it("changes what has not started, keeps what has, and counts needs that are met already", () => {
    const run = new Growing();
    run.extend([task("a"), task("b", { needs: ["a"] }), task("c", { needs: ["b"] })]);
    expect([...listUnstarted(run.context)]).toEqual(["b", "c"]);
    expect(run.extend([task("c", { needs: ["a"] }), task("b", { needs: ["c"] })])).toBeNull();
    run.end("a");
    expect(run.started).toEqual(["plan", "a", "c"]);
    expect(run.extend([task("a")])).toBe("a has started and cannot be changed");
    expect(run.context.added.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("puts the longest remaining path first, also of what was ready before", () => {
    const slots = Array.from({ length: 3 }, (_, at) => task(`slot${at}`));
    const run = new Growing([PLANNER, ...slots, task("early"), task("late")]);
    expect(run.started).not.toContain("early");
    run.extend([task("x", { needs: ["late"] }), task("y", { needs: ["x"] })]);
    run.end("slot0");
    expect(run.started.at(-1)).toBe("late");
  });

  it("skips what needs something that has failed already", () => {
    const run = new Growing();
    run.extend([task("a")]);
    run.end("a", "failed");
    expect(run.extend([task("b", { needs: ["a"] }), task("c", { needs: ["b"] })])).toBeNull();
    expect([run.phaseOf("b"), run.phaseOf("c")]).toEqual(["skipped", "skipped"]);
    run.end("plan");
    expect(run.context.outcome).toBe("failed");
  });

  it("skips what joins with an agent that was given up", () => {
    const run = new Growing();
    run.send({ type: "agent.refused", agent: "claude", reason: "no key" });
    const work = { kind: "agent", agent: "claude", instruction: "" } as const;
    expect(run.extend([task("a", { work }), task("b")])).toBeNull();
    expect([run.phaseOf("a"), run.phaseOf("b")]).toEqual(["skipped", "running"]);
  });

  it.each([
    ["a need that is no task", [task("a", { needs: ["nobody"] })], "a needs nobody, which is no task"],
    ["a circle", [task("a", { needs: ["b"] }), task("b", { prefers: ["a"] })], "its tasks wait for each other"],
    [
      "a stream that the run does not have",
      [task("a", { stream: "x" })],
      "a names the stream x, which the run does not have",
    ],
    ["a task named twice", [task("a"), task("a")], "it names a task twice"],
    [
      "too many tasks",
      Array.from({ length: MAX_PLANNED_TASKS + 1 }, (_, at) => task(`t${at}`)),
      "a run may add 500 tasks",
    ],
  ])("refuses %s, whole", (_what, tasks, why) => {
    const run = new Growing();
    const before = run.context.nodes;
    expect(run.extend(tasks)).toBe(why);
    expect(run.context.nodes).toBe(before);
    expect(run.started).toEqual(["plan"]);
  });

  it("takes nothing from whoever is no planner, or no longer at work, nor planning without end", () => {
    const run = new Growing();
    run.extend([task("a")]);
    expect(run.extend([task("b")], "a")).toBe("a is no planning task");
    const planning = (id: string): Task => task(id, { stream: "planners", artifacts: ["plan"] });
    expect(run.extend([planning("p2")])).toBeNull();
    expect(run.extend([planning("p3")], "p2")).toBeNull();
    expect(run.extend([planning("p4")], "p3")).toBe("planning tasks may be 3 deep, and p3 is the deepest");
    run.end("plan");
    expect(run.extend([task("c")])).toBe("plan is over");
    run.send({ type: "run.cancel" });
    expect(run.extend([task("d")], "p2")).toBe("the run is ending");
  });

  it("does not grow where nobody plans", () => {
    const run = new Growing([task("a")]);
    expect(run.extend([task("b")], "a")).toBe("the plan of this run does not grow");
  });
});
