/** `agent: claude` and `agent: [claude, codex]`: an agent, and those that stand in for it while it is not served. */
import { type Listed, type Read, readList, readName, refuse } from "./fields.ts";
import { quote } from "./issues.ts";
import type { AgentChoice } from "./model.ts";

/** The names as they were written, the first choice first; never empty. */
export type ListedChoice = readonly [Listed, ...Listed[]];

/** Reads one name, or a list of them in which none stands twice. */
export const readAgentChoice: Read<ListedChoice> = (field) => {
  if (field.value.kind !== "list") {
    const name = readName(field);
    return name === undefined ? undefined : [name];
  }
  const names = readList(readName)(field);
  const [first, ...others] = names ?? [];
  if (names !== undefined && first === undefined)
    return refuse(field, "is an empty list", "Name an agent, and after it those that stand in for it.");
  const twice = names?.find(({ text }, at) => names.findIndex((each) => each.text === text) !== at);
  if (twice !== undefined) return refuse(field, `names ${quote(twice.text)} twice`, "Name each agent once.");
  return first === undefined ? undefined : [first, ...others];
};

/** The choice that names stand for. */
export function choiceOf([first, ...others]: ListedChoice): AgentChoice {
  return toChoice([first.text, ...others.map(({ text }) => text)]);
}

/** The agents of a choice, the first choice first. */
export function agentsOf({ agent, fallback = [] }: AgentChoice): [string, ...string[]] {
  return [agent, ...fallback];
}

/** The choice that a flag names: one agent, or several with commas between them; a name said twice counts once. */
export function parseChoice(text: string): AgentChoice {
  const names = text.split(",").map((name) => name.trim());
  const [first = "", ...others] = new Set(names.length === 1 ? names : names.filter((name) => name !== ""));
  return toChoice([first, ...others]);
}

/** What of several words counts: that which is nearest, whole; undefined when nobody names an agent. */
export function firstChoice(...choices: (Partial<AgentChoice> | undefined)[]): AgentChoice | undefined {
  for (const each of choices) {
    if (each?.agent !== undefined) return toChoice(agentsOf({ ...each, agent: each.agent }));
  }
  return undefined;
}

function toChoice([agent, ...fallback]: readonly [string, ...string[]]): AgentChoice {
  return { agent, ...(fallback.length === 0 ? {} : { fallback }) };
}
