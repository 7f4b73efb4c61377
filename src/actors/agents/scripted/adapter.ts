import type { AgentAdapter } from "../adapter.ts";

/** Does what the task's script says. */
export const scripted: AgentAdapter<"scripted"> = {
  kind: "scripted",
  program: null,
  start: async (...attempt) => (await import("./scripted-agent.ts")).scriptedAgent(...attempt),
  probe: null,
  ownVariables: [],
  services: [],
  projectFiles: [],
  takesAnyService: false,
  loginHint: null,
  readsPrompt: () => false,
  tools: "none",
  abilities: {
    message: { cannot: "it only follows its script" },
    interrupt: { cannot: "it is ended by leaving off" },
    resume: { cannot: "it keeps no session" },
    usage: "live",
  },
  isRecorded: true,
  window: null,
};
