/** Barrel of the agents room. */
export type {
  Agent,
  AgentContext,
  AgentExited,
  AgentFailure,
  AgentOutcome,
  AgentReport,
  AgentRequest,
  PermissionAnswer,
  PermissionRequest,
} from "./agent.ts";
export { loginHint } from "./api-failure.ts";
export { type Probed, probeAgent } from "./probe.ts";
export { ownVariables, startAgent } from "./start-agent.ts";
