import type { AgentAdapter } from "../adapter.ts";
import { askVersion } from "../probed.ts";
import { commandAgent } from "./command-agent.ts";

/** Any program that gets the instruction; also what runs the commands of tasks, which name no agent. */
export const command: AgentAdapter<"command"> = {
  kind: "command",
  program: null,
  // Not lazily: nearly every run starts commands.
  start: commandAgent,
  async probe({ command: file = "" }, ask) {
    const found = await askVersion(file, ask);
    if (found.kind === "missing") return found;
    return { kind: "found", version: found.version, answers: found.isOk, login: null };
  },
  ownVariables: [],
  loginHint: null,
  readsPrompt: ({ args = [] }) => args.some((arg) => arg.includes("{prompt}")),
  tools: "environment",
  hearsMessages: false,
  isRecorded: true,
  window: null,
};
