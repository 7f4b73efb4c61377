/**
 * Finds where a path that someone else wrote leads to, and refuses what lies outside its root: absolute paths, `..`,
 * symbolic links that point out, and git's own folder. The check and the later use are two steps: who opens the file
 * does so with O_NOFOLLOW, so that a link put there in between is not followed.
 */
import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { codeOf, messageOf } from "../errors.ts";

export type ConfinedPath =
  /** `path` is absolute and free of symbolic links; `exists` says whether something is there. */
  { kind: "inside"; path: string; exists: boolean } | { kind: "refused"; reason: string };

/** Resolves `path`, relative to `root`, through all symbolic links. Never throws. */
export function confinePath(root: string, path: string): ConfinedPath {
  const shown = JSON.stringify(path);
  if (path === "" || path.includes("\0")) return refuse(`${shown} is not a path`);
  if (isAbsolute(path)) return refuse(`${shown} is absolute; paths are relative to the worktree`);
  try {
    const realRoot = realpathSync(root);
    const wanted = resolve(realRoot, path);
    if (!isWithin(realRoot, wanted)) return refuse(`${shown} leads out of the worktree`);
    const { real, rest } = resolveExisting(wanted);
    const target = rest === "" ? real : join(real, rest);
    if (!isWithin(realRoot, target)) return refuse(`${shown} leads out of the worktree through a symbolic link`);
    if (target === realRoot) return refuse(`${shown} is the worktree itself`);
    const parts = relative(realRoot, target).split(sep);
    if (parts.some((part) => part.toLowerCase() === ".git")) return refuse(`${shown} is git's own`);
    return { kind: "inside", path: target, exists: rest === "" };
  } catch (error) {
    return refuse(`${shown} cannot be resolved: ${messageOf(error)}`);
  }
}

/** The real path of the deepest part that exists, and what comes after it. A dangling link is refused by throwing. */
function resolveExisting(wanted: string): { real: string; rest: string } {
  let existing = wanted;
  let rest = "";
  for (;;) {
    try {
      return { real: realpathSync(existing), rest };
    } catch (error) {
      if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
      if (lstatSync(existing, { throwIfNoEntry: false })?.isSymbolicLink()) {
        throw new Error("it goes through a symbolic link that leads nowhere");
      }
      rest = rest === "" ? basename(existing) : join(basename(existing), rest);
      existing = dirname(existing);
    }
  }
}

/** Whether `path` is `root` or lies below it, both absolute and free of symbolic links. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}

function refuse(reason: string): ConfinedPath {
  return { kind: "refused", reason };
}
