/** Which streams a plan has, whose agent works in them, and who reviews whom. */
import { describe, expect, it } from "vitest";
import { isPlanning } from "../../src/plan/planning.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { makeContext, places, read, readValid } from "./read-text.ts";

const CONFIG = "agents: {basic: {kind: command, command: a}, judge: {kind: command, command: b}}\n";
const TASK = "tasks: [{id: t, run: x}]\n";
const yaml = (text: string, config = CONFIG) => read(text, "yaml", makeContext(config));
const valid = (text: string, config = CONFIG) => readValid(text, "yaml", makeContext(config));

describe("a stream whose changes are reviewed", () => {
  it("names the stream that reviews, which is there with an agent although no task is in it", () => {
    const plan = valid(`streams: {builders: {reviewedBy: reviewers}}\nagent: judge\n${TASK}`);
    expect(plan.streams).toEqual([
      { name: "builders", concurrency: 4, restart: "transient", reviewedBy: "reviewers", agent: "judge" },
      { name: "reviewers", concurrency: 4, restart: "transient", agent: "judge" },
    ]);
  });

  it("may say so in pleach.yaml, and the plan may name another reviewer", () => {
    const config = `${CONFIG}agent: basic\nstreams: {builders: {reviewedBy: reviewers}, qa: {agent: judge}}\n`;
    const reviewedBy = (text: string) =>
      valid(text, config).streams.find(({ name }) => name === "builders")?.reviewedBy;
    expect(reviewedBy(TASK)).toBe("reviewers");
    expect(reviewedBy(`streams: {builders: {reviewedBy: qa}}\n${TASK}`)).toBe("qa");
  });

  it("keeps the agent of its reviewers among the plan's agents, also a built-in one", () => {
    const plan = valid(`streams: {builders: {reviewedBy: qa}, qa: {agent: claude}}\n${TASK}`, "");
    expect(plan.agents).toEqual([{ name: "claude", kind: "claude" }]);
  });

  it.each([
    ["itself", "streams: {builders: {reviewedBy: builders}}", ["plan.badValue@1"]],
    ["a stream that nobody declared", "streams: {builders: {reviewedBy: reviewer}}", ["plan.unknownStream@1"]],
    ["a stream without an agent", "streams: {builders: {reviewedBy: reviewers}}", ["plan.noReviewer@1"]],
    ["a script", "streams: {builders: {reviewedBy: qa}, qa: {agent: scripted}}", ["plan.noReviewer@1"]],
    ["a command that is none", "streams: {builders: {reviewedBy: qa}, qa: {agent: command}}", ["plan.noReviewer@1"]],
    ["an agent that is not there", "streams: {builders: {reviewedBy: qa}, qa: {agent: nope}}", ["plan.unknownAgent@1"]],
    ["no name", "streams: {builders: {reviewedBy: [a, b]}}", ["plan.badValue@1"]],
    [
      "anybody where there are no commits",
      "agent: judge\nstreams:\n  builders: {reviewedBy: reviewers}\nisolation: none",
      ["plan.badValue@3"],
    ],
  ])("is not reviewed by %s", (_, header, expected) => {
    const { plan, errors } = yaml(`${header}\n${TASK}`);
    expect(plan).toBeNull();
    expect(places(errors)).toEqual(expected);
  });

  it("is refused in pleach.yaml when nobody of that name could review", () => {
    const { errors } = parseConfig("streams:\n  builders:\n    reviewedBy: reviewer\n", "pleach.yaml");
    expect(places(errors)).toEqual(["plan.unknownStream@3"]);
    expect(errors[0]?.hint).toContain('"reviewers"');
  });

  it("does not keep a plan without isolation from running when only pleach.yaml says so of a stream it does not use", () => {
    const config = `${CONFIG}agent: basic\nstreams: {builders: {reviewedBy: reviewers}}\n`;
    const text = (stream: string) =>
      `isolation: none\nstreams: {ops: {}}\ntasks: [{id: t, run: x, stream: ${stream}}]\n`;
    expect(yaml(text("ops"), config).errors).toEqual([]);
    expect(places(yaml(text("builders"), config).errors)).toEqual(["plan.badValue@1"]);
  });
});

