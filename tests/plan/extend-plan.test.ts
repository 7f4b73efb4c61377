/** What a planner writes joins the plan as it is, or not at all. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extendPlan } from "../../src/plan/extend-plan.ts";
import type { Plan, Task } from "../../src/plan/index.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { makeContext, places, readValid } from "./read-text.ts";

const CONFIG = "agent: basic\nagents: {basic: {kind: command, command: x}}\n";
const HEADER = "gates: {test: npm test}\nresources: {db: 1}\nconcurrency: 3\n";
const PLAN_TASK = "{id: p, stream: planners, instruction: plan it, artifacts: [plan]}";
const root = makeTempFolder("extend", "file");

const plan: Plan = readValid(
  `${HEADER}tasks: [${PLAN_TASK}, {id: old, run: x, budget: {usd: 1, tokens: 9}}, {id: next, run: y, needs: [old], gates: [test]}]\n`,
  "yaml",
  makeContext(CONFIG),
);

/** `text` as it would come from a planner; only `next` has not started. */
function extend(text: string, from: Partial<Plan> = {}, unstarted = ["next"]) {
  const { config } = makeContext(CONFIG);
  const context = { root, config, plan: { ...plan, ...from }, unstarted: new Set(unstarted) };
  return extendPlan(text, { ...context, file: "pleach-plan.md" });
}

/** A section of a Markdown plan; its block begins on the fourth line. */
const section = (title: string, block: string, prose = "Do it."): string =>
  `## ${title}\n\n\`\`\`yaml task\n${block}\n\`\`\`\n\n${prose}\n\n`;

describe("a planner's text", () => {
  it("opens git to no task, and leaves it to those to which a person did", () => {
    const { tasks, errors, warnings } = extend(section("More", "run: x\ngit: open"));
    expect([tasks[0]?.git, errors, warnings]).toEqual([
      undefined,
      [],
      [expect.objectContaining({ code: "plan.ignoredKey", message: expect.stringContaining('`git` of task "more"') })],
    ]);
    const opened = plan.tasks.map((task) => (task.id === "next" ? { ...task, git: "open" as const } : task));
    const again = (keys: string) => extend(section("Next", `run: z\nneeds: [old]${keys}`), { tasks: opened });
    expect(again("").tasks).toMatchObject([{ id: "next", git: "open", work: { command: "z" } }]);
    expect(again("\ngit: guarded")).toMatchObject({
      tasks: [{ git: "open" }],
      warnings: [{ code: "plan.ignoredKey" }, {}],
    });
  });

  it("adds its tasks, completed from the run's streams, gates and agents", () => {
    const text = `# Plan\n\n${section("Index notes", "gates: [test]\nneeds: [next]\nuses: [db]\nscope: [src/index.ts]")}`;
    expect(extend(text)).toEqual({
      tasks: [
        {
          id: "index-notes",
          title: "Index notes",
          stream: "builders",
          needs: ["next"],
          prefers: [],
          uses: { db: 1 },
          feeds: [],
          scope: ["src/index.ts"],
          work: { kind: "agent", agent: "basic", instruction: "Do it." },
          gates: ["test"],
          artifacts: [],
          retries: 0,
          timeoutMs: 1_800_000,
          onConflict: "rerun",
          continueOnError: false,
          at: { file: "pleach-plan.md", line: 3 },
        },
      ],
      errors: [],
      warnings: [],
    });
  });

  it("may be written section by section: what was there before adds nothing", () => {
    const first = section("One", "run: echo 1");
    const one = extend(first).tasks;
    const both = extend(`# Plan\n\n${first}${section("Two", "run: echo 2\nneeds: [one]")}`, {
      tasks: [...plan.tasks, ...one],
    });
    expect(both.errors).toEqual([]);
    expect(both.tasks.map(({ id }) => id)).toEqual(["two"]);
    expect(extend(first, { tasks: [...plan.tasks, ...one] })).toEqual({ tasks: [], errors: [], warnings: [] });
  });

  it("finds a task the same however it orders its keys, also one that started", () => {
    const text =
      "tasks: [{budget: {tokens: 9, usd: 1}, run: x, id: old}, {gates: test, needs: old, run: y, id: next}, {id: new, run: z}]\n";
    const { tasks, errors } = extend(text);
    expect(errors).toEqual([]);
    expect(tasks.map(({ id }) => id)).toEqual(["new"]);
  });

  it("may change a task that has not started, with a word when somebody else wrote it", () => {
    const { tasks, errors, warnings } = extend("tasks: [{id: next, run: z, needs: [old]}]\n");
    expect(errors).toEqual([]);
    expect(tasks).toMatchObject([{ id: "next", work: { command: "z" }, gates: [] }]);
    expect(places(warnings)).toEqual(["plan.changedTask@1"]);
  });

  it("is taken for what it is: Markdown, units of the compound-engineering plugin, YAML or JSON", () => {
    const ids = (text: string) => extend(text).tasks.map(({ id, needs }) => [id, needs]);
    const units =
      "---\ntitle: X\ntype: feat\n---\n\n# X\n\n### U1. One\n\n**Goal:** a\n\n### U2. Two\n\n**Dependencies:** U1\n";
    expect(ids(units)).toEqual([
      ["U1", []],
      ["U2", ["U1"]],
    ]);
    const yaml = "---\n# a comment\ngoal: g\ntasks:\n  - id: a\n    instruction: |\n      ```sh\n      x\n      ```\n";
    expect(ids(yaml)).toEqual([["a", []]]);
    expect(ids('\n { "tasks": [{"id": "a", "run": "x"}] }')).toEqual([["a", []]]);
    expect(ids(`tasks: there are some\n\n${section("A", "run: x")}`)).toEqual([["a", []]]);
  });

  it("sets nothing but tasks: the header is told to have no effect, whatever it says", () => {
    const header = `---
goal: Another
base: evil
concurrency: no number
isolation: none
budget: {usd: 1000000}
gates: {test: "true"}
resources: {db: 9}
streams: {more: {}}
agent: nobody
agents: {evil: {kind: command, command: sh}}
worktree: {setup: evil}
---
`;
    const { tasks, errors, warnings } = extend(`${header}${section("A", "uses: [db]\ngates: [test]")}`);
    expect(errors).toEqual([]);
    expect(tasks.map(({ id }) => id)).toEqual(["a"]);
    expect(places(warnings)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((line) => `plan.ignoredKey@${line}`));
  });

  it("may bring scripts and further planning tasks", () => {
    const text = `${section("S", "agent: scripted\nscript: [{say: hello}]")}${section("More", "stream: planners\nartifacts: [plan]")}`;
    const { tasks, errors } = extend(text);
    expect(errors).toEqual([]);
    expect(tasks.map(({ stream, artifacts }) => [stream, artifacts])).toEqual([
      ["builders", []],
      ["planners", ["plan"]],
    ]);
  });
});

