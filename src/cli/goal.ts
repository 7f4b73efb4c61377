/** A goal in words on the command line: told apart from the name of a plan, made a plan, and asked about once. */
import { statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { PleachError } from "../errors.ts";
import { DEFAULT_STREAM, PLANNERS, type Plan, planOfGoal } from "../plan/index.ts";
import { checkAgents, chooseAgent } from "./choose-agent.ts";
import { badConfig, type Place } from "./place.ts";
import { brief, line } from "./words.ts";

const PLAN_SUFFIXES = new Set([".md", ".markdown", ".yaml", ".yml", ".json"]);

/**
 * Whether what was given is a goal: several words that name no file. Throws `usage.noPlanner` for one word that names no
 * file and looks like no name of a plan: it is rather a mistake than a goal.
 */
export function isGoal(dir: string, given: string): boolean {
  const path = resolve(dir, given);
  const isOneWord = !/\s/.test(given.trim());
  const isPath = /^(?:\.{0,2}\/|~\/)/.test(given) || (isOneWord && PLAN_SUFFIXES.has(extname(path).toLowerCase()));
  if (isPath || isThere(path)) return false;
  if (!isOneWord) return true;
  throw new PleachError("usage.noPlanner", `there is no plan ${JSON.stringify(given)}, and one word is no goal`, {
    hint: 'name the file of a plan (pleach run plan.md), or say the goal in several words (pleach run "make it faster")',
  });
}

/** Many a goal is too long for a name, which is one more way of not being there. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Throws `usage.goal` for a goal where only a plan will do. */
export function refuseGoal(dir: string, given: string): void {
  if (!isGoal(dir, given)) return;
  throw new PleachError("usage.goal", "there is no plan to check yet: a goal is planned when it is run", {
    hint: `run it: pleach run ${JSON.stringify(given)}; or check the file of a plan: pleach plan check plan.md`,
  });
}

/** The plan that a goal begins with. Throws what is wrong with pleach.yaml or with its agents. */
export function readGoal(
  place: Place,
  goal: string,
  options: { agent?: string; concurrency?: number },
  path: string | undefined,
): Plan {
  const { config } = place;
  if (place.errors.length > 0) throw badConfig(place);
  const { agent, fallback } = chooseAgent(config, options.agent, path);
  const plan = planOfGoal(goal, {
    config,
    agent,
    ...(fallback.length === 0 ? {} : { fallback }),
    overrides: options.agent !== undefined,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
  checkAgents(plan, path);
  return plan;
}

/** What will be done for a goal, for a person to agree to. */
export function describeGoal(plan: Plan): string {
  const agentOf = (name: string): string => {
    const { agent = "", fallback = [] } = plan.streams.find((stream) => stream.name === name) ?? {};
    return line([agent, ...fallback].join(", or "));
  };
  const reviewers = plan.streams.find(({ name }) => name === DEFAULT_STREAM)?.reviewedBy;
  const reviewed =
    reviewers === undefined ? "" : `, and ${agentOf(reviewers)} (${line(reviewers)}) reviews each change`;
  const gates = plan.gates.map(({ name }) => line(name)).join(", ");
  const where =
    plan.isolation === "worktree"
      ? "in worktrees, merged into a branch of the run; your files stay as they are until pleach ship"
      : "in this folder, without branches";
  return [
    `goal: ${brief(plan.goal)}`,
    `  plan     ${agentOf(PLANNERS)} plans it; tasks start while it plans, ${plan.concurrency} at once`,
    `  work     ${agentOf(DEFAULT_STREAM)} does them${reviewed}`,
    `  where    ${where}`,
    `  gates    ${gates || "none: name your tests under `gates` in pleach.yaml to have every result checked"}`,
    `  budget   ${budgetOf(plan)}`,
    "",
  ].join("\n");
}

function budgetOf({ budget }: Plan): string {
  const limits = [
    ...(budget.usd === undefined ? [] : [`${budget.usd} USD`]),
    ...(budget.tokens === undefined ? [] : [`${budget.tokens} tokens`]),
  ];
  return limits.length === 0 ? "no limit (`budget` in pleach.yaml sets one)" : `${limits.join(", ")} (${budget.mode})`;
}
