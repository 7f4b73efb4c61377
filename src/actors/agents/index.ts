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
export { loginHint } from "./api-failure.ts";
export { type Probed, probeAgent } from "./probe.ts";
export { MAX_PATCH_BYTES, PATCH_SUFFIX, RECORDING_SUFFIX, Recorder } from "./recorded/recording.ts";
export { ownVariables, readsPrompt, startAgent } from "./start-agent.ts";
