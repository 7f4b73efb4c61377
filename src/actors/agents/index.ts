/** Barrel of the agents room. */
export type {
  Agent,
  AgentContext,
  AgentExited,
  AgentFailure,
  AgentOutcome,
  AgentReport,
  AgentRequest,
  AgentTools,
  PermissionAnswer,
  PermissionRequest,
} from "./agent.ts";
export { startAgent } from "./start-agent.ts";
