/**
 * Submodules: what they are called, and where a person's checkout keeps their repositories. A worktree has repositories of
 * its own for them, which go with it; what was made there is brought into the checkout's, so that the commit that a tree
 * names exists.
 */
import { lstat, mkdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { git, gitText } from "./git.ts";
import { findGitFolders, isShallow } from "./nested-history.ts";
import { type RawPath, toRawPath } from "./raw-path.ts";
import type { Repository } from "./repository.ts";

/** Path of a submodule -> its name, as the `.gitmodules` of a worktree has them. */
export async function readSubmodules(path: string): Promise<Map<RawPath, string>> {
  const file = join(path, ".gitmodules");
  // git itself reads none through a link.
  if (!(await lstat(file).catch(() => null))?.isFile()) return new Map();
  const args = ["config", "-z", "--file", file, "--get-regexp", "^submodule\\..*\\.path$"];
  const { stdout } = await git(path, args, { codes: [0, 1, 128] });
  return new Map([...parseSubmodules(stdout)].map(([at, name]) => [toRawPath(at), name]));
}

/** Path of a submodule -> its name, from what `git config -z` says of their paths. */
export function parseSubmodules(listed: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of listed.toString("utf8").split("\0").filter(Boolean)) {
    const [key = "", value = ""] = entry.split("\n");
    found.set(value, key.slice("submodule.".length, -".path".length));
  }
  return found;
}

/** Where repositories of submodules are. */
export interface Modules {
  /** The checkout that has the submodule, and the folder of its repositories. */
  checkout: string;
  folder: string;
}

/** The repository of a submodule; `isShallow` also where none was there: it may become one. */
export interface ModuleHome {
  gitDir: string;
  mayBeShallow: boolean;
}

/** Finds the repository of the checkout's submodule at `path`; null where there is none, or its name is none that git would take. */
export async function findModuleHome(
  { checkout, folder }: Modules,
  { path, name }: { path: string; name: string | undefined },
): Promise<ModuleHome | null> {
  const used = await findGitFolders(join(checkout, path));
  if (used !== null) return { gitDir: used.gitDir, mayBeShallow: used.isShallow };
  if (name === undefined || !isModuleName(name)) return null;
  const gitDir = join(folder, name);
  return (await isGitDir(gitDir)) ? { gitDir, mayBeShallow: await isShallow(gitDir) } : null;
}

/** As `findModuleHome`; makes one that `git submodule update` will use where there is none. */
export async function openModuleHome(
  repo: Repository,
  { checkout, folder }: Modules,
  { path, name }: { path: string; name: string | undefined },
): Promise<ModuleHome | null> {
  const found = await findModuleHome({ checkout, folder }, { path, name });
  if (found !== null || name === undefined || !isModuleName(name)) return found;
  const gitDir = join(folder, name);
  for (let outer = dirname(gitDir); outer.length > folder.length; outer = dirname(outer)) {
    if (await isGitDir(outer)) return null;
  }
  await makeModule(repo, gitDir, { worktree: join(checkout, path), name });
  return { gitDir, mayBeShallow: true };
}

async function makeModule(
  repo: Repository,
  gitDir: string,
  { worktree, name }: { worktree: string; name: string },
): Promise<void> {
  const url = await gitText(repo.root, ["config", "--get", `submodule.${name}.url`], { codes: [0, 1] });
  await initModule(repo, gitDir, { url, settings: { "core.worktree": relative(gitDir, worktree) } });
}

/** Makes the repository of a submodule that nobody has checked out yet; `url` is where it is fetched from, or "". */
export async function initModule(
  repo: Repository,
  gitDir: string,
  { url, settings = {} }: { url: string; settings?: Readonly<Record<string, string>> },
): Promise<void> {
  const format = await gitText(repo.root, ["rev-parse", "--show-object-format"]);
  await mkdir(gitDir, { recursive: true });
  await git(gitDir, ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, gitDir]);
  const all = {
    "core.bare": "false",
    ...settings,
    ...(url === "" ? {} : { "remote.origin.url": url }),
    "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
  };
  for (const [key, value] of Object.entries(all)) {
    await git(repo.root, ["config", "--file", join(gitDir, "config"), key, value]);
  }
}

/** As git has it, and stricter: nothing that leads out of the folder, or could be an option. */
export function isModuleName(name: string): boolean {
  return !/[\0-\x1f\\]/.test(name) && name.split("/").every((part) => !/^$|^\.|^-/.test(part));
}

async function isGitDir(path: string): Promise<boolean> {
  return (await stat(join(path, "HEAD")).catch(() => null)) !== null;
}
