/** Chooses the agent for a request by its work and its agent's kind. */

import type { AgentKind, AgentSpec } from "../../plan/model.ts";
import type { Agent, AgentContext, AgentOutcome, AgentRequest } from "./agent.ts";
import { commandAgent } from "./command/command-agent.ts";
import { recordedAgent } from "./recorded/recorded-agent.ts";
import { scriptedAgent } from "./scripted/scripted-agent.ts";

/** Starts whatever does this work, and resolves when it has ended and nothing of it is left. Never rejects. */
export function startAgent(request: AgentRequest, context: AgentContext): Promise<AgentOutcome> {
  const agent = chooseAgent(request);
  return typeof agent === "function" ? agent(request, context) : Promise.resolve(agent);
}

/**
 * Variables of the user that say where an agent of this kind keeps its login and configuration; no secrets. They are let
 * through without being named, so that an agent works with the login that its user has.
 */
export function ownVariables(kind: AgentKind | undefined): string[] {
  if (kind === "claude") return ["CLAUDE_CONFIG_DIR"];
  return kind === "codex" ? ["CODEX_HOME"] : [];
}

/** Whether such an agent gets all that there is to say of a task, and not its instruction alone, or nothing. */
export function readsPrompt({ kind, args = [] }: Pick<AgentSpec, "kind" | "args">): boolean {
  if (kind === "command") return args.some((arg) => arg.includes("{prompt}"));
  return kind !== "scripted" && kind !== "recorded";
}

function chooseAgent(request: AgentRequest): Agent | AgentOutcome {
  const { work, agent } = request;
  if (work.kind === "run") return commandAgent;
  if (agent === null) {
    return {
      kind: "notStarted",
      aborted: false,
      reason: `the agent ${JSON.stringify(work.agent)} is not defined`,
      hint: "Define it under `agents` in pleach.yaml, or name another one.",
    };
  }
  // Adapters are loaded when one is used: most runs use one kind, and a run of commands none.
  switch (agent.kind) {
    case "command":
      return commandAgent;
    case "scripted":
      return scriptedAgent;
    case "recorded":
      return recordedAgent;
    case "claude":
      return async (...attempt) => (await import("./claude/claude-agent.ts")).claudeAgent(...attempt);
    case "codex":
      return async (...attempt) => (await import("./codex/codex-agent.ts")).codexAgent(...attempt);
    case "acp":
      return async (...attempt) => (await import("./acp/acp-agent.ts")).acpAgent(...attempt);
  }
}
