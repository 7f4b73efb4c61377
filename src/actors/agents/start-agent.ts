/** Starts the agent of a request by its work and its agent's kind. */
import { type AgentContext, type AgentOutcome, type AgentRequest, notStarted } from "./agent.ts";
import { ADAPTERS, adapterOf } from "./registry.ts";

/** Starts whatever does this work, and resolves when it has ended and nothing of it is left. Never rejects. */
export async function startAgent(request: AgentRequest, context: AgentContext): Promise<AgentOutcome> {
  const { work, agent } = request;
  if (work.kind === "run") return ADAPTERS.command.start(request, context);
  if (agent !== null) return adapterOf(agent.kind).start(request, context);
  const reason = `the agent ${JSON.stringify(work.agent)} is not defined`;
  return notStarted(reason, "Define it under `agents` in pleach.yaml, or name another one.");
}
