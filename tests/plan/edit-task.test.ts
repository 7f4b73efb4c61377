/** A task that a person writes anew while its plan is carried out: it as it is, what may change, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { findCycles } from "../../src/dag/dag.ts";
import { changesBetween, editTask, layOver, listChanged, tasksNamed } from "../../src/plan/edit-task.ts";
import type { Plan, Task } from "../../src/plan/model.ts";
import { writeTask } from "../../src/plan/write-task.ts";
import { context, writtenPlan } from "./any-plan.ts";
import { makeContext, read, readValid } from "./read-text.ts";

const CONFIG = "agents: {basic: {kind: command, command: x}, other: {kind: command, command: y}}\nresources: {db: 1}\n";
const TASKS = `
  - { id: first, run: x }
  - { id: group, candidates: {basic: 2, other: 1}, instruction: try it }
  - { id: later, agent: [basic, other], instruction: "do it", scope: [a.txt], needs: [first, group], timeout: 90s }
  - { id: last, run: z, needs: [later] }
`;
const plan = readValid(`gates: {test: npm test}\ntasks: ${TASKS}`, "yaml", makeContext(CONFIG));

/** What becomes of a task with this text; `started`: what has begun. */
function edit(name: string, text: string, started: readonly string[] = ["first"]) {
  const unstarted = new Set(plan.tasks.map(({ id }) => id).filter((id) => !started.includes(id)));
  return editTask({ name, text, format: "yaml" }, { ...makeContext(CONFIG), file: "later", plan, unstarted });
}

function written(of: Plan, name: string) {
  const [task, ...others] = tasksNamed(of.tasks, name);
  if (task === undefined) throw new Error(`no task ${name}`);
  return writeTask([task, ...others], of.tasks);
}
/** `changes` laid over what is there. */
const change = (name: string, changes: object, started?: readonly string[]) =>
  edit(name, stringify(layOver(written(plan, name), { ...changes })), started);

describe("a task that is written again", () => {
  it("shows what it says, and not what goes without saying", () => {
    expect(written(plan, "later")).toEqual({
      ...{ title: "later", agent: ["basic", "other"], instruction: "do it", scope: ["a.txt"] },
      ...{ needs: ["first", "group"], timeout: "90s" },
    });
    expect(written(plan, "group")).toEqual({
      ...{ title: "group", candidates: { basic: 2, other: 1 }, instruction: "try it" },
    });
    expect(written(plan, "last")).toEqual({ title: "last", run: "z", needs: ["later"] });
  });

  it("is the same task, whatever the plan", () => {
    fc.assert(
      fc.property(writtenPlan, ({ header, tasks }) => {
        const any = read(JSON.stringify({ ...header, tasks }), "json", context).plan;
        if (any === null) throw new Error("not valid");
        for (const { id } of any.tasks) {
          const text = JSON.stringify(written(any, id));
          const unstarted = new Set(any.tasks.map((task) => task.id));
          const again = editTask({ name: id, text, format: "json" }, { ...context, file: "t", plan: any, unstarted });
          expect([again.errors, again.tasks]).toEqual([[], []]);
        }
      }),
    );
  });
});

