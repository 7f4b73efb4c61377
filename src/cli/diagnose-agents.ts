/**
 * What `pleach doctor` says of agents: those that pleach.yaml names, and of the well-known ones whether they are there.
 * The programs are started, with the variables that they would have in a run, and asked nothing that costs.
 */
import { adapterOf, adviseLogin, listAdapters, type Probed, probeAgent } from "../actors/agents/index.ts";
import { workerEnvironment } from "../actors/process/index.ts";
import { installedPath } from "../actors/process/installed-path.ts";
import { localExecutor } from "../actors/process/local-executor.ts";
import { messageOf, PleachError } from "../errors.ts";
import { CONFIG_FILE } from "../plan/load-config.ts";
import type { AgentKind, AgentSpec } from "../plan/model.ts";
import type { Check } from "./diagnose.ts";
import type { Place } from "./place.ts";
import { lookAtFiles } from "./trusted-files.ts";

/** Such programs take seconds to start on a slow machine. */
const TIMEOUT_MS = 20_000;
/** Looks at several programs of some hundred megabytes each. */
const HOW_MANY_AT_ONCE = 2;

/** One check for each agent of pleach.yaml that has a program, and one for the well-known ones that it does not name. */
export async function diagnoseAgents(place: Place): Promise<Check[]> {
  const all = (place.config.defaults.agents ?? []).filter(({ kind }) => adapterOf(kind).probe !== null);
  const foreign = new Set(listUnagreed(place));
  const named = all.filter(({ name }) => !foreign.has(name));
  const others = listAdapters()
    .filter(({ kind, program }) => program !== null && !all.some((each) => each.kind === kind))
    .map(({ kind }): AgentSpec => ({ name: kind, kind }));
  const looked = [...named, ...others];
  const found: Probed[] = [];
  for (let at = 0; at < looked.length; at += HOW_MANY_AT_ONCE) {
    const batch = looked.slice(at, at + HOW_MANY_AT_ONCE);
    found.push(...(await Promise.all(batch.map((spec) => probe(spec, place.dir)))));
  }
  const checks = [
    ...named.map((spec, at): Check => judge(spec, found[at] as Probed)),
    ...all.filter(({ name }) => foreign.has(name)).map(leaveAlone),
  ];
  if (others.length === 0) return checks;
  const words = others.map((spec, at) => describe(spec, found[named.length + at] as Probed));
  return [...checks, { name: "agents", status: "ok", message: `not in pleach.yaml: ${words.join("; ")}`, hint: null }];
}

/** Of installed agents, what speaks against giving them work now, a line each; those that can work are left out. */
export async function findUnready(kinds: readonly AgentKind[], dir: string): Promise<Map<AgentKind, string>> {
  const unready = new Map<AgentKind, string>();
  for (const kind of kinds) {
    const spec = { name: kind, kind };
    const { status, message, hint } = judge(spec, await probe(spec, dir));
    if (status !== "ok") unready.set(kind, hint === null ? message : `${message}: ${hint}`);
  }
  return unready;
}

/** Agents of a pleach.yaml that the person did not agree to: their programs are not started, whatever for. */
function listUnagreed(place: Place): string[] {
  const config = lookAtFiles(place, []).files.find(({ path }) => path === CONFIG_FILE);
  if (config === undefined || config.isTrusted) return [];
  return config.powers.flatMap(({ key }) => (key.startsWith("agents.") ? [key.slice("agents.".length)] : []));
}

function leaveAlone({ name }: AgentSpec): Check {
  const message = `${name} is not looked at: pleach.yaml says how it is started, and you have not agreed to that`;
  return { name: `agent ${name}`, status: "warn", message, hint: "read it with pleach trust, then: pleach trust give" };
}

async function probe(spec: AgentSpec, cwd: string): Promise<Probed> {
  try {
    const env = workerEnvironment({
      // A repository's own program of that name is not the one that the person installed.
      parent: { ...process.env, PATH: installedPath(process.env, cwd) },
      pass: [...adapterOf(spec.kind).ownVariables, ...(spec.pass ?? [])],
      ...(spec.env === undefined ? {} : { set: spec.env }),
      worker: { run: "doctor", task: "doctor", stream: "doctor" },
    });
    return await probeAgent(spec, { executor: localExecutor, env, cwd, timeoutMs: TIMEOUT_MS });
  } catch (thrown) {
    const hint = (thrown instanceof PleachError && thrown.hint) || "set this right, then look again";
    return { kind: "missing", reason: messageOf(thrown), hint };
  }
}

function judge(spec: AgentSpec, probed: Probed): Check {
  const name = `agent ${spec.name}`;
  const message = describe(spec, probed);
  const { program, loginHint } = adapterOf(spec.kind);
  if (probed.kind === "missing") return { name, status: "warn", message, hint: probed.hint };
  if (!probed.answers) {
    const hint = `run ${spec.command ?? program?.name ?? spec.name} by hand and see what it says; its version may be too old`;
    return { name, status: "warn", message, hint };
  }
  // With a folder of its own for each run it has another login, or a key.
  if (probed.login === "no" && spec.home !== "run" && loginHint !== null)
    return {
      name,
      status: "warn",
      message,
      hint: `${adviseLogin({ name: spec.name, loginHint })} Not needed when its model service asks for none.`,
    };
  return { name, status: "ok", message, hint: null };
}

function describe({ name, command }: AgentSpec, probed: Probed): string {
  if (probed.kind === "missing") return `${name} is not installed (${probed.reason})`;
  const { version, answers, login } = probed;
  const words = [
    version ?? `${command ?? name}, which names no version`,
    answers ? "answers" : "does not answer",
    ...(login === null ? [] : [login === "yes" ? "logged in" : "not logged in"]),
  ];
  return `${name}: ${words.join(", ")}`;
}
