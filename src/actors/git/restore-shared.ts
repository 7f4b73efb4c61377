/**
 * Puts back what a worker must not change for everybody: settings that say whose repository this is, what is run in it and
 * for whom, and where it is sent to; hooks; and what a person has put aside with `git stash`. A person may have changed a
 * setting just as well, and nothing tells the two apart: so what is put back is told, and what is left is told with the
 * command that takes it back.
 */
import { chmod, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../safe-files/index.ts";
import { git, gitText } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";
import {
  CONFIG_FILES,
  configFile,
  readSettings,
  readStash,
  type SharedFile,
  type SharedSnapshot,
  type StashEntry,
  settled,
} from "./shared-snapshot.ts";

/** Settings that break every checkout at once, pleach's work included: put back as soon as they are seen. */
const BREAKING = /^config(?:\.worktree)? (?:core\.bare|core\.worktree|\(unreadable\))$/;
/** Settings of a person's identity, and those that name programs for git to run or places to go to. */
const GUARDED =
  /^config(?:\.worktree)? (?:core\.(?:hookspath|fsmonitor|sshcommand|editor|pager|askpass|gitproxy|alternaterefscommand)|sequence\.editor|diff\.external|remote\.pushdefault|(?:user|author|committer|alias|include|includeif|credential|gpg|pager|url|http|remote\..*\.(?:uploadpack|receivepack|vcs))\b.*)$/;

/** Settings whose values may be secrets: how one of them was cannot be told. */
export function isSecret(key: string): boolean {
  // What stands between the two is a name that somebody gave.
  const words = [key.slice(0, key.indexOf(".")), key.slice(key.lastIndexOf("."))];
  return words.some((word) => /url|header|token|password|secret|credential|helper|key/i.test(word));
}

export const isBreaking = (name: string): boolean => BREAKING.test(name);

/** Whether pleach puts this back; `before`: all that was there. */
export function isGuarded(name: string, before: ReadonlyMap<string, string>): boolean {
  if (BREAKING.test(name) || GUARDED.test(name) || name.startsWith("hook ")) return true;
  if (!/^config(?:\.worktree)? /.test(name)) return false;
  if (before.has(name) && isSecret(name.slice(name.indexOf(" ") + 1))) return true;
  // Where a remote leads that was there; one that is new leads nobody astray.
  const remote = /^config(?:\.worktree)? remote\..*\./.exec(name)?.[0];
  return remote !== undefined && [...before.keys()].some((each) => each.startsWith(remote));
}

/** Puts one guarded thing back as `known` had it; resolves with whether it is. */
export async function restoreShared(repo: Repository, known: SharedSnapshot, name: string): Promise<boolean> {
  try {
    if (name.startsWith("hook ")) {
      await restoreFile(join(repo.commonDir, "hooks", name.slice("hook ".length)), known.files.get(name));
    } else if (name.endsWith(" (unreadable)")) {
      const [file] = CONFIG_FILES.filter((each) => name === `${each} (unreadable)`);
      if (file !== undefined) await restoreFile(configFile(repo, file), known.files.get(file));
    } else await restoreSetting(repo, name, known.values.get(name));
    return true;
  } catch {
    return false;
  }
}

async function restoreFile(path: string, file: SharedFile | undefined): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (file === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  if ("link" in file) return symlink(file.link, path);
  await writeAtomically(path, file.bytes, { durability: "none" });
  await chmod(path, file.mode);
}

async function restoreSetting(repo: Repository, name: string, before: string | undefined): Promise<void> {
  const [file, key] = [
    name.startsWith("config.worktree ") ? "config.worktree" : "config",
    name.slice(name.indexOf(" ") + 1),
  ] as const;
  const path = configFile(repo, file);
  const config = (args: readonly string[], codes: readonly number[]): Promise<unknown> =>
    git(repo.root, ["config", "--file", path, ...args], { env: settled(repo), codes });
  // 5: there was none.
  await config(["--unset-all", key], [0, 5]);
  for (const value of before === undefined ? [] : (JSON.parse(before) as (string | null)[])) {
    await config(["--add", key, value ?? "true"], [0]);
  }
}

/** Forgets what was configured of a branch that is gone, as `git branch -d` does. */
export async function forgetBranch(repo: Repository, branch: string): Promise<void> {
  const settings = await readSettings(repo, "config");
  if (![...settings.keys()].some((key) => key.startsWith(`branch.${branch}.`))) return;
  const args = ["config", "--file", configFile(repo, "config"), "--remove-section", `branch.${branch}`];
  await git(repo.root, args, { env: settled(repo), codes: [0, 128] });
}

/**
 * Puts entries back into the stash, in their places: below what was put aside since. False when somebody else changes it
 * at this moment.
 */
export async function restoreStash(repo: Repository, wanted: readonly StashEntry[]): Promise<boolean> {
  const now = await readStash(repo);
  const isWanted = new Set(wanted.map(({ commit }) => commit));
  const all = [...wanted, ...now.filter(({ commit }) => !isWanted.has(commit))];
  const env = { ...repo.identity, ...settled(repo) };
  // By the ref itself: whoever was kept from removing it may have emptied its log.
  const top = await gitText(repo.root, ["rev-parse", "--verify", "--quiet", "refs/stash"], { env, codes: [0, 1] });
  if (top !== "") {
    const removed = await git(repo.root, ["update-ref", "-d", "refs/stash", asCommit(top)], {
      env,
      codes: [0, 1, 128],
    });
    if (removed.code !== 0) return false;
  }
  for (const { commit, message } of all) {
    await git(repo.root, ["stash", "store", "--quiet", "--message", message, asCommit(commit)], { env });
  }
  return true;
}