describe("a task that a person changes", () => {
  it("has the instruction, agents, scope and needs that they want, and stays where it is", () => {
    const changes = { instruction: "do the other", agent: "other", scope: ["b.txt"], needs: ["first"], title: "New" };
    const { tasks, errors } = change("later", changes);
    expect(errors).toEqual([]);
    expect(tasks).toEqual([
      {
        ...(plan.tasks.find(({ id }) => id === "later") as Task),
        ...{ title: "New", scope: ["b.txt"], needs: ["first"], join: undefined },
        work: { kind: "agent", agent: "other", instruction: "do the other" },
      },
    ]);
    expect(change("later", { scope: null }).tasks[0]?.scope).toBeUndefined();
    expect(change("last", { run: null, agent: "basic", instruction: "think" }).tasks[0]?.work.kind).toBe("agent");
  });

  it("is changed with all its candidates", () => {
    const { tasks, errors } = change("group", { instruction: "try harder" });
    expect(errors).toEqual([]);
    expect(tasks.map(({ id, work }) => [id, work.kind === "agent" && work.instruction])).toEqual([
      ["group-basic-1", "try harder"],
      ["group-basic-2", "try harder"],
      ["group-other-1", "try harder"],
    ]);
    expect(change("group", { instruction: "no" }, ["group-basic-1"]).errors[0]?.code).toBe("plan.startedTask");
  });

  it.each([
    ["a cycle, with its path", "later", { needs: ["last"] }, "plan.cycle", "later -> last -> later"],
    ["a need that nobody has, with the nearest", "later", { needs: ["frist"] }, "plan.missingNeed", '"first"'],
    ["an agent that the run does not have", "later", { agent: "nobody" }, "plan.unknownAgent", "basic, other"],
    ["a key that no task has", "later", { instructions: "x" }, "plan.unknownKey", "instruction"],
    ["a scope outside of the repository", "later", { scope: ["../x"] }, "plan.badScope", "../x"],
    ["another id", "later", { id: "sooner" }, "plan.badId", "stays"],
    ["another stream", "later", { stream: "reviewers" }, "plan.unknownStream", "reviewers"],
    ["other candidates", "group", { candidates: { basic: 1 } }, "plan.badValue", "candidates"],
    ["a plan of its own", "later", { artifacts: ["plan"] }, "plan.badValue", "plans"],
    ["what has started", "first", { run: "y" }, "plan.startedTask", "first"],
  ])("is refused %s", (_what, name, changes, code, words) => {
    const { tasks, errors } = change(name, changes);
    expect(tasks).toEqual([]);
    expect(errors.map((each) => each.code)).toContain(code);
    expect(JSON.stringify(errors)).toContain(words.replaceAll('"', '\\"'));
  });

  it("is refused a text that is no task, and says where", () => {
    expect(edit("later", "- a\n").errors).toMatchObject([{ code: "plan.badValue" }]);
    expect(edit("later", "agent: basic\nscope: [a\n").errors[0]).toMatchObject({ code: "plan.badYaml", line: 3 });
    expect(edit("later", "agent: basic\ninstruction: x\nneeds: [nobody]\n").errors).toMatchObject([{ line: 3 }]);
  });

  it("leaves a plan without cycles whose needs are all there, and what has started as it was, whatever is wanted", () => {
    const wish = fc.record(
      {
        needs: fc.array(fc.constantFrom("t0", "t1", "t2", "t3", "t4", "nobody"), { maxLength: 3 }),
        prefers: fc.subarray(["t0", "t1", "t2"]),
        instruction: fc.string(),
        agent: fc.constantFrom("basic", "claude", "nobody", null),
        run: fc.constantFrom("x", null),
        scope: fc.constantFrom(["a"], ["../a"], null),
      },
      { requiredKeys: [] },
    );
    const edits = fc.array(fc.record({ at: fc.nat(6), wish }), { maxLength: 8 });
    fc.assert(
      fc.property(writtenPlan, edits, fc.nat(12), ({ header, tasks }, wishes, begun) => {
        const first = read(JSON.stringify({ ...header, tasks }), "json", context).plan;
        if (first === null) throw new Error("not valid");
        let now = first;
        const started = now.tasks.slice(0, begun);
        const unstarted = new Set(now.tasks.slice(begun).map(({ id }) => id));
        for (const { at, wish: changes } of wishes) {
          const name = now.tasks[at % now.tasks.length]?.id ?? "";
          const text = JSON.stringify(layOver(written(now, name), changes));
          const edited = editTask({ name, text, format: "json" }, { ...context, file: "t", plan: now, unstarted });
          const changed = new Map(edited.tasks.map((task) => [task.id, task]));
          now = { ...now, tasks: now.tasks.map((task) => changed.get(task.id) ?? task) };
        }
        expect(now.tasks.slice(0, started.length)).toEqual(started);
        const index = new Map(now.tasks.map(({ id }, at) => [id, at]));
        const waitsFor = now.tasks.map(({ needs, prefers }) => [...needs, ...prefers].map((id) => index.get(id) ?? -1));
        expect(waitsFor.flat()).not.toContain(-1);
        expect([...findCycles(waitsFor)]).toEqual([]);
      }),
    );
  });
});

describe("changes", () => {
  it("are what lies between two writings, a key that is gone as null", () => {
    const [before, after] = [
      { title: "a", scope: ["x"], needs: ["b"] },
      { title: "a", scope: ["y"], run: "z" },
    ];
    expect(listChanged(before, after)).toEqual(["scope", "needs", "run"]);
    expect(changesBetween(before, after)).toEqual({ scope: ["y"], needs: null, run: "z" });
    expect(layOver(before, changesBetween(before, after))).toEqual(after);
  });
});
