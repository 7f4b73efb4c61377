import { type AgentAdapter, USUAL_WINDOW, withHome } from "../adapter.ts";
import { HOME_VARIABLE, LOGIN_HINT, LOGIN_KEYS, PROGRAM } from "./program.ts";

/** Codex. */
export const codex: AgentAdapter<"codex"> = {
  kind: "codex",
  program: PROGRAM,
  start: async (...attempt) => (await import("./codex-agent.ts")).codexAgent(...attempt),
  probe: async (spec, ask) => (await import("./probe-codex.ts")).probeCodex(spec, ask),
  ownVariables: [HOME_VARIABLE],
  services: ["openai"],
  projectFiles: [".codex"],
  takesAnyService: true,
  loginKeys: LOGIN_KEYS,
  loginHint: LOGIN_HINT,
  readsPrompt: () => true,
  tools: "mcp",
  // By its app-server; what an older version cannot, it says in its transcript.
  openSession: (spec, session, home) =>
    withHome(spec, { variable: HOME_VARIABLE, home, command: [spec.command ?? "codex", "resume", session] }),
  abilities: { message: "atOnce", interrupt: true, resume: true, usage: "live" },
  hasSandbox: true,
  isRecorded: true,
  window: USUAL_WINDOW,
};
