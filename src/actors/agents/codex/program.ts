/** Codex' program: where it comes from, how it is logged in, and how it is started. */
import type { AgentProgram } from "../adapter.ts";
import type { AgentRequest } from "../agent.ts";
import type { Program } from "../session.ts";

export const PROGRAM: AgentProgram = { name: "codex", install: "npm install -g @openai/codex" };
export const LOGIN_HINT = "Log in once with `codex login`, or set CODEX_API_KEY";
/** Names the folder of its configuration and login. */
export const HOME_VARIABLE = "CODEX_HOME";
/** The variable in which Codex looks for the coordination tools' token; named in an argument, its value is not. */
const TOKEN_VARIABLE = "PLEACH_TOOLS_TOKEN";

/** The program of one turn with its arguments; the prompt is no argument. */
export function programOf({ agent, home, tools }: AgentRequest, thread: string | null): Program {
  const {
    command = PROGRAM.name,
    args = [],
    model,
    sandbox = "workspace-write",
    home: whose = "user",
    env = {},
  } = agent ?? {};
  const server = "mcp_servers.pleach";
  return {
    file: command,
    args: [
      ...["exec", "--json", "--skip-git-repo-check", "--sandbox", sandbox],
      ...(model === undefined ? [] : ["--model", model]),
      ...(tools === null
        ? []
        : [
            ...["-c", `${server}.url=${JSON.stringify(tools.url)}`],
            ...["-c", `${server}.bearer_token_env_var="${TOKEN_VARIABLE}"`],
            ...["-c", `${server}.default_tools_approval_mode="approve"`],
          ]),
      ...args,
      ...(thread === null ? ["-"] : ["resume", thread, "-"]),
    ],
    env: {
      ...(whose === "run" ? { [HOME_VARIABLE]: home } : {}),
      ...(tools === null ? {} : { [TOKEN_VARIABLE]: tools.token }),
      ...env,
    },
  };
}
