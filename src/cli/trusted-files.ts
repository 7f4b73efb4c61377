/**
 * Files of a repository that may make something run, or lead out of it, beside the person's agreement to them: pleach.yaml,
 * and what agents are told of their roles. Looked at once; who goes on by them goes on by what was looked at.
 */
import { adapterOf } from "../actors/agents/registry.ts";
import { homeFolder, stateFolder } from "../actors/control/state-folder.ts";
import { digestOf, openTrustStore, type TrustedBy, type TrustedFile } from "../actors/control/trust-store.ts";
import { listOwnRoles, ownRoleFile, readOwnRole } from "../actors/prompt/roles.ts";
import { messageOf, PleachError } from "../errors.ts";
import { agentsOf } from "../plan/agent-choice.ts";
import { listPlanPowers } from "../plan/list-powers.ts";
import { CONFIG_FILE, loadConfig } from "../plan/load-config.ts";
import type { Plan, Power } from "../plan/model.ts";
import { isPlanning } from "../plan/planning.ts";
import { areAgreed, joinAgreed } from "./agreed-powers.ts";
import { countPowers } from "./leads-out.ts";
import type { Place } from "./place.ts";
import { INCLUDE_FILE, powersOfIncluded } from "./worktree-include.ts";

export interface LookedAt {
  /** Relative to the root. */
  path: string;
  sha256: string;
  /** Never empty. */
  powers: readonly Power[];
  /** What was agreed to of a file of this name; it is `trusted` when that is this one, or could do all that this one can. */
  known: TrustedFile | undefined;
  isTrusted: boolean;
}

/** What of a place needs the person's agreement. */
export interface NeedsTrust {
  files: readonly LookedAt[];
  /** The repository's own roles, by stream. */
  roles: Readonly<Record<string, string | null>>;
}

export const store = () => openTrustStore(stateFolder(process.env));

/** A run whose log came with the repository, and what it would carry out. */
export interface BroughtRun {
  /** Its folder, relative to the root. */
  path: string;
  plan: Plan;
}

/** Looks at pleach.yaml, the roles of these streams, and a run that was brought; what can do nothing is left out. */
export function lookAtFiles(
  { root, text, powers, included }: Place,
  streams: readonly string[],
  brought: BroughtRun | null = null,
): NeedsTrust {
  const known = new Map(
    store()
      .read(root)
      .map((file) => [file.path, file]),
  );
  const look = (path: string, content: string, does: readonly Power[]): LookedAt => {
    const [before, sha256] = [known.get(path), digestOf(content)];
    const isTrusted = before !== undefined && (before.sha256 === sha256 || areAgreed(does, before.powers));
    return { path, sha256, powers: does, known: before, isTrusted };
  };
  const roles = Object.fromEntries(streams.map((stream) => [stream, readOwnRole(root, stream)]));
  const told = Object.entries(roles).flatMap(([stream, role]) =>
    role === null || role.trim() === "" ? [] : [look(ownRoleFile(stream), role, [{ key: "role", text: role }])],
  );
  const config = text === null || powers.length === 0 ? [] : [look(CONFIG_FILE, text, powers)];
  const run = brought === null ? [] : [look(brought.path, JSON.stringify(brought.plan), listPlanPowers(brought.plan))];
  const does = included == null ? [] : powersOfIncluded(included);
  const copied = included == null || does.length === 0 ? [] : [look(INCLUDE_FILE, included.text, does)];
  return { files: [...config, ...copied, ...told, ...run], roles };
}

/** Streams whose agents are told of their role in a run of this plan. */
export function streamsOfAgents({ tasks, streams, agents }: Plan): string[] {
  const readers = new Set(agents.filter((agent) => adapterOf(agent.kind).readsPrompt(agent)).map(({ name }) => name));
  const works = tasks.some(({ work }) => work.kind === "agent" && agentsOf(work).some((name) => readers.has(name)));
  const used = new Set(tasks.map(({ stream }) => stream));
  const reviews = streams.some(({ name, reviewedBy }) => reviewedBy !== undefined && used.has(name));
  return works || reviews || tasks.some(isPlanning) ? streams.map(({ name }) => name) : [];
}

/** Whether a run of this plan needs no agreement that the person has not given. */
export const isAgreed = (place: Place, plan: Plan): boolean =>
  lookAtFiles(place, streamsOfAgents(plan)).files.every(({ isTrusted }) => isTrusted);

/** Everything of a repository that may ever need agreement, whatever is run. */
export const lookAtAll = (place: Place): NeedsTrust => lookAtFiles(place, listOwnRoles(place.root));

/** Keeps that the person agreed to these as they are. Throws when nothing can be kept, and to a worker of a run. */
export function keepTrust(
  root: string,
  files: readonly Pick<LookedAt, "path" | "sha256" | "powers">[],
  by: TrustedBy,
): void {
  // Whatever an agent does in its task, what the next run may do is not its to decide.
  if (process.env.PLEACH_RUN)
    throw new PleachError("trust.worker", "a worker of a run cannot agree for the person", {
      hint: "ask the person to type it: pleach trust give",
    });
  const at = Date.now();
  const before = new Map(
    store()
      .read(root)
      .map((file) => [file.path, file.powers]),
  );
  store().give(
    root,
    files.map(({ path, sha256, powers }) => {
      return { path, sha256, by, at, powers: joinAgreed(powers, before.get(path) ?? []) };
    }),
  );
}

/**
 * Keeps that this user's `pleach init` wrote the pleach.yaml that lies at this root now, so that it is not asked about. To be
 * called right after it was written. Where nothing can be kept, that is told, and a run asks.
 */
export async function trustWritten(root: string): Promise<void> {
  const { text, powers } = await loadConfig(root);
  const counted = countPowers(powers, root, homeFolder(process.env));
  if (text === null) return;
  try {
    const file = { path: CONFIG_FILE, sha256: digestOf(text), powers: counted };
    keepTrust(root, [file], "init");
  } catch (thrown) {
    process.stderr.write(`note: that this pleach.yaml is yours could not be kept (${messageOf(thrown)}): runs ask\n`);
  }
}
