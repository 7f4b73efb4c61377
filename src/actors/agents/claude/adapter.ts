import { type AgentAdapter, USUAL_WINDOW, withHome } from "../adapter.ts";
import { HOME_VARIABLE, LOGIN_HINT, OWN_VARIABLES, PROGRAM } from "./program.ts";

/** Claude Code. */
export const claude: AgentAdapter<"claude"> = {
  kind: "claude",
  program: PROGRAM,
  start: async (...attempt) => (await import("./claude-agent.ts")).claudeAgent(...attempt),
  probe: async (spec, ask) => (await import("./probe-claude.ts")).probeClaude(spec, ask),
  ownVariables: OWN_VARIABLES,
  services: ["anthropic", "bedrock", "vertex", "foundry"],
  projectFiles: [".claude"],
  takesAnyService: false,
  loginHint: LOGIN_HINT,
  readsPrompt: () => true,
  tools: "mcp",
  openSession: (spec, session, home) =>
    withHome(spec, { variable: HOME_VARIABLE, home, command: [spec.command ?? "claude", "--resume", session] }),
  abilities: { message: "atOnce", interrupt: true, resume: true, usage: "live" },
  isRecorded: true,
  window: USUAL_WINDOW,
};
