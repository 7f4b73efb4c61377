import type { AgentAdapter } from "../adapter.ts";

/** Does what the task's script says. */
export const scripted: AgentAdapter<"scripted"> = {
  kind: "scripted",
  program: null,
  start: async (...attempt) => (await import("./scripted-agent.ts")).scriptedAgent(...attempt),
  probe: null,
  ownVariables: [],
  loginHint: null,
  readsPrompt: () => false,
  tools: "none",
  hearsMessages: false,
  isRecorded: true,
  window: null,
};
