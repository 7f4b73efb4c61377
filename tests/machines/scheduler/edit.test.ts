/** A plan that a person changes while it is carried out: what counts from then on, and what changes nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDag, hasCycle } from "../../../src/dag/dag.ts";
import { listUnstarted } from "../../../src/machines/scheduler/extend-plan.ts";
import type { Task } from "../../../src/plan/model.ts";
import { makeTask } from "../../helpers/make-task.ts";
import { Growing, PLANNER } from "./growing.ts";

const task = makeTask;
const agentTask = (id: string, agent: string, more: Partial<Task> = {}): Task =>
  task(id, { work: { kind: "agent", agent, instruction: id }, ...more });

/** What the scheduler says of a task. */
const nodeOf = (run: Growing, id: string) => run.context.nodes[run.context.index[id] as number];
const edit = (run: Growing, ...tasks: Task[]): void =>
  run.send({ type: "task.edited", task: tasks[0]?.id ?? "", tasks, changed: ["needs"] });

describe("a task that a person edits", () => {
  it("waits for what it needs now, and starts when that is done, in its place of the plan", () => {
    const run = new Growing([task("a"), task("b"), task("c", { needs: ["a", "b"] }), task("d", { needs: ["c"] })]);
    edit(run, task("d", { needs: ["a"], title: "new" }));
    run.end("a");
    expect(run.started).toEqual(["a", "b", "d"]);
    expect(run.context.index).toEqual({ a: 0, b: 1, c: 2, d: 3 });
    expect(run.context.added).toMatchObject([{ id: "d", title: "new" }]);
    edit(run, task("c"));
    expect(run.started).toEqual(["a", "b", "d", "c"]);
    for (const id of ["b", "c", "d"]) run.end(id);
    expect(run.context.outcome).toBe("succeeded");
  });

  it("is done by who is to do it now, with the reserve that it has, and stays paused", () => {
    const first = agentTask("first", "claude");
    const run = new Growing([first, agentTask("later", "claude", { needs: ["first"] })]);
    run.send({ type: "task.paused", tasks: ["later"] });
    const budget = { usd: 3 };
    const work = { kind: "agent" as const, agent: "codex", fallback: ["claude"], instruction: "else" };
    edit(run, task("later", { needs: [], work, budget, retries: 4 }));
    expect(nodeOf(run, "later")).toMatchObject({
      input: { agent: "codex", fallback: ["claude"], retries: 4 },
      reserve: { usd: 3, tokens: 0 },
    });
    expect(run.started).toEqual(["first"]);
    run.send({ type: "task.continued", tasks: ["later"] });
    expect(run.started).toEqual(["first", "later"]);
  });

  it("is skipped when what it needs now has failed already", () => {
    const run = new Growing([task("a"), task("b"), task("c", { needs: ["b"] })]);
    run.end("a", "failed");
    edit(run, task("c", { needs: ["a"] }));
    expect(run.phaseOf("c")).toBe("skipped");
  });

  it("is as it was when it has started, would wait for itself, needs what nobody does, or would be another kind of task", () => {
    const run = new Growing([PLANNER, task("a"), task("b", { needs: ["a"] }), task("c", { needs: ["b"] })]);
    const before = run.context;
    edit(run, task("a", { retries: 3 }));
    edit(run, task("b", { needs: ["c"] }));
    edit(run, task("b", { prefers: ["c"] }));
    edit(run, task("b", { needs: ["nobody"] }));
    edit(run, task("x"));
    edit(run, task("b", { stream: "planners" }));
    edit(run, task("b", { artifacts: ["plan"] }));
    edit(run, task("b", { candidateOf: "y" }));
    edit(run, task("b", { needs: [] }), task("b", { needs: ["a"] }));
    run.send({ type: "run.cancel" });
    edit(run, task("c"));
    expect(run.context.nodes).toEqual(before.nodes);
    expect(run.context.added).toEqual([]);
  });

  it("may be one that a planner added, and a planner may change it again", () => {
    const run = new Growing([PLANNER, task("a")]);
    expect(run.extend([task("b", { needs: ["a"] }), task("c", { needs: ["b"] })])).toBeNull();
    edit(run, task("c", { needs: ["a"], title: "mine" }));
    expect(run.context.added.map(({ id, title }) => [id, title])).toEqual([
      ["b", "b"],
      ["c", "mine"],
    ]);
    expect(run.extend([task("c", { needs: ["b"], title: "its" })])).toBeNull();
    expect(run.context.added.at(-1)?.title).toBe("its");
  });

  it("leaves a plan without cycles and tasks that have started as they were, whatever is wanted, and all is done in the end", () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    const some = fc.subarray([...ids, "nobody"], { maxLength: 3 });
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ edit: fc.constantFrom(...ids), needs: some, prefers: some }) },
      fc.record({ end: fc.nat(5), outcome: fc.constantFrom("done", "failed") }),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }), fc.array(step), (first, steps) => {
        const needs = (at: number): string[] => ids.filter((_, other) => other === first[at] && other < at);
        const run = new Growing(ids.map((id, at) => task(id, { needs: needs(at) })));
        for (const each of steps) {
          const unstarted = listUnstarted(run.context);
          const started = ids.filter((id) => !unstarted.has(id));
          const before = started.map((id) => nodeOf(run, id));
          if ("edit" in each) edit(run, task(each.edit, { needs: each.needs, prefers: each.prefers }));
          else {
            const atWork = ids.filter((id) => run.phaseOf(id) === "running");
            const one = atWork[each.end % Math.max(1, atWork.length)];
            if (one !== undefined) run.end(one, each.outcome);
          }
          // Urgencies follow from who needs them now.
          const now = started.map((id) => nodeOf(run, id));
          expect(now.map((node) => ({ ...node, pathMs: 0 }))).toEqual(before.map((node) => ({ ...node, pathMs: 0 })));
          const { nodes } = run.context;
          const edges = nodes.map((node) => ({
            id: node.input.id,
            needs: [...node.needs, ...node.prefers].map((at) => ids[at] ?? "nobody"),
          }));
          expect(edges.flatMap(({ needs: all }) => all)).not.toContain("nobody");
          expect(hasCycle(buildDag(edges).needs)).toBe(false);
        }
        for (let left = run.started; run.context.outcome === null; left = run.started) {
          for (const id of left) if (run.phaseOf(id) === "running") run.end(id);
        }
        expect(ids.map((id) => run.phaseOf(id)).every((phase) => phase !== "blocked" && phase !== "ready")).toBe(true);
      }),
    );
  });
});