describe("a planner's text with one mistake adds nothing", () => {
  /** A task that is right, and one whose block begins on line 8. */
  const two = (block: string): string =>
    `## A\n\`\`\`yaml task\nid: a\nrun: x\n\`\`\`\n## B\n\`\`\`yaml task\n${block}\n\`\`\`\n`;
  mkdirSync(join(root, "src"));
  symlinkSync("/", join(root, "out"));

  it.each<[string, string, string[], RegExp?]>([
    ["a started task that is different", "run: z\nid: old", ["plan.startedTask@9"], /new task/],
    ["an id in another case", "run: z\nid: Old", ["plan.duplicateId@9"]],
    ["an id twice", "run: z\nid: a", ["plan.duplicateId@9"]],
    ["a need that nobody has", "run: z\nneeds: [nextt]", ["plan.missingNeed@9"], /"next"/],
    ["a circle through a task that is there", "id: next\nrun: z\nneeds: [last]", ["plan.cycle@10"]],
    ["an unknown gate", "run: z\ngates: [tests]", ["plan.unknownGate@9"], /"test".*gets no others any more: test/],
    ["an unknown resource", "run: z\nuses: [disk]", ["plan.unknownResource@9"], /gets no others any more: db/],
    ["more than a resource has", "run: z\nuses: {db: 2}", ["plan.overCapacity@9"]],
    ["an unknown stream", "run: z\nstream: builder", ["plan.unknownStream@9"], /"builders".*: planners, builders/],
    ["an unknown agent", "agent: bsic", ["plan.unknownAgent@8"], /"basic".*: scripted, basic/],
    ["an agent that is built in but not the run's", "agent: codex", ["plan.unknownAgent@8"], /gets no others/],
    ["an unknown key", "run: z\nneds: [a]", ["plan.unknownKey@9"]],
    ["a scope that leads out", "run: z\nscope: [../x]", ["plan.badScope@9"]],
    ["a scope through a link that leads out", "run: z\nscope: [out/x]", ["plan.badScope@9"]],
    ["a join that cannot come true", "run: z\nneeds: [a]\njoin: {min: 2}", ["plan.badJoin@10"]],
    ["a block that is not closed", "run: z\n```\n## C\n```yaml task\nid: c\n ", ["plan.badYaml@11"]],
  ])("%s", (name, block, expected, hint) => {
    const last = { ...(plan.tasks[1] as Task), id: "last", needs: ["next"] };
    const text = name.includes("not closed") ? two(block).slice(0, -4) : two(block);
    const { tasks, errors } = extend(text, { tasks: [...plan.tasks, last] });
    expect(places(errors)).toEqual(expected);
    expect(errors[0]?.file).toBe("pleach-plan.md");
    if (hint) expect(errors[0]?.hint).toMatch(hint);
    expect(tasks).toEqual([]);
  });

  it("a circle that it is only behind of: told where the text closes it", () => {
    const last = { ...(plan.tasks[1] as Task), id: "last", needs: ["next"] };
    const text = "tasks:\n  - {id: behind, run: x, needs: [last]}\n  - {id: next, run: z, needs: [last]}\n";
    const { errors } = extend(text, { tasks: [...plan.tasks, last] });
    expect(errors).toMatchObject([{ code: "plan.cycle", file: "pleach-plan.md", line: 3 }]);
  });

  it.each([
    ["nothing", ""],
    ["only words", "# Plan\n\nI will look at the code first.\n"],
    ["more than 16 MB", `# A\n${"x".repeat(17 * 1024 * 1024)}`],
    ["too many tasks", Array.from({ length: 201 }, (_, n) => section(`T ${n}`, "run: x")).join("")],
    [
      "aliases that explode",
      `tasks: [{id: a, run: x, needs: &a [${"x,".repeat(4000)}]}, {needs: *a}, {needs: *a}, {needs: *a}]`,
    ],
    ["JSON that breaks off", '{"tasks": [{"id": "a", '],
    ["YAML of another kind", "tasks: {a: {run: x}}\n"],
  ])("that holds %s", (_, text) => {
    const { tasks, errors } = extend(text);
    expect(tasks).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(1001);
  });

  it("takes 200 tasks", () => {
    const text = Array.from({ length: 200 }, (_, n) => section(`T ${n}`, "run: x")).join("");
    expect(extend(text).tasks).toHaveLength(200);
  });
});

