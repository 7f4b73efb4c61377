/** The answer to a text for an agent that hears none: nobody is at work there, or its kind does not listen. */
import type { CommandAnswer } from "../../protocol/commands.ts";
import { listAdapters } from "../agents/index.ts";

/** Names the kinds that do listen. */
export function refuseMessage(task: string): CommandAnswer {
  const kinds = listAdapters().flatMap(({ kind, abilities }) => (typeof abilities.message === "string" ? [kind] : []));
  const names = new Intl.ListFormat("en-GB").format(kinds);
  const hint = `only an agent that is at work and listens can be told something: ${names} do`;
  return { ok: false, code: "run.notListening", message: `no agent of ${task} listens`, hint };
}
