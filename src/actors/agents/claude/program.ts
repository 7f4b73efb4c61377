/** Claude Code's program: where it comes from, how it is logged in, and how it is started. */
import type { AgentProgram } from "../adapter.ts";
import type { AgentRequest } from "../agent.ts";
import type { Program } from "../session.ts";
import { REFUSED_TOOLS } from "./tools.ts";

export const PROGRAM: AgentProgram = { name: "claude", install: "npm install -g @anthropic-ai/claude-code" };
export const LOGIN_HINT = "Log in once with `claude`, or set ANTHROPIC_API_KEY";
/** Names the folder of its configuration and login. */
export const HOME_VARIABLE = "CLAUDE_CONFIG_DIR";
/** What it tells its maker is the person's choice here, too. */
export const OWN_VARIABLES = [
  HOME_VARIABLE,
  ...["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING"],
  // How often it asks a service again that fails.
  "CLAUDE_CODE_MAX_RETRIES",
];
/** What the coordination tools are called in the agent's eyes. */
export const TOOLS = "pleach";

/** The program with its arguments. The prompt is no argument, and no secret is one. */
export function programOf({ agent, session, home }: AgentRequest, toolsConfig: string | null): Program {
  const { command = PROGRAM.name, args = [], model, home: whose = "user", env = {} } = agent ?? {};
  const own = whose === "run" ? { [HOME_VARIABLE]: home } : {};
  return {
    file: command,
    args: [
      "--print",
      ...["--disallowedTools", ...Object.keys(REFUSED_TOOLS)],
      ...(toolsConfig === null ? [] : ["--allowedTools", `mcp__${TOOLS}`, "--mcp-config", toolsConfig]),
      // Pieces of an answer say what it cost when it ends, which its messages do not.
      ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose", "--include-partial-messages"],
      ...["--permission-prompt-tool", "stdio"],
      ...(model === undefined ? [] : ["--model", model]),
      ...(session === null ? [] : ["--resume", session]),
      ...args,
    ],
    // Many at a time, and in the middle of work: no moment for an update. And it is to say when it has nothing more to do.
    env: { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1", ...own, ...env },
  };
}