describe("growing", () => {
  const context = makeContext(CONFIG);
  const words = fc.constantFrom("Do it.", "- one\n- two", "```js\nx\n```", "> said\n\nmore");
  const written = fc.array(
    fc.record({
      prose: words,
      needs: fc.array(fc.nat(20), { maxLength: 3 }),
      retries: fc.nat(3),
      stream: fc.constantFrom("builders", "reviewers"),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it("section by section ends in the plan that the whole text would have been, each task once", () => {
    fc.assert(
      fc.property(written, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (tasks, steps) => {
        const sections = tasks.map(({ prose, needs, retries, stream }, index) => {
          const ids = [...new Set(needs.filter((need) => need < index))].map((need) => `t${need}`);
          const block = `id: t${index}\nneeds: [${ids.join(", ")}]\nretries: ${retries}\nstream: ${stream}`;
          return section(`Task ${index}`, block, prose);
        });
        let grown = plan;
        for (let end = 0; end < sections.length; ) {
          end += steps.next().value;
          const { tasks: added, errors } = extend(`# All\n\n${sections.slice(0, end).join("")}`, grown, []);
          expect(errors).toEqual([]);
          grown = { ...grown, tasks: [...grown.tasks, ...added] };
        }
        const header = `---\n${HEADER}---\n`;
        const whole = readValid(`${header}# All\n\n${sections.join("")}`, "markdown", context);
        const unplaced = (each: Task[]) => each.map(({ at: _at, ...task }) => task);
        expect(unplaced(grown.tasks.slice(plan.tasks.length))).toEqual(unplaced(whole.tasks));
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
