/** A program that is an agent by its name alone, where an entry starts it as any program. Pure. */
import { basename } from "node:path";
import { adapterOf, factsOf } from "../../actors/agents/index.ts";
import { BUILTIN_AGENTS } from "../../plan/agent-kinds.ts";
import type { AgentSpec } from "../../plan/model.ts";

/** The name of the agent that does more with the same program; null where there is none. */
export function findBetter({ kind, command }: AgentSpec): string | null {
  if (command === undefined || adapterOf(kind).hidesProgram !== true) return null;
  return BUILTIN_AGENTS.find((spec) => factsOf(spec).command === basename(command))?.name ?? null;
}

/** One line, for who names such an entry. */
export function adviseBetter({ name, command = "" }: AgentSpec, better: string): string {
  return (
    `the agent ${name} starts ${command} as a command: nothing is known of what it is denied, costs or fails at; ` +
    `the agent ${better} starts the same program, needs no entry, and tells all that`
  );
}
