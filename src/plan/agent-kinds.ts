/**
 * What a plan has to know of the kinds of agents: the key that an entry cannot do without, whether the kind's name is an
 * agent without any entry, and whether it only follows a script. How an agent is started is known where it is started.
 */
import type { AgentKind, AgentSpec } from "./model.ts";
import { READY_AGENTS } from "./ready-agents.ts";

interface KindRules {
  /** The key that an entry of pleach.yaml must have, and what it holds; null: there is none. */
  required: { key: "command" | "from"; holds: string } | null;
  /** An agent that is called by the kind needs no entry. */
  isBuiltin: boolean;
  /** It does what the task's `script` says, and has no judgement. */
  followsScript: boolean;
  /** Whether it works with an account of a service, whose limits are those of all that use it. */
  hasAccount: boolean;
}

const COMMAND = { key: "command", holds: "the program to start" } as const;
const FROM = { key: "from", holds: "the id of a run, or a folder of sessions" } as const;

/** Every kind, in the order in which messages list them. */
export const KIND_RULES: Readonly<Record<AgentKind, KindRules>> = {
  claude: { required: null, isBuiltin: true, followsScript: false, hasAccount: true },
  codex: { required: null, isBuiltin: true, followsScript: false, hasAccount: true },
  acp: { required: COMMAND, isBuiltin: false, followsScript: false, hasAccount: true },
  command: { required: COMMAND, isBuiltin: true, followsScript: false, hasAccount: false },
  scripted: { required: null, isBuiltin: true, followsScript: true, hasAccount: false },
  recorded: { required: FROM, isBuiltin: false, followsScript: false, hasAccount: false },
};

/** The names of all kinds. */
export const AGENT_KINDS = Object.keys(KIND_RULES) as readonly AgentKind[];

/** Agents that need no entry in pleach.yaml: those that are called by their kind, and those whose program is known. */
export const BUILTIN_AGENTS: readonly AgentSpec[] = [
  ...AGENT_KINDS.filter((kind) => KIND_RULES[kind].isBuiltin).map((kind) => ({ name: kind, kind })),
  ...READY_AGENTS,
];

/** Whether an agent does nothing but what a task's `script` says. */
export function followsScript({ kind }: AgentSpec): boolean {
  return KIND_RULES[kind].followsScript;
}

/** Why an agent can neither plan nor review; null when it can. */
export function explainUnfit(agent: AgentSpec): string | null {
  const { required } = KIND_RULES[agent.kind];
  if (followsScript(agent)) return "it only follows a script";
  return required !== null && !agent[required.key] ? `it has no ${required.key}` : null;
}

/** How an agent whose name is a kind is declared; undefined for other names. */
export function hintOfKind(name: string): string | undefined {
  const kind = AGENT_KINDS.find((each) => each === name);
  if (kind === undefined) return undefined;
  const { required } = KIND_RULES[kind];
  const entry = required === null ? `kind: ${kind}` : `${required.key}: …`;
  return `Declare it in pleach.yaml: agents: {${kind}: {${entry}}}.`;
}
