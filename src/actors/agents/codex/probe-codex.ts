/** Looks at Codex: its version, and what it says of its login. */
import type { AgentSpec } from "../../../plan/model.ts";
import { type Ask, askVersion, type Probed } from "../probed.ts";
import { PROGRAM } from "./program.ts";

/** Probes an agent of kind `codex`. */
export async function probeCodex({ command = PROGRAM.name }: AgentSpec, ask: Ask): Promise<Probed> {
  const found = await askVersion(command, ask);
  if (found.kind === "missing") return found;
  return { ...found, ...(await greet(command, ask)) };
}

async function greet(command: string, ask: Ask): Promise<{ answers: boolean; login: "yes" | "no" | null }> {
  let isAnswer = false;
  const hear = (line: string): void => {
    isAnswer ||= /logged in/i.test(line);
  };
  const ended = await ask({ file: command, args: ["login", "status"] }, (conversation) => ({
    begin: () => conversation.give(""),
    hear,
    complain: hear,
  }));
  const isLoggedIn = ended.kind === "exited" && ended.code === 0;
  return { answers: isAnswer, login: isAnswer ? (isLoggedIn ? "yes" : "no") : null };
}
