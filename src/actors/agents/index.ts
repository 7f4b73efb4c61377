/** Barrel of the agents room. */
export type { AgentAdapter } from "./adapter.ts";
export type {
  Agent,
  AgentContext,
  AgentExited,
  AgentOutcome,
  AgentReport,
  AgentRequest,
  AgentTools,
  PermissionAnswer,
  PermissionRequest,
} from "./agent.ts";
export { adviseLogin } from "./api-failure.ts";
export { probeAgent } from "./probe-agent.ts";
export type { Probed } from "./probed.ts";
export { type AgentKeys, factsOf, listAgentKeys, listUnasked } from "./program-facts.ts";
export { MAX_PATCH_BYTES, PATCH_SUFFIX, RECORDING_SUFFIX, Recorder } from "./recorded/recording.ts";
export { adapterOf } from "./registry.ts";
export { startAgent } from "./start-agent.ts";
