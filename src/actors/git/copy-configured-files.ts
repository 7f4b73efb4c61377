/**
 * Brings what a project needs and git does not hold (`.env`, `node_modules`) from the user's checkout into a worktree:
 * by copy, or by symlink where one shared copy will do. Nothing is read from outside the checkout or written outside the
 * worktree, whatever symlinks lie on the way. A linked path is shared: who writes into it writes into the checkout's.
 */
import { constants } from "node:fs";
import { cp, lstat, mkdir, readlink, realpath, rm, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import type { WorktreeConfig } from "../../plan/model.ts";
import { isWithin } from "../../safe-files/index.ts";

/** The paths that `copyConfiguredFiles` brings: they are excluded from commits. Throws `git.outsideRoot`. */
export function listCarried(config: Pick<WorktreeConfig, "copy" | "link">): string[] {
  return [...config.copy, ...config.link].map(asInside);
}

/**
 * Copies and links the configured paths from `root` into `worktree`; returns what was left out, a line each. Rejects with
 * `git.outsideRoot` for a path that is absolute, climbs out, or lies in `.git`.
 */
export async function copyConfiguredFiles(
  root: string,
  worktree: string,
  config: Pick<WorktreeConfig, "copy" | "link">,
): Promise<string[]> {
  const notes: string[] = [];
  for (const path of config.copy.map(asInside)) {
    const why = await refuse(root, worktree, path);
    if (why !== null) {
      notes.push(`not copied: ${path} (${why})`);
      continue;
    }
    const target = join(worktree, path);
    // A tracked file (or link) in its place would otherwise be written through or merged into.
    await rm(target, { recursive: true, force: true });
    await cp(join(root, path), target, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  }
  for (const path of config.link.map(asInside)) {
    const why = (await refuse(root, worktree, path)) ?? (await linkInto(join(root, path), join(worktree, path)));
    if (why !== null) notes.push(`not linked: ${path} (${why})`);
  }
  return notes;
}

async function linkInto(source: string, target: string): Promise<string | null> {
  try {
    await symlink(source, target);
    return null;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    const old = await readlink(target).catch(() => null);
    return old === source ? null : "something of that name is there already";
  }
}

/** Why `path` cannot be brought, or null; makes the folder that it goes into. */
async function refuse(root: string, worktree: string, path: string): Promise<string | null> {
  const source = join(root, path);
  if ((await lstat(source).catch(() => null)) === null) return "missing in the checkout";
  const real = await realpath(source).catch(() => null);
  if (real === null) return "a link that leads nowhere";
  if (!isBelow(root, real)) return "it leads out of the checkout";
  if (isBelow(real, worktree)) return "it holds the worktree itself";
  const home = await realpath(worktree);
  for (let folder = dirname(join(home, path)); folder !== home; folder = dirname(folder)) {
    const found = await lstat(folder).catch(() => null);
    if (found === null) continue;
    if (!found.isDirectory()) return "its folder is no folder in the worktree";
  }
  await mkdir(dirname(join(home, path)), { recursive: true });
  return null;
}

function asInside(path: string): string {
  const plain = normalize(path).replace(/(?<![\\/])[\\/]+$/, "");
  const parts = plain.split(sep);
  if (path !== "" && plain !== "." && !isAbsolute(plain) && parts[0] !== ".." && !parts.includes(".git")) return plain;
  throw new PleachError("git.outsideRoot", `the path ${JSON.stringify(path)} does not lie inside the repository`, {
    hint: "Paths under worktree.copy and worktree.link in pleach.yaml are relative to the repository's root.",
  });
}

const isBelow = (folder: string, path: string): boolean => path !== folder && isWithin(folder, path);
