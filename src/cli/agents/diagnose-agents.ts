/** What `pleach doctor` says of agents: a line for each that the configuration names or that is installed, one for the others. */

import { factsOf } from "../../actors/agents/index.ts";
import { BUILTIN_AGENTS } from "../../plan/agent-kinds.ts";
import type { Check } from "../diagnose.ts";
import type { Place } from "../place.ts";
import { diagnoseBudget } from "./diagnose-budget.ts";
import { judgeAgent } from "./judge-agent.ts";
import { lookAtAgents, lookAtReady } from "./look-at-agents.ts";

export async function diagnoseAgents(place: Place): Promise<Check[]> {
  const looked = await lookAtAgents(place);
  const named = new Set(looked.map(({ spec }) => spec.name));
  const missing = BUILTIN_AGENTS.filter((spec) => factsOf(spec).command !== null && !named.has(spec.name));
  const checks = [
    ...looked.map(judgeAgent),
    ...diagnoseBudget(
      place.config.defaults.budget,
      looked.map(({ spec }) => spec),
    ),
  ];
  if (missing.length === 0) return checks;
  const message = `not installed: ${missing.map(({ name }) => name).join(", ")} (pleach agents --all tells where they come from)`;
  return [...checks, { name: "agents", status: "ok", message, hint: null }];
}

/** Of installed agents, what speaks against giving them work now, a line each; those that can work are left out. */
export async function findUnready(names: readonly string[], dir: string): Promise<Map<string, string>> {
  const unready = new Map<string, string>();
  for (const looked of await lookAtReady(names, dir)) {
    const { status, message, hint } = judgeAgent(looked);
    if (status !== "ok") unready.set(looked.spec.name, hint === null ? message : `${message}: ${hint}`);
  }
  return unready;
}
