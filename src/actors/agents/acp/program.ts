/** The program of an agent that speaks ACP: whatever its entry names. */
import { basename } from "node:path";
import { ACP_PROGRAMS, type AcpProgram } from "../../../agent-programs.ts";
import type { AgentSpec } from "../../../plan/model.ts";
import type { AgentRequest } from "../agent.ts";
import type { Program } from "../session.ts";

/** Of a program that is not known. */
export const LOGIN_HINT = "Log in once with the agent's own program, or name its key under `pass`";

/** What is known of the program that an entry starts, by the name of its file. */
export function acpProgramOf({ command = "" }: Pick<AgentSpec, "command">): AcpProgram | undefined {
  return ACP_PROGRAMS.find((program) => program.command === basename(command));
}

/** What costs calls of the model and is read by nobody here: a guess at what a person would say next. */
const QUIET = { CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: "false" };

/** How its user logs this agent in. */
export const loginHintOf = ({ agent }: Pick<AgentRequest, "agent">): string =>
  (agent === null ? undefined : acpProgramOf(agent)?.loginHint) ?? LOGIN_HINT;

/** The program with its arguments. */
export function programOf({ agent, home, env: given }: Pick<AgentRequest, "agent" | "home" | "env">): Program {
  const { command = "", args = [], env = {}, home: whose = "user" } = agent ?? {};
  // No variable is common to all agents: their home is the user's home, and what XDG says of it.
  const own = whose === "run" ? { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_STATE_HOME: home } : {};
  const quiet = Object.entries(QUIET).filter(([name]) => given[name] === undefined);
  return { file: command, args, env: { ...Object.fromEntries(quiet), ...own, ...env } };
}
