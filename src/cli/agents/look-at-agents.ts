/**
 * Looks at the programs of agents: where they are, and what they say of themselves. They are started with the variables
 * that they would have in a run, and asked nothing that costs; a few at once, each for a limited time. What only a
 * repository names is not started before the person agreed to it.
 */
import { join, sep } from "node:path";
import {
  type AgentKeys,
  adapterOf,
  factsOf,
  listAgentKeys,
  listUnasked,
  type Probed,
  probeAgent,
} from "../../actors/agents/index.ts";
import { findInstalledAgents, findOnPath } from "../../actors/agents/installed.ts";
import { workerEnvironment } from "../../actors/process/index.ts";
import { installedPath } from "../../actors/process/installed-path.ts";
import { localExecutor } from "../../actors/process/local-executor.ts";
import { messageOf, PleachError } from "../../errors.ts";
import { BUILTIN_AGENTS } from "../../plan/agent-kinds.ts";
import { CONFIG_FILE } from "../../plan/load-config.ts";
import type { AgentSpec, Variables } from "../../plan/model.ts";
import type { Place } from "../place.ts";
import { lookAtFiles } from "../trusted-files.ts";

/** Such programs take seconds to start on a slow machine. */
const TIMEOUT_MS = 20_000;
/** Looks at several programs of some hundred megabytes each. */
const HOW_MANY_AT_ONCE = 2;
/** Further programs of the same name that are asked for their version. */
const MAX_OTHERS = 3;

/** Who says how an agent is started. */
export type AgentSource = "pleach.yaml" | "config.yaml" | "ready";

export interface LookedAtAgent {
  spec: AgentSpec;
  source: AgentSource;
  /** Absolute paths of its programs on the PATH, the one that is started first. */
  files: readonly string[];
  /** Those behind the first that have another version, or none that they tell. */
  others: readonly { file: string; version: string | null }[];
  /** Null when it was not looked at: the person has not agreed to how it is started. */
  probed: Probed | null;
  keys: AgentKeys;
}

/** What is looked at: agents of the configuration, and of those that need no entry the installed ones. */
export function listAgents({ config, own, dir }: Place): { spec: AgentSpec; source: AgentSource }[] {
  const declared = config.defaults.agents ?? [];
  const owned = new Set(own.agents ?? []);
  const taken = new Set(declared.map(({ name }) => name));
  const named = declared
    .filter(({ kind }) => adapterOf(kind).probe !== null)
    .map((spec) => ({ spec, source: owned.has(spec) ? ("config.yaml" as const) : ("pleach.yaml" as const) }));
  const ready = findInstalledAgents(installedPath(process.env, dir))
    .filter(({ spec }) => !taken.has(spec.name))
    .map(({ spec }) => ({ spec, source: "ready" as const }));
  return [...named, ...ready];
}

/** Looks at all of them. */
export async function lookAtAgents(place: Place): Promise<LookedAtAgent[]> {
  const foreign = new Set(listUnagreed(place));
  const options = { cwd: place.dir, timeoutMs: TIMEOUT_MS };
  return fewAtOnce(listAgents(place), ({ spec, source }) =>
    lookAtAgent(spec, { ...options, source, mayStart: source !== "pleach.yaml" || !foreign.has(spec.name) }),
  );
}

/** Looks at agents that need no entry, by their names. */
export async function lookAtReady(names: readonly string[], cwd: string): Promise<LookedAtAgent[]> {
  const specs = BUILTIN_AGENTS.filter(({ name }) => names.includes(name));
  return fewAtOnce(specs, (spec) => lookAtAgent(spec, { cwd, timeoutMs: TIMEOUT_MS, source: "ready", mayStart: true }));
}

/** Agents of a pleach.yaml that the person did not agree to: their programs are not started, whatever for. */
export function listUnagreed(place: Place): string[] {
  const config = lookAtFiles(place, []).files.find(({ path }) => path === CONFIG_FILE);
  if (config === undefined || config.isTrusted) return [];
  return config.powers.flatMap(({ key }) => (key.startsWith("agents.") ? [key.slice("agents.".length)] : []));
}

