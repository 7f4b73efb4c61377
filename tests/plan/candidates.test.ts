/** A task that several agents try side by side becomes one task a candidate, and whoever names it names all of them. */
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { extendPlan } from "../../src/plan/extend-plan.ts";
import { analyzePlan } from "../../src/plan/index.ts";
import { makeContext, places, read, readValid } from "./read-text.ts";

const CONFIG = `agents: {a: {kind: command, command: x}, b: {kind: command, command: y}}
streams: {builders: {reviewedBy: reviewers}, reviewers: {agent: b}}
`;
const context = makeContext(CONFIG);
const valid = (tasks: string, more = "") => readValid(`${more}tasks: [${tasks}]\n`, "yaml", context);
const wrong = (tasks: string, more = "") => {
  const { errors } = read(`${more}tasks: [${tasks}]\n`, "yaml", context);
  return errors.map(({ code, message }) => `${code}: ${message}`);
};
const TRIED = "{id: t, instruction: do, scope: [src/**], candidates: {a: 2, b: 1}}";

describe("candidates", () => {
  it("are a task each, by one agent each, that say what they are candidates for", () => {
    const { tasks } = valid(TRIED);
    expect(tasks.map(({ id, candidateOf, choose, work }) => ({ id, candidateOf, choose, work }))).toEqual(
      ["a-1", "a-2", "b-1"].map((name) => ({
        id: `t-${name}`,
        candidateOf: "t",
        choose: undefined,
        work: { kind: "agent", agent: name[0], instruction: "do" },
      })),
    );
    expect(valid(TRIED.replace("}}", "}, choose: review}")).tasks.map(({ choose }) => choose)).toEqual(
      Array(3).fill("review"),
    );
  });

  it("stand for their task wherever that is named, and one of them is enough for whoever needs it", () => {
    const needing = "{id: n, run: x, needs: [o, t], prefers: [], feeds: [t]}";
    const { tasks } = valid(`${TRIED}, {id: o, run: x, prefers: [t]}, ${needing}`);
    const all = ["t-a-1", "t-a-2", "t-b-1"];
    expect(tasks.find(({ id }) => id === "o")).toMatchObject({ prefers: all });
    expect(tasks.find(({ id }) => id === "n")).toMatchObject({
      ...{ needs: ["o", ...all], feeds: all, join: { min: 2, require: ["o"] } },
    });
    expect(tasks.find(({ id }) => id === "o")?.join).toBeUndefined();
  });

  it("leave the join that a plan says as it is", () => {
    const needing = "{id: n, run: x, needs: [o, t], join: {min: 1, require: [o]}}";
    const { tasks } = valid(`${TRIED}, {id: o, run: x}, ${needing}`);
    expect(tasks.at(-1)?.join).toEqual({ min: 1, require: ["o"] });
  });

  it("are not warned of for changing the same, as others are", () => {
    const { overlaps } = analyzePlan(valid(`${TRIED}, {id: o, run: x, scope: [src/a.ts]}`));
    expect(overlaps.map(({ a, b }) => [a, b])).toEqual([
      ["t-a-1", "o"],
      ["t-a-2", "o"],
      ["t-b-1", "o"],
    ]);
  });

  it("are refused where they mean nothing, each with its reason", () => {
    const tried = (keys: string) => `{id: t, instruction: do, ${keys}}`;
    const cases: [string, RegExp][] = [
      [tried("candidates: {a: 0}"), /plan.badValue: "a" in `candidates` of task "t" is 0/],
      [tried("candidates: {a: -1}"), /is -1/],
      [tried("candidates: {a: 1.5}"), /must be a whole number/],
      [tried("candidates: {a: 5, b: 4}"), /is 9 in all/],
      [tried("candidates: {}"), /names no agent/],
      [tried("candidates: [a]"), /must be a map/],
      [tried("candidates: {nobody: 1}"), /plan.unknownAgent: there is no agent "nobody"/],
      [tried("candidates: {scripted: 1}"), /follows a script/],
      [tried("candidates: {a: 1}, run: x"), /both `candidates` and `run`/],
      [tried("candidates: {a: 1}, agent: b"), /both `candidates` and `agent`/],
      [tried("candidates: {a: 1}, script: [{say: x}]"), /both `candidates` and `script`/],
      [tried("candidates: {a: 1}, continueOnError: true"), /`candidates` and `continueOnError`/],
      [tried("candidates: {a: 1}, artifacts: [plan], stream: planners"), /`candidates` and plans/],
      [tried("candidates: {a: 1}, artifacts: [api]"), /`candidates` and `artifacts`/],
      [tried("candidates: {a: 1}, choose: best"), /is "best"/],
      [tried("candidates: {a: 1}, choose: review, stream: planners"), /nobody reviews its stream "planners"/],
      [tried("agent: a, choose: review"), /has `choose` and no `candidates`/],
      [`${TRIED}, {id: n, run: x, needs: [t], join: {min: 1, require: [t]}}`, /plan.badJoin: task "n" requires "t"/],
      [`${TRIED}, {id: n, run: x, needs: [t-a-1]}`, /plan.missingNeed/],
      [`${TRIED}, {id: T-A-1, run: x}`, /plan.duplicateId: a candidate for "t" is called "T-A-1"/],
      [`{id: ${"x".repeat(97)}, instruction: do, candidates: {a: 1}}`, /plan.badId/],
    ];
    for (const [tasks, why] of cases) expect(wrong(tasks), tasks).toEqual([expect.stringMatching(why)]);
    expect(wrong(TRIED, "isolation: none\nstreams: {builders: {reviewedBy: null}}\n").join()).toContain(
      "`candidates` under `isolation: none`",
    );
  });
});

describe("candidates in a run that goes on", () => {
  const planner = "{id: p, stream: planners, agent: a, instruction: plan, artifacts: [plan]}";
  const plan = valid(`${planner}, ${TRIED}`);
  const extend = (text: string, unstarted: string[] = ["t-a-1", "t-a-2", "t-b-1"]) =>
    extendPlan(text, { root: tmpdir(), config: context.config, file: "p.yaml", plan, unstarted: new Set(unstarted) });

  it("come with what a planner adds, which names those that are there by their task", () => {
    const { tasks, errors } = extend("tasks: [{id: n, instruction: do, needs: [t], candidates: {b: 2}}]\n");
    expect(errors).toEqual([]);
    expect(tasks.map(({ id, needs }) => [id, needs])).toEqual(
      ["n-b-1", "n-b-2"].map((id) => [id, ["t-a-1", "t-a-2", "t-b-1"]]),
    );
    expect(tasks[0]?.join).toEqual({ min: 1, require: [] });
  });

  it("are changed together or not at all", () => {
    expect(extend(`tasks: [${TRIED}]\n`).tasks).toEqual([]);
    const other = TRIED.replace("do", "do more");
    expect(extend(`tasks: [${other}]\n`).tasks).toHaveLength(3);
    expect(places(extend(`tasks: [${other}]\n`, ["t-a-1"]).errors)).toEqual(Array(2).fill("plan.startedTask@1"));
    const fewer = extend(`tasks: [${TRIED.replace("b: 1", "b: 2")}]\n`);
    expect(fewer.errors.map(({ message }) => message)).toEqual(['task "t" is there already, with other candidates']);
    expect(places(extend("tasks: [{id: t-a-1, run: x}]\n").errors)).toEqual(["plan.duplicateId@1"]);
  });
});
