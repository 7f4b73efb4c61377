/**
 * What all worktrees of a repository share with the user's checkout, at one moment: refs, the stash, settings, hooks; but what
 * is of our branches, and what a fetch brings, which a worker may. A worker can change it behind the runtime's back; two
 * snapshots tell what changed.
 */
import { createHash } from "node:crypto";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { git, gitText } from "./git.ts";
import { OWN_REFS, ownBranchPrefixes } from "./refs.ts";
import { isObjectId, type Repository } from "./repository.ts";

/** What is watched, each by its name: `HEAD`, `ref refs/tags/v1`, `config core.bare`, `hook pre-push`, `stash <commit>`. */
export interface SharedSnapshot {
  /** Name -> commit, JSON of a setting's values, hash of a file, or message of an entry of the stash. */
  values: ReadonlyMap<string, string>;
  /** Hooks and files of settings, whole. */
  files: ReadonlyMap<string, SharedFile>;
  /** Entries of the stash, the oldest first. */
  stash: readonly StashEntry[];
}

export type SharedFile = { link: string } | { bytes: Buffer; mode: number };

export interface StashEntry {
  commit: string;
  message: string;
}

export interface SharedChange {
  name: string;
  /** Null when it did not exist. */
  before: string | null;
  after: string | null;
}

/** More than any hook has. */
const MAX_BYTES = 64 * 1024 * 1024;
const OTHER_FILES = ["info/attributes", "info/grafts", "objects/info/alternates"];
/** The settings of all worktrees, and those of the checkout alone. */
export const CONFIG_FILES = ["config", "config.worktree"] as const;

/** The person's own settings, by the names that their changes go by; git reads the first that is set, else both. */
export function userConfigs(env: NodeJS.ProcessEnv = process.env): { name: "global" | "global.xdg"; path: string }[] {
  const { GIT_CONFIG_GLOBAL: named, XDG_CONFIG_HOME: config, HOME: home } = env;
  if (named !== undefined) return named === "" ? [] : [{ name: "global", path: named }];
  const xdg = config || (home ? join(home, ".config") : "");
  return [
    ...(home ? [{ name: "global" as const, path: join(home, ".gitconfig") }] : []),
    ...(xdg ? [{ name: "global.xdg" as const, path: join(xdg, "git", "config") }] : []),
  ];
}

/** Variables by which git works though a setting says that there is no working tree, or another. */
export function settled({ gitDir, root }: Repository): Record<string, string> {
  return { GIT_DIR: gitDir, GIT_WORK_TREE: root };
}

/** Takes it all down. */
export async function snapshotShared(repo: Repository): Promise<SharedSnapshot> {
  const values = new Map<string, string>();
  const files = new Map<string, SharedFile>();
  const [refs, head, hooks, stash] = await Promise.all([
    gitText(repo.root, ["for-each-ref", "--format=%(refname) %(objectname)"], { env: settled(repo) }),
    readUntrustedFile(join(repo.gitDir, "HEAD"), { maxBytes: 4096 }),
    readdir(join(repo.commonDir, "hooks")).catch(() => []),
    readStash(repo),
  ]);
  const at = head.kind === "read" ? /^ref: ([^\n]+)/.exec(head.bytes.toString("utf8"))?.[1] : undefined;
  values.set("HEAD", at ?? "(detached)");
  for (const line of refs.split("\n")) {
    const [name = "", value = ""] = line.split(" ");
    if (name !== "" && name !== "refs/stash" && !isOurs(name) && !isFetched(name)) values.set(`ref ${name}`, value);
  }
  for (const { commit, message } of stash) values.set(`stash ${commit}`, message);
  for (const file of CONFIG_FILES) {
    for (const [key, all] of await readSettings(repo, file)) {
      if (!isOfOurs(key)) values.set(`${file} ${key}`, JSON.stringify(all));
    }
    const whole = await readShared(configFile(repo, file));
    if (whole !== null) files.set(file, whole);
  }
  for (const { name, path } of userConfigs()) {
    for (const [key, all] of await readConfig(repo, path)) values.set(`${name} ${key}`, JSON.stringify(all));
  }
  for (const hook of hooks.filter((name) => !name.endsWith(".sample"))) {
    const found = await readShared(join(repo.commonDir, "hooks", hook));
    if (found === null) continue;
    files.set(`hook ${hook}`, found);
    values.set(`hook ${hook}`, "link" in found ? `-> ${found.link}` : `${found.mode.toString(8)} ${hash(found.bytes)}`);
  }
  for (const file of OTHER_FILES) {
    const read = await readUntrustedFile(join(repo.commonDir, file), { maxBytes: MAX_BYTES });
    if (read.kind === "read") values.set(`file ${file}`, hash(read.bytes));
  }
  return { values, files, stash };
}

