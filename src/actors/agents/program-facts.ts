/** What is known of the program of an agent, whoever knows it (the adapter of its kind, or the row of the program), and what it gets. */
import { isAbsolute } from "node:path";
import type { ServiceName } from "../../agent-programs.ts";
import type { AgentSpec, Variables } from "../../plan/model.ts";
import type { Abilities } from "./adapter.ts";
import { adapterOf } from "./registry.ts";
import { belongsTo, listKeys, listServiceVariables, looksLikeService } from "./service-variables.ts";

export interface ProgramFacts {
  /** What is started; null when nothing is. */
  command: string | null;
  install: string | null;
  loginHint: string | null;
  ownVariables: readonly string[];
  services: readonly ServiceName[];
  takesAnyService: boolean;
  projectFiles: readonly string[];
  /** When it says what it used; an object says why it never does. */
  usage: Abilities["usage"];
}

export function factsOf(spec: AgentSpec): ProgramFacts {
  const { about, program, abilities, ...adapter } = adapterOf(spec.kind);
  const { loginHint, ownVariables, services, takesAnyService, projectFiles } = adapter;
  const { usage } = abilities;
  const command = spec.command ?? program?.name ?? null;
  const install = spec.command === undefined ? (program?.install ?? null) : null;
  const row = about?.(spec) ?? { install, loginHint, ownVariables, services, takesAnyService, projectFiles, usage };
  // A file of the repository is no installed program, whatever it is called: it gets no key unasked.
  const isBrought = command?.includes("/") && !isAbsolute(command);
  return { ...row, command, ...(isBrought ? { services: [], takesAnyService: true } : {}) };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Names of the variables of `parent` that this agent gets unasked. Those of its services stay behind where the entry, or
 * what is said for all, sets the address of one: it is not known whose keys are meant for there.
 */
export function listUnasked(spec: AgentSpec, parent: Environment, forAll: Variables = {}): string[] {
  const { ownVariables, services } = factsOf(spec);
  const set = { ...forAll.env, ...spec.env };
  if (listServiceVariables(services, set).some(isAddress)) return [...ownVariables];
  const names = listServiceVariables(services, { ...parent, ...set });
  return [...ownVariables, ...names.filter((name) => parent[name])];
}

const isAddress = (name: string): boolean => /_(?:BASE_URL|API_BASE|ENDPOINT|HOST|UNIX_SOCKET)$/.test(name);

/** What an agent's login stands and falls with. */
export interface AgentKeys {
  /** Names of what it gets that makes a login needless. */
  passed: string[];
  /** Names of what looks as if it needed it, is set, and stays behind. */
  heldBack: string[];
}

/** `env` is what the agent would have, `parent` what the person has. */
export function listAgentKeys(spec: AgentSpec, env: Environment, parent: Environment): AgentKeys {
  const { command, services, takesAnyService } = factsOf(spec);
  if (command === null) return { passed: [], heldBack: [] };
  const heldBack = Object.keys(parent).filter(
    (name) => parent[name] && !env[name] && looksLikeService(name) && (takesAnyService || belongsTo(services, name)),
  );
  const { loginKeys } = adapterOf(spec.kind);
  const passed = listKeys(services, env).filter((name) => loginKeys?.includes(name) ?? true);
  return { passed, heldBack: heldBack.sort() };
}
