/** What docs/goals.md shows is read by the program without a complaint, and its limits are the program's. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isBlocking, parseReview } from "../../src/actors/prompt/review-answer.ts";
import { MAX_TASKS_A_TEXT, planOfGoal } from "../../src/plan/index.ts";
import { parsePlan } from "../../src/plan/load-plan.ts";
import { MAX_PLANNED_TASKS } from "../../src/plan/planning.ts";
import { parseConfig } from "../../src/plan/read-config.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TEXT = readFileSync(new URL("../../docs/goals.md", import.meta.url), "utf8");
const blocks = [...TEXT.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, content = ""]) => ({ kind, content }));

describe("docs/goals.md", () => {
  const [plan, config, review] = blocks;

  it("shows a plan that leaves a part open, a pleach.yaml and a review, each without mistakes", () => {
    expect(blocks.map(({ kind }) => kind)).toEqual(["yaml", "yaml", "json"]);
    const parsed = parseConfig(config?.content ?? "", "pleach.yaml");
    expect([...parsed.errors, ...parsed.warnings]).toEqual([]);
    const empty = parseConfig("", "pleach.yaml").config;
    const read = parsePlan(plan?.content ?? "", { root: ROOT, config: empty, file: "plan.yaml", format: "yaml" });
    expect({ errors: read.errors, warnings: read.warnings }).toEqual({ errors: [], warnings: [] });
    const goal = planOfGoal("Do it well", { config: parsed.config, agent: { name: "claude", kind: "claude" } });
    expect(goal.streams.map(({ name, agent, reviewedBy }) => [name, agent, reviewedBy])).toEqual([
      ["planners", "claude", undefined],
      ["builders", "codex", "reviewers"],
      ["reviewers", "claude", undefined],
    ]);
    const answer = parseReview(review?.content ?? "");
    expect(answer.kind === "ok" && isBlocking(answer.review)).toBe(true);
  });

  it("says the limits as they are", () => {
    expect(TEXT).toContain(`${MAX_TASKS_A_TEXT} tasks in one file, or ${MAX_PLANNED_TASKS} in a run`);
  });
});
