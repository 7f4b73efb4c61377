/** Barrel of the agents room. */
export type {
  Agent,
  AgentContext,
  AgentExited,
  AgentOutcome,
  AgentReport,
  AgentRequest,
} from "./agent.ts";
export { startAgent } from "./start-agent.ts";
