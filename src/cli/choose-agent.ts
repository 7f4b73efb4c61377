/** Which agent carries out a goal, and whether it is there: asked before anything is started. */
import { findInstalledAgents, listPreferred } from "../actors/agents/installed.ts";
import { factsOf } from "../actors/agents/program-facts.ts";
import { listAdapters } from "../actors/agents/registry.ts";
import { PleachError } from "../errors.ts";
import { firstChoice, parseChoice } from "../plan/agent-choice.ts";
import {
  type AgentSpec,
  BUILTIN_AGENTS,
  explainUnfit,
  PLANNERS,
  type Plan,
  type ProjectConfig,
} from "../plan/index.ts";
import { isThere } from "./missing-agents.ts";

/** The agent of a goal, and those that stand in for it. */
export interface GoalAgents {
  agent: AgentSpec;
  fallback: string[];
}

/**
 * The agents of a goal: those that was asked for, else that of pleach.yaml, else that of its planners, else the first that
 * is installed; `wanted` may name several with commas between them. Throws `usage.noAgent` when there is none, `plan.unknownAgent` for a name that nobody has.
 */
export function chooseAgent(config: ProjectConfig, wanted: string | undefined, path: string | undefined): GoalAgents {
  const planners = config.defaults.streams?.find(({ name }) => name === PLANNERS);
  const [installed] = listPreferred(findInstalledAgents(path));
  const flag = wanted === undefined ? undefined : parseChoice(wanted);
  const choice = firstChoice(flag, config, planners, { ...(installed === undefined ? {} : { agent: installed }) });
  const declared = config.defaults.agents ?? [];
  if (choice === undefined) {
    const [first] = declared;
    const or = first ? `name one of pleach.yaml (--agent ${first.name})` : "declare one in pleach.yaml under `agents`";
    const known = listAdapters().flatMap(({ program }) => (program === null ? [] : [program.install]));
    const install = `install one (${known.join(", or ")})`;
    throw new PleachError("usage.noAgent", "there is no agent to plan with", { hint: `${install}, or ${or}` });
  }
  const known = [...declared, ...BUILTIN_AGENTS];
  const find = (name: string): AgentSpec => {
    const agent = known.find((each) => each.name === name);
    if (agent === undefined)
      throw new PleachError("plan.unknownAgent", `there is no agent ${JSON.stringify(name)}`, {
        hint: `name one of: ${known.map((each) => each.name).join(", ")}`,
      });
    checkPlanner(agent);
    return agent;
  };
  for (const name of choice.fallback ?? []) find(name);
  return { agent: find(choice.agent), fallback: choice.fallback ?? [] };
}

/** Throws `usage.noAgent` when an agent that a goal's plan relies on is not installed, or cannot plan. */
export function checkAgents(plan: Plan, path: string | undefined): void {
  const agentOf = new Map(plan.agents.map((agent) => [agent.name, agent]));
  for (const { name: stream, agent: name } of plan.streams) {
    const agent = agentOf.get(name ?? "");
    if (agent === undefined) continue;
    if (stream === PLANNERS) checkPlanner(agent);
    const { command, install } = factsOf(agent);
    if (command === null || isThere(command, agent.env?.PATH ?? plan.env?.PATH ?? path)) continue;
    const message = `the agent ${JSON.stringify(agent.name)} of the stream ${stream} is not installed: no program ${command}`;
    const how = install === null ? "install it" : `install it (${install})`;
    throw new PleachError("usage.noAgent", message, {
      hint: `${how}, or name another one with --agent or in pleach.yaml`,
    });
  }
}

function checkPlanner(agent: AgentSpec): void {
  const why = explainUnfit(agent);
  if (why === null) return;
  throw new PleachError("usage.noAgent", `the agent ${JSON.stringify(agent.name)} cannot plan: ${why}`, {
    hint: "name another one with --agent or in pleach.yaml",
  });
}
