import type { AgentAdapter } from "../adapter.ts";
import { askVersion } from "../probed.ts";
import { commandAgent } from "./command-agent.ts";

/** Any program that gets the instruction; also what runs the commands of tasks, which name no agent. */
export const command: AgentAdapter<"command"> = {
  kind: "command",
  program: null,
  // Not lazily: nearly every run starts commands.
  start: commandAgent,
  probe: ({ command: file = "" }, ask) => askVersion(file, ask),
  ownVariables: [],
  services: [],
  projectFiles: [],
  takesAnyService: true,
  loginHint: null,
  readsPrompt: ({ args = [] }) => args.some((arg) => arg.includes("{prompt}")),
  tools: "environment",
  abilities: {
    message: { cannot: "nothing is known of what it reads while it works" },
    interrupt: { cannot: "it is ended by a signal" },
    resume: { cannot: "it keeps no session" },
    usage: { cannot: "it has no way to say what it used" },
  },
  hidesProgram: true,
  isRecorded: true,
  window: null,
};
