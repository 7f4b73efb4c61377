/** Agents that need no entry, since their programs are known: each is the entry that a person would have written. */
import { ACP_PROGRAMS } from "../agent-programs.ts";
import type { AgentSpec } from "./model.ts";

/** One for each program that speaks ACP and is known. */
export const READY_AGENTS: readonly AgentSpec[] = ACP_PROGRAMS.map(({ agent, command, args, env }) => ({
  name: agent,
  kind: "acp",
  command,
  args: [...args],
  ...(env === undefined ? {} : { env: { ...env } }),
}));

/**
 * What an entry of such a name says, with what it leaves to what is known: as long as it names no program of its own, its
 * arguments come after those that the program needs, and its variables over them.
 */
export function completeReady(name: string, entry: Partial<AgentSpec>): Partial<AgentSpec> {
  const ready = READY_AGENTS.find((each) => each.name === name);
  if (ready === undefined || entry.command !== undefined) return entry;
  if (entry.kind !== undefined && entry.kind !== ready.kind) return entry;
  const args = [...(ready.args ?? []), ...(entry.args ?? [])];
  const env = { ...ready.env, ...entry.env };
  return { ...ready, ...entry, args, ...(Object.keys(env).length === 0 ? {} : { env }) };
}
