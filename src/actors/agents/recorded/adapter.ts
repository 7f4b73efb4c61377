import type { AgentAdapter } from "../adapter.ts";

/** Plays a recorded session of another agent back. */
export const recorded: AgentAdapter<"recorded"> = {
  kind: "recorded",
  program: null,
  start: async (...attempt) => (await import("./recorded-agent.ts")).recordedAgent(...attempt),
  probe: null,
  ownVariables: [],
  loginHint: null,
  readsPrompt: () => false,
  tools: "calls",
  hearsMessages: false,
  // It is a recording.
  isRecorded: false,
  window: null,
};
