/** The plan that a goal in words begins with: one task that plans, and the streams that its tasks will be in. Pure. */

import { PleachError } from "../errors.ts";
import type { ListedChoice } from "./agent-choice.ts";
import { assemblePlan } from "./assemble.ts";
import { DEFAULT_STREAM, PLANNERS, REVIEWERS } from "./defaults.ts";
import { IssueList } from "./issues.ts";
import type { AgentSpec, Plan, ProjectConfig, Task } from "./model.ts";
import type { RawStream, RawTask } from "./raw.ts";

/** Attempts after the first: what was wrong with a plan goes back to its planner. */
const PLANNING_RETRIES = 2;
const MAX_TITLE_CHARS = 60;

export interface GoalContext {
  config: ProjectConfig;
  /** Works in every stream that has no agent of its own. */
  agent: AgentSpec;
  /** Agents that stand in for it. */
  fallback?: string[];
  /** Whether the agent works in the streams that have their own, too (`--agent`). */
  overrides?: boolean;
  concurrency?: number;
}

/**
 * The plan of a goal: planners, builders whose changes the reviewers review, and what pleach.yaml says of gates, limits
 * and agents. Throws the first thing wrong with that as a PleachError.
 */
export function planOfGoal(goal: string, { config, agent, fallback = [], overrides, concurrency }: GoalContext): Plan {
  const issues = new IssueList("the goal");
  const { defaults } = config;
  const agents = (defaults.agents ?? []).filter(({ name }) => name !== agent.name);
  const others = fallback.map((text) => ({ text, line: 1 }));
  const choice: ListedChoice = [{ text: agent.name, line: 1 }, ...others];
  const raw = {
    file: issues.file,
    goal: goal.trim(),
    header: { streams: streamsOf(config), agent: choice },
    tasks: [planningTask(goal, issues.file)],
  };
  const context = {
    config: { ...config, defaults: { ...defaults, agents: [...agents, agent] } },
    ...(overrides ? { agent: [agent.name, ...fallback].join(",") } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
  const plan = assemblePlan(raw, context, issues);
  const [first] = issues.close().errors;
  if (plan === null || first !== undefined) {
    throw new PleachError(first?.code ?? "plan.invalid", first?.message ?? "the goal makes no plan", {
      ...(first === undefined ? {} : { hint: first.hint }),
    });
  }
  // A goal has no file that messages could point to.
  return { ...plan, tasks: plan.tasks.map(({ at: _at, ...task }): Task => task) };
}

/** The streams that a goal needs besides those of pleach.yaml; who reviews the builders may be said there. */
function streamsOf({ defaults }: ProjectConfig): RawStream[] {
  const builders = defaults.streams?.find(({ name }) => name === DEFAULT_STREAM);
  const isReviewed = builders?.reviewedBy === undefined && defaults.isolation !== "none";
  return [
    { name: PLANNERS, line: 1 },
    { name: DEFAULT_STREAM, line: 1, ...(isReviewed ? { reviewedBy: { text: REVIEWERS, line: 1 } } : {}) },
    { name: REVIEWERS, line: 1 },
  ];
}

function planningTask(goal: string, file: string): RawTask {
  return {
    ...{ file, line: 1, id: { text: "plan", line: 1 }, title: `Plan: ${shorten(goal)}` },
    ...{ needs: [], prefers: [], uses: [], feeds: [], gates: [] },
    stream: { text: PLANNERS, line: 1 },
    scope: [],
    instruction: goal.trim(),
    artifacts: ["plan"],
    retries: PLANNING_RETRIES,
  };
}

function shorten(goal: string): string {
  const line = goal.replace(/[\s\p{C}]+/gu, " ").trim();
  return line.length <= MAX_TITLE_CHARS ? line : `${line.slice(0, MAX_TITLE_CHARS - 1).trimEnd()}…`;
}
