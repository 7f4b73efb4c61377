/** A goal in words begins as a plan of one planning task, with all that its tasks will need. */
import { describe, expect, it } from "vitest";
import { extendPlan } from "../../src/plan/extend-plan.ts";
import { type AgentSpec, planOfGoal } from "../../src/plan/index.ts";
import { isPlanning } from "../../src/plan/planning.ts";
import { makeContext } from "./read-text.ts";

const CLAUDE: AgentSpec = { name: "claude", kind: "claude" };
const JUDGE = "agents: {judge: {kind: command, command: j}, maker: {kind: command, command: m}}\n";
const plan = (goal: string, configText = "", more: object = {}) =>
  planOfGoal(goal, { config: makeContext(configText).config, agent: CLAUDE, ...more });
const agentsOf = (made: ReturnType<typeof plan>) =>
  Object.fromEntries(made.streams.map(({ name, agent }) => [name, agent]));

describe("the plan of a goal", () => {
  it("is one task that plans, which may change no file and whose plan may be sent back twice", () => {
    const made = plan("Make the search faster");
    expect(made.tasks).toEqual([
      {
        id: "plan",
        title: "Plan: Make the search faster",
        stream: "planners",
        needs: [],
        prefers: [],
        uses: {},
        feeds: [],
        scope: [],
        work: { kind: "agent", agent: "claude", instruction: "Make the search faster" },
        gates: [],
        artifacts: ["plan"],
        retries: 2,
        timeoutMs: 1_800_000,
        onConflict: "rerun",
        continueOnError: false,
      },
    ]);
    expect(made.tasks.every(isPlanning)).toBe(true);
    expect(made.streams).toEqual([
      { name: "planners", concurrency: 4, restart: "transient", agent: "claude" },
      { name: "builders", concurrency: 4, restart: "transient", reviewedBy: "reviewers", agent: "claude" },
      { name: "reviewers", concurrency: 4, restart: "transient", agent: "claude" },
    ]);
    expect(made).toMatchObject({ goal: "Make the search faster", isolation: "worktree", budget: { mode: "soft" } });
    expect(made.agents).toEqual([CLAUDE, { name: "scripted", kind: "scripted" }]);
  });

  it("has the gates, resources, limits and agents of pleach.yaml", () => {
    const made = plan(
      "Do it well",
      `${JUDGE}gates: {test: x}\nresources: {db: 2}\nbudget: {usd: 3}\nbase: next\nstreams: {builders: {concurrency: 9}, qa: {}}\nconcurrency: 6\n`,
    );
    expect(made).toMatchObject({
      gates: [{ name: "test" }],
      resources: { db: 2 },
      budget: { usd: 3, mode: "soft" },
      base: "next",
      concurrency: 6,
    });
    expect(made.streams.map(({ name, concurrency }) => [name, concurrency])).toEqual([
      ["builders", 6],
      ["qa", 6],
      ["planners", 6],
      ["reviewers", 6],
    ]);
    expect(made.agents.map(({ name }) => name)).toEqual(["claude", "scripted", "judge", "maker"]);
    expect(plan("Do it well", "concurrency: 6\n", { concurrency: 2 }).concurrency).toBe(2);
  });

  it("leaves streams the agent of their own, unless the command line names one", () => {
    const config = `${JUDGE}agent: maker\nstreams: {reviewers: {agent: judge}}\n`;
    expect(agentsOf(plan("Do it well", config))).toEqual({
      reviewers: "judge",
      planners: "claude",
      builders: "claude",
    });
    expect(agentsOf(plan("Do it well", config, { overrides: true }))).toEqual({
      reviewers: "claude",
      planners: "claude",
      builders: "claude",
    });
  });

  it("keeps a reviewer that pleach.yaml names, and has none where there are no commits", () => {
    const reviewerOf = (made: ReturnType<typeof plan>) =>
      made.streams.find(({ name }) => name === "builders")?.reviewedBy;
    expect(reviewerOf(plan("Do it well", "streams: {builders: {reviewedBy: qa}, qa: {}}\n"))).toBe("qa");
    expect(reviewerOf(plan("Do it well", "isolation: none\n"))).toBeUndefined();
  });

  it("takes a long goal of several lines whole, and a line of it for the title", () => {
    const goal = `First \u202eline\n\n# Second\n${"word ".repeat(500)}`;
    const [task] = plan(goal).tasks;
    expect(task?.title).toMatch(/^Plan: First line # Second word .*…$/);
    expect(task?.title.length).toBeLessThan(70);
    expect(task?.work).toMatchObject({ instruction: goal.trim() });
  });

  it("says what is wrong with pleach.yaml for it", () => {
    expect(() => plan("Do it well", "streams: {reviewers: {agent: scripted}}\n")).toThrow(
      expect.objectContaining({ code: "plan.noReviewer", hint: expect.stringContaining("claude") }),
    );
    expect(() => plan("Do it well", "", { agent: { name: "scripted", kind: "scripted" } })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^plan\./) }),
    );
  });

  it("grows by what its planner writes", () => {
    const { config } = makeContext("gates: {test: x}\n");
    const begun = planOfGoal("Do it well", { config, agent: CLAUDE });
    const text = "## One\n\n```yaml task\ngates: [test]\nscope: [src/]\n```\n\nDo one.\n";
    const context = { file: "pleach-plan.md", root: "/", config, plan: begun, unstarted: new Set<string>() };
    expect(extendPlan(text, context)).toMatchObject({
      tasks: [{ id: "one", stream: "builders", work: { agent: "claude" } }],
      errors: [],
    });
  });
});
