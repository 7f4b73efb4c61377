/** Codex' program: where it comes from, how it is logged in, and how it is started. */
import type { AgentProgram } from "../adapter.ts";
import type { AgentRequest } from "../agent.ts";
import type { Program } from "../session.ts";

export const PROGRAM: AgentProgram = { name: "codex", install: "npm install -g @openai/codex" };
export const LOGIN_HINT = "Log in once with `codex login`, or set CODEX_API_KEY (it takes no OPENAI_API_KEY)";
/** The key that makes a login needless: `exec` finds it by itself, the app-server is told it. */
const KEY_VARIABLE = "CODEX_API_KEY";
/** What makes a login needless at all. */
export const LOGIN_KEYS = [KEY_VARIABLE, "CODEX_ACCESS_TOKEN"];
/** A login that is gone with the program, and leaves that of the user as it is. */
const OWN_LOGIN = ["-c", 'cli_auth_credentials_store="ephemeral"'];
/** Names the folder of its configuration and login. */
export const HOME_VARIABLE = "CODEX_HOME";
/** The variable in which Codex looks for the coordination tools' token; named in an argument, its value is not. */
const TOKEN_VARIABLE = "PLEACH_TOOLS_TOKEN";
/** What the coordination tools are called in the agent's eyes. */
export const TOOLS = "pleach";

const SERVER = `mcp_servers.${TOOLS}`;
/** Work ends with its turn: a goal would begin further turns by itself, for ever. */
const NO_GOALS = ["-c", "features.goals=false"];

/** The app-server with its arguments; what it works on, and where, it is told in its own protocol. */
export function serverProgramOf(request: AgentRequest): Program {
  const { command = PROGRAM.name, args = [] } = request.agent ?? {};
  return {
    file: command,
    args: ["app-server", ...NO_GOALS, ...(keyOf(request) === null ? [] : OWN_LOGIN), ...toolsOf(request), ...args],
    env: variablesOf(request),
  };
}

/** The key that it works with; null when it has none. */
export function keyOf({ agent, env }: Pick<AgentRequest, "agent" | "env">): string | null {
  return agent?.env?.[KEY_VARIABLE] || env[KEY_VARIABLE] || null;
}

/** `codex exec` for one turn with its arguments; the prompt is no argument. */
export function execProgramOf(request: AgentRequest, thread: string | null): Program {
  const { command = PROGRAM.name, args = [], model } = request.agent ?? {};
  return {
    file: command,
    args: [
      ...["exec", "--json", "--skip-git-repo-check", "--sandbox", sandboxOf(request)],
      ...(model === undefined ? [] : ["--model", model]),
      ...toolsOf(request),
      ...args,
      ...(thread === null ? ["-"] : ["resume", thread, "-"]),
    ],
    env: variablesOf(request),
  };
}

/** The name of the sandbox that it works in. */
export const sandboxOf = ({ agent }: AgentRequest): string => agent?.sandbox ?? "workspace-write";

function toolsOf({ tools }: AgentRequest): string[] {
  if (tools === null) return [];
  return [
    ...["-c", `${SERVER}.url=${JSON.stringify(tools.url)}`],
    ...["-c", `${SERVER}.bearer_token_env_var="${TOKEN_VARIABLE}"`],
    ...["-c", `${SERVER}.default_tools_approval_mode="approve"`],
  ];
}

function variablesOf({ agent, home, tools }: AgentRequest): Record<string, string> {
  const { home: whose = "user", env = {} } = agent ?? {};
  return {
    ...(whose === "run" ? { [HOME_VARIABLE]: home } : {}),
    ...(tools === null ? {} : { [TOKEN_VARIABLE]: tools.token }),
    ...env,
  };
}
