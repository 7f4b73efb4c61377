/**
 * Keeps a worker to its own branch while it works: refs that all worktrees share are refused to it, and every push, each with
 * a sentence that says what to do instead. It is settings in the worker's environment, which hold for the shared repository
 * alone: by them git calls hooks of a folder that is laid down for the attempt (`guard-hooks.ts`). No sandbox: who takes the
 * settings out of its environment gets around it, and is found out by what it changed (`shared-watch.ts`).
 *
 * OWNREF-1 Nothing in the repository changes: neither its settings nor its hooks.
 * OWNREF-2 The project's own hooks are called as git would call them.
 * OWNREF-3 Other repositories are as they are; one inside of the worktree may not be pushed from but to places in there.
 */
import { constants } from "node:fs";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { git } from "./git.ts";
import {
  entrySettings,
  FORWARDED_HOOKS,
  FREQUENT_HOOK,
  forwardingHook,
  type Guarded,
  innerSettings,
  PUSH_HOOK,
  type Remote,
  refTransactionHook,
  sharedSettings,
} from "./guard-hooks.ts";
import type { Repository } from "./repository.ts";
import { canonicalPath, findAdminDir } from "./worktree-admin.ts";

export interface GuardRequest {
  /** Absolute folder of the guard's files; it is made, and emptied first. */
  folder: string;
  worktree: string;
  branch: string | null;
  /** The worker's environment. */
  env: Readonly<Record<string, string>>;
}

export interface Guard {
  /** The worker's environment with the guard in it. */
  env: Record<string, string>;
  /** Takes its files away; git does without them. */
  close(): Promise<void>;
}

/** Lays a guard down. Rejects with the error of git or the system. */
export async function openGuard(repo: Repository, { folder, worktree, branch, env }: GuardRequest): Promise<Guard> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "hooks"), { recursive: true, mode: 0o700 });
  const place = await canonicalPath(folder);
  const path = await canonicalPath(worktree);
  const hooks = join(place, "hooks");
  const own = await findOwnHooks(repo, { worktree: path, env });
  const entry = join(place, "guard.gitconfig");
  const guardedEnv = withSettings(env, entry);
  const guarded: Guarded = {
    hooks,
    settings: join(place, "shared.gitconfig"),
    inner: join(place, "inner.gitconfig"),
    worktree: path,
    gitDir: (await findAdminDir(repo, path)) ?? repo.gitDir,
    commonDir: repo.commonDir,
    root: repo.root,
    branch,
    ownHooks: own,
    count: guardedEnv.GIT_CONFIG_COUNT ?? "",
    ownHook: await hookThere(own, "reference-transaction", path),
    remotes: await listRemotes(repo),
  };
  const forward = forwardingHook(guarded);
  const forwarded = [
    ...FORWARDED_HOOKS,
    ...((await hookThere(own, FREQUENT_HOOK, path)) === null ? [] : [FREQUENT_HOOK]),
  ];
  // Each is a file of its own: a program that installs hooks replaces the one that it means.
  const files = [
    [entry, entrySettings(guarded)],
    [guarded.settings, sharedSettings(guarded)],
    [guarded.inner, innerSettings(guarded)],
    [join(hooks, "reference-transaction"), refTransactionHook(guarded)],
    [join(hooks, "pre-push"), PUSH_HOOK],
    ...forwarded.map((name) => [join(hooks, name), forward] as const),
  ] as const;
  await Promise.all(files.map(([file, text]) => writeFile(file, text, { mode: 0o700, flag: "wx" })));
  return {
    env: guardedEnv,
    close: () => rm(place, { recursive: true, force: true }),
  };
}

/**
 * The environment in which git reads a file of settings after all others. Twice: programs that add settings of their own to
 * the counted ones, such as an empty `core.hooksPath`, would have the last word, and others drop what is not counted.
 */
export function withSettings(env: Readonly<Record<string, string>>, file: string): Record<string, string> {
  const written = env.GIT_CONFIG_COUNT ?? "";
  const listed = env.GIT_CONFIG_PARAMETERS ?? "";
  const parameters = `'include.path'='${file.replaceAll("'", "'\\''").replaceAll("!", "'\\!'")}'`;
  const count = written === "" ? 0 : Number(written);
  // With a count that is none git does nothing at all, and says so.
  const counted = Number.isInteger(count)
    ? {
        GIT_CONFIG_COUNT: `${count + 1}`,
        [`GIT_CONFIG_KEY_${count}`]: "include.path",
        [`GIT_CONFIG_VALUE_${count}`]: file,
      }
    : {};
  return { ...env, ...counted, GIT_CONFIG_PARAMETERS: listed === "" ? parameters : `${listed} ${parameters}` };
}

/** The folder in which git looks for hooks in that worktree without the guard; relative to where it runs, or absolute. */
async function findOwnHooks(
  repo: Repository,
  { worktree, env }: { worktree: string; env: Readonly<Record<string, string>> },
): Promise<string> {
  const settings = Object.fromEntries(Object.entries(env).filter(([name]) => /^GIT_CONFIG_/.test(name)));
  const args = ["config", "-z", "--type=path", "--get-all", "core.hooksPath"];
  const { code, stdout } = await git(worktree, args, { env: settings, codes: [0, 1, 128] });
  const values = code === 0 ? stdout.toString("utf8").split("\0").slice(0, -1) : [];
  // The last one is what every git of pleach is told.
  return values.at(-2) ?? join(repo.commonDir, "hooks");
}

/** A hook in a folder of hooks, as it can be called from the worktree; null when git would call none. */
async function hookThere(folder: string, name: string, worktree: string): Promise<string | null> {
  const path = `${folder}/${name}`;
  const found = isAbsolute(path) ? path : join(worktree, path);
  return access(found, constants.X_OK).then(
    () => path,
    () => null,
  );
}

async function listRemotes(repo: Repository): Promise<Remote[]> {
  const args = ["config", "-z", "--get-regexp", "^remote\\..*\\.(url|pushurl)$"];
  const { stdout } = await git(repo.root, args, { codes: [0, 1] });
  const remotes = new Map<string, { name: string; url: string[]; pushurl: string[] }>();
  for (const entry of stdout.toString("utf8").split("\0").filter(Boolean)) {
    const [, name, key, address] = /^remote\.(.*)\.(url|pushurl)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || address === undefined) continue;
    const remote = remotes.get(name) ?? { name, url: [], pushurl: [] };
    remotes.set(name, remote);
    (key === "url" ? remote.url : remote.pushurl).push(address);
  }
  return [...remotes.values()];
}