/** What differs between two snapshots, sorted by name. */
export function compareShared(before: SharedSnapshot, after: SharedSnapshot): SharedChange[] {
  const [old, now] = [before.values, after.values];
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, before: old.get(name) ?? null, after: now.get(name) ?? null }));
}

/** Where settings of a repository are. */
export function configFile({ commonDir, gitDir }: Repository, file: (typeof CONFIG_FILES)[number]): string {
  return join(file === "config" ? commonDir : gitDir, file);
}

type Settings = Map<string, (string | null)[]>;

/** What was read, by the file's identity: git writes a new file for each change. */
const readBefore = new Map<string, { identity: string; settings: Settings }>();

/**
 * Settings of one file: key -> values, null for one without. A file by which git does nothing more has the one key
 * `(unreadable)`.
 */
export function readSettings(repo: Repository, file: (typeof CONFIG_FILES)[number]): Promise<Settings> {
  return readConfig(repo, configFile(repo, file));
}

async function readConfig(repo: Repository, path: string): Promise<Settings> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (found === null) return new Map();
  const identity = `${found.ino} ${found.size} ${found.ctimeNs}`;
  const before = readBefore.get(path);
  if (before?.identity === identity) return before.settings;
  const settings = await listSettings(repo, path);
  readBefore.set(path, { identity, settings });
  return settings;
}

async function listSettings(repo: Repository, path: string): Promise<Settings> {
  const args = ["config", "-z", "--no-includes", "--file", path, "--list"];
  const { code, stdout } = await git(repo.root, args, { env: settled(repo), codes: [0, 1, 3, 128] });
  // git may be able to read them, and refuse to work by them.
  const works = { env: settled(repo), codes: [0, 128] };
  if (code !== 0 || (await git(repo.root, ["rev-parse", "--git-dir"], works)).code !== 0) {
    return new Map([["(unreadable)", []]]);
  }
  const settings: Settings = new Map();
  for (const entry of stdout.toString("utf8").split("\0").filter(Boolean)) {
    const end = entry.indexOf("\n");
    const [key, value] = end < 0 ? [entry, null] : [entry.slice(0, end), entry.slice(end + 1)];
    settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

/** The entries of the stash, the oldest first, by its log. */
export async function readStash({ commonDir }: Repository): Promise<StashEntry[]> {
  const read = await readUntrustedFile(join(commonDir, "logs", "refs", "stash"), { maxBytes: MAX_BYTES });
  if (read.kind !== "read") return [];
  return read.bytes
    .toString("utf8")
    .split("\n")
    .map((line) => ({ commit: line.split(" ")[1] ?? "", message: line.slice(line.indexOf("\t") + 1) }))
    .filter(({ commit }) => isObjectId(commit) && !/^0+$/.test(commit));
}

async function readShared(path: string): Promise<SharedFile | null> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSymbolicLink())
    return readlink(path).then(
      (link) => ({ link }),
      () => null,
    );
  if (!found?.isFile()) return null;
  const read = await readUntrustedFile(path, { maxBytes: MAX_BYTES });
  return read.kind === "read" ? { bytes: read.bytes, mode: found.mode & 0o777 } : null;
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What a fetch notes, which the next one notes again. */
const isFetched = (ref: string): boolean => ref.startsWith("refs/remotes/") || ref.startsWith("refs/prefetch/");

/** Settings of a branch of ours, such as where a worker said that it comes from. */
const isOfOurs = (key: string): boolean => ownBranchPrefixes.some((prefix) => key.startsWith(`branch.${prefix}`));

function isOurs(ref: string): boolean {
  return ref.startsWith(OWN_REFS) || ownBranchPrefixes.some((prefix) => ref.startsWith(`refs/heads/${prefix}`));
}
