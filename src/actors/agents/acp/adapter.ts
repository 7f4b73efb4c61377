import { type AgentAdapter, USUAL_WINDOW } from "../adapter.ts";
import { acpProgramOf, LOGIN_HINT } from "./program.ts";

/** Whatever speaks the Agent Client Protocol. No variable is common to such agents. */
export const acp: AgentAdapter<"acp"> = {
  kind: "acp",
  program: null,
  start: async (...attempt) => (await import("./acp-agent.ts")).acpAgent(...attempt),
  probe: async (...asked) => (await import("./probe-acp.ts")).probeAcp(...asked),
  ownVariables: [],
  services: [],
  projectFiles: [],
  takesAnyService: true,
  about: acpProgramOf,
  loginHint: LOGIN_HINT,
  readsPrompt: () => true,
  tools: "mcp",
  abilities: { message: "nextTurn", interrupt: true, resume: true, usage: "turn" },
  listsAllModels: true,
  isRecorded: true,
  window: USUAL_WINDOW,
};
