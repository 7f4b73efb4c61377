/** Goals are told apart from names of plans, and made plans, without starting anything. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localEngine } from "../../src/actors/control/local-engine.ts";
import { describeGoal, isGoal, readGoal, refuseGoal } from "../../src/cli/goal.ts";
import type { Place } from "../../src/cli/place.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

const dir = makeTempFolder("goal", "file");
writeFileSync(join(dir, "my plan.md"), "");
writeFileSync(join(dir, "plan"), "");
mkdirSync(join(dir, "a folder"));

/** A program that is there: one that is not could carry out no goal. */
const PROGRAM = JSON.stringify(process.execPath);
const MINE = `agents: {mine: {kind: command, command: ${PROGRAM}}}\nagent: mine\n`;
const placeOf = (configText: string): Place => ({
  ...{ dir, root: dir, engine: localEngine, isRepository: true, trouble: null, own: {} },
  ...parseConfig(configText, "pleach.yaml"),
  text: configText,
  withheld: [],
});
const describeAt = (configText: string, goal = "make it faster") =>
  describeGoal(readGoal(placeOf(configText), goal, {}, ""));

describe("what is given to run", () => {
  it.each([
    "make it faster",
    "fix the typos in README.md",
    "two\nlines",
    "see https://example.org/issue for more",
    `go on ${"and on ".repeat(5000)}`,
    "a goal/with a slash",
    "with \0 in it",
  ])("is a goal when it is words that name no file: %j", (given) => {
    expect(isGoal(dir, given)).toBe(true);
  });

  it.each([
    "my plan.md",
    "plan",
    "a folder",
    "missing.md",
    "deep/missing.YAML",
    "./no such plan",
    "/no such plan",
    ".",
  ])("is a plan when it is there, or looks like the name of one: %j", (given) => {
    expect(isGoal(dir, given)).toBe(false);
  });

  it.each(["faster", "  faster ", "src/missing", " "])("is neither when it is one word without a file: %j", (given) => {
    const wanted = { code: "usage.noPlanner", hint: expect.stringMatching(/plan\.md.*"make it faster"/) };
    expect(() => isGoal(dir, given)).toThrow(expect.objectContaining(wanted));
  });

  it("cannot be checked when it is a goal", () => {
    const wanted = { code: "usage.goal", hint: expect.stringContaining('pleach run "make it faster"') };
    expect(() => refuseGoal(dir, "make it faster")).toThrow(expect.objectContaining(wanted));
    expect(() => refuseGoal(dir, "plan")).not.toThrow();
  });
});

describe("what will be done for a goal", () => {
  it("is told with its agents, gates, limits, and where", () => {
    const told = describeAt(
      `${MINE}gates: {test: x, lint: y}\nbudget: {usd: 3, tokens: 5000, mode: hard}\nconcurrency: 2\n`,
    );
    expect(told).toBe(`goal: make it faster
  plan     mine plans it; tasks start while it plans, 2 at once
  work     mine does them, and mine (reviewers) reviews each change
  where    in worktrees, merged into a branch of the run; your files stay as they are until pleach ship
  gates    test, lint
  budget   3 USD, 5000 tokens (hard)
`);
  });

  it("is told without reviews, gates and limits where there are none, and says how to have them", () => {
    const told = describeAt(`${MINE}isolation: none\n`);
    expect(told).toContain("mine does them\n");
    expect(told).toContain("in this folder, without branches");
    expect(told).toContain("`gates` in pleach.yaml");
    expect(told).toContain("no limit (`budget` in pleach.yaml sets one)");
  });

  it("is told on safe lines, whatever the goal says", () => {
    expect(describeAt(MINE, "one\u001b[2J\ntwo \u202ethree")).toMatch(/^goal: one two three\n/);
  });
});

describe("the plan of a goal on the command line", () => {
  it("is refused for every mistake of pleach.yaml at once", () => {
    const place = placeOf("streams: {builders: {reviewedBy: nobody}}\nagent: none\n");
    expect(() => readGoal(place, "make it faster", {}, "")).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ line: 1 }), expect.objectContaining({ line: 2 })] }),
    );
  });

  it("is carried out by the agent and the number at once that were asked for", () => {
    const config = `agents: {a: {kind: command, command: x}, b: {kind: command, command: ${PROGRAM}}}\nagent: a\n`;
    const plan = readGoal(placeOf(config), "make it faster", { agent: "b", concurrency: 7 }, "");
    expect(plan.streams.map(({ agent, concurrency }) => [agent, concurrency])).toEqual(Array(3).fill(["b", 7]));
  });
});