describe("agents that stand in for another one", () => {
  const workOf = (text: string, config = CONFIG) => valid(text, config).tasks[0]?.work;

  it("are named after it, by the task, its stream, the plan, pleach.yaml or a flag, and the nearest word counts whole", () => {
    const config = `${CONFIG}agent: [judge, claude]\nstreams: {builders: {agent: [basic, judge]}}\n`;
    const task = (more: string) => `tasks: [{id: t, instruction: do it, ${more}}]\n`;
    expect(workOf(task("agent: [claude, codex]"), config)).toMatchObject({ agent: "claude", fallback: ["codex"] });
    expect(workOf(task("agent: codex"), config)).not.toHaveProperty("fallback");
    expect(workOf(task("stream: builders"), config)).toMatchObject({ agent: "basic", fallback: ["judge"] });
    expect(workOf(task("stream: docs"), config)).toMatchObject({ agent: "judge", fallback: ["claude"] });
    expect(workOf(`streams: {builders: {agent: codex}}\n${task("stream: builders")}`, config)).toEqual({
      ...{ kind: "agent", agent: "codex", instruction: "do it" },
    });
    expect(workOf(`agent: [codex, claude]\n${task("stream: docs")}`, config)).toMatchObject({ fallback: ["claude"] });
  });

  it("are agents of the run like any other", () => {
    const plan = valid("tasks: [{id: t, instruction: do it, agent: [claude, gemini]}]\n");
    expect(plan.agents.map(({ name }) => name)).toContain("gemini");
  });

  it.each([
    ["nobody", "[claude, nobody]", "plan.unknownAgent@1"],
    ["the first one", "[claude, claude]", "plan.badValue@1"],
    ["nothing", "[]", "plan.badValue@1"],
    ["what follows a script", "[claude, scripted]", "plan.badValue@1"],
  ])("cannot be %s", (_who, agent, error) => {
    expect(places(yaml(`tasks: [{id: t, instruction: do it, agent: ${agent}}]\n`).errors)).toContain(error);
  });

  it("can read and judge, where they review", () => {
    const config = `${CONFIG}agent: basic\nstreams: {builders: {reviewedBy: reviewers}, reviewers: {agent: [judge, scripted]}}\n`;
    expect(places(yaml("tasks: [{id: t, run: x}]\n", config).errors)).toEqual(["plan.noReviewer@1"]);
  });
});

describe("a plan with a task that plans", () => {
  const PLANNING = "tasks: [{id: p, stream: planners, agent: basic, instruction: plan it, artifacts: [plan]}]\n";

  it("has the streams that its new tasks will be in, with the agents that these inherit", () => {
    const plan = valid(PLANNING, `${CONFIG}agent: judge\nstreams: {builders: {agent: basic}}\n`);
    expect(plan.streams.map(({ name, agent }) => [name, agent])).toEqual([
      ["builders", "basic"],
      ["planners", "judge"],
      ["reviewers", "judge"],
    ]);
    expect(plan.agents.map(({ name }) => name)).toEqual(["scripted", "basic", "judge"]);
  });

  it("lets that task change no file, unless it names some", () => {
    const scopeOf = (text: string) => valid(text).tasks[0]?.scope;
    expect(scopeOf(PLANNING)).toEqual([]);
    expect(scopeOf(PLANNING.replace("artifacts", "scope: [docs], artifacts"))).toEqual(["docs"]);
  });

  it("is known by the artifact, not by its stream", () => {
    const [task] = valid(PLANNING).tasks;
    expect(task && isPlanning(task)).toBe(true);
    expect(isPlanning({ artifacts: ["plans", "spec"] })).toBe(false);
  });
});
