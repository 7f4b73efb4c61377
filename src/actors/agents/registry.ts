/** All kinds of agents. One that `AgentKind` names and this list lacks does not compile. */
import type { AgentKind } from "../../plan/model.ts";
import { acp } from "./acp/adapter.ts";
import type { AgentAdapter } from "./adapter.ts";
import { claude } from "./claude/adapter.ts";
import { codex } from "./codex/adapter.ts";
import { command } from "./command/adapter.ts";
import { recorded } from "./recorded/adapter.ts";
import { scripted } from "./scripted/adapter.ts";

/** In the order in which they are looked for and listed. */
export const ADAPTERS: { readonly [Kind in AgentKind]: AgentAdapter<Kind> } = {
  claude,
  codex,
  acp,
  command,
  scripted,
  recorded,
};

/** The adapter of a kind. */
export function adapterOf(kind: AgentKind): AgentAdapter {
  return ADAPTERS[kind];
}

/** All adapters, in order. */
export function listAdapters(): AgentAdapter[] {
  return Object.values(ADAPTERS);
}