interface LookOptions {
  /** Where relative commands begin, absolute. */
  cwd: string;
  timeoutMs: number;
  source: AgentSource;
  mayStart: boolean;
}

async function lookAtAgent(spec: AgentSpec, options: LookOptions): Promise<LookedAtAgent> {
  const { cwd, source, mayStart } = options;
  const files = findOnPath(factsOf(spec).command, spec.env?.PATH ?? installedPath(process.env, cwd));
  const environment = environmentFor(spec, cwd);
  const keys = environment.kind === "made" ? listAgentKeys(spec, environment.env, process.env) : NO_KEYS;
  const probed = mayStart ? await probe(spec, options) : null;
  const others = mayStart && probed?.kind === "found" ? await findOthers(spec, files, options) : [];
  return { spec, source, files, probed, others, keys };
}

const NO_KEYS: AgentKeys = { passed: [], heldBack: [] };

/** Asks the programs that the first one hides. */
async function findOthers(
  spec: AgentSpec,
  files: readonly string[],
  options: LookOptions,
): Promise<LookedAtAgent["others"]> {
  if (files.length < 2) return [];
  const named = files.slice(0, MAX_OTHERS + 1);
  const versions: (string | null)[] = [];
  for (const file of named) {
    const found = await probe({ ...spec, kind: "command", command: file }, options);
    versions.push(found.kind === "found" ? found.version : null);
  }
  const [first] = versions;
  return named.slice(1).flatMap((file, at) => {
    const version = versions[at + 1] ?? null;
    return version !== null && version === first ? [] : [{ file, version }];
  });
}

/** Asks one program. Never rejects. */
export async function probe(spec: AgentSpec, { cwd, timeoutMs, forAll }: ProbeOptions): Promise<Probed> {
  const environment = environmentFor(spec, cwd, forAll);
  if (environment.kind === "wrong") return { kind: "missing", reason: environment.why, hint: environment.hint };
  const { env } = environment;
  try {
    return await probeAgent(inPlace(spec, cwd), { executor: localExecutor, env, timeoutMs });
  } catch (thrown) {
    return { kind: "missing", reason: messageOf(thrown), hint: hintOf(thrown) };
  }
}

interface ProbeOptions {
  cwd: string;
  timeoutMs: number;
  /** Variables of all commands of a run. */
  forAll?: Variables;
}

/** It is asked in another folder than the one where its command begins. */
function inPlace(spec: AgentSpec, cwd: string): AgentSpec {
  const { command } = spec;
  return command?.includes(sep) && !command.startsWith(sep) ? { ...spec, command: join(cwd, command) } : spec;
}

type MadeEnvironment = { kind: "made"; env: Record<string, string> } | { kind: "wrong"; why: string; hint: string };

/** The environment that an agent would have in a run, but for what the run itself says. */
export function environmentFor(spec: AgentSpec, cwd: string, forAll: Variables = {}): MadeEnvironment {
  // A repository's own program of that name is not the one that the person installed.
  const parent = { ...process.env, PATH: installedPath(process.env, cwd) };
  try {
    const env = workerEnvironment({
      parent,
      pass: [...listUnasked(spec, parent, forAll), ...(forAll.pass ?? []), ...(spec.pass ?? [])],
      set: { ...forAll.env, ...spec.env },
      isAgent: true,
      worker: { run: "doctor", task: "doctor", stream: "doctor" },
    });
    return { kind: "made", env };
  } catch (thrown) {
    return { kind: "wrong", why: messageOf(thrown), hint: hintOf(thrown) };
  }
}

const hintOf = (thrown: unknown): string =>
  (thrown instanceof PleachError && thrown.hint) || "set this right, then look again";

/** Does this for all items, a few at once; results are in the order of the items. */
export async function fewAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: HOW_MANY_AT_ONCE }, worker));
  return results;
}
