import type { AgentAdapter } from "../adapter.ts";

/** Plays a recorded session of another agent back. */
export const recorded: AgentAdapter<"recorded"> = {
  kind: "recorded",
  program: null,
  start: async (...attempt) => (await import("./recorded-agent.ts")).recordedAgent(...attempt),
  probe: null,
  ownVariables: [],
  services: [],
  projectFiles: [],
  takesAnyService: false,
  loginHint: null,
  readsPrompt: () => false,
  tools: "calls",
  abilities: {
    message: { cannot: "it plays back what was said once" },
    interrupt: { cannot: "it is ended by leaving off" },
    resume: { cannot: "it keeps no session" },
    usage: "live",
  },
  // It is a recording.
  isRecorded: false,
  window: null,
};
