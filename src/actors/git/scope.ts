/**
 * Which of a worker's changes it was not allowed to make: files outside the globs of its task, the configuration of pleach
 * unless these name it, and symlinks that lead out of the repository (a later reader or writer would follow them).
 */

import { realpath } from "node:fs/promises";
import { posix } from "node:path";
import { compileScope, compileTaskScope } from "../../plan/scope.ts";
import { OUTSIDE_REASONS, type OutsideReason } from "../../protocol/outside-reasons.ts";
import { isWithin } from "../../safe-files/index.ts";
import type { RawPath } from "./raw-path.ts";
import { showPath, showPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { readBlob, type TreeChange, underRoot } from "./tree-changes.ts";

/** Paths that may not be changed, as text, sorted, and why. */
export interface OutsideScope {
  files: string[];
  why: OutsideReason;
}

/**
 * What among `changes` leaves the scope or the repository; null where nothing does. Where one file leaves its scope, that is
 * told of all; of the other reasons the first one, with the files that it holds for.
 */
export async function findOutsideScope(
  repo: Repository,
  worktree: string,
  changes: readonly TreeChange[],
  scope: readonly string[] | undefined,
): Promise<OutsideScope | null> {
  const isAllowed = compileTaskScope(scope);
  const isInScope = scope === undefined ? () => true : compileScope(scope);
  const outside: Record<OutsideReason, RawPath[]> = { scope: [], configuration: [], link: [] };
  for (const change of changes) {
    const path = showPath(change.path);
    if (!isAllowed(path)) outside[isInScope(path) ? "configuration" : "scope"].push(change.path);
    else if (await isEscapingLink(repo, worktree, change)) outside.link.push(change.path);
  }
  const why = OUTSIDE_REASONS.find((reason) => outside[reason].length > 0);
  if (why === undefined) return null;
  return { files: showPaths(why === "scope" ? Object.values(outside).flat() : outside[why]), why };
}

async function isEscapingLink(repo: Repository, worktree: string, change: TreeChange): Promise<boolean> {
  if (change.new?.mode !== "120000") return false;
  const target = (await readBlob(repo, change.new.oid)).toString("latin1");
  if (target.startsWith("/")) return true;
  const lands = posix.normalize(posix.join(posix.dirname(change.path), target));
  if (lands === ".." || lands.startsWith("../") || lands === ".git" || lands.startsWith(".git/")) return true;
  // A chain of links may still lead out where each of them alone does not.
  const real = await realpath(underRoot(worktree, change.path)).catch(() => null);
  if (real === null) return false;
  const home = await realpath(worktree).catch(() => worktree);
  return ![home, repo.root].some((root) => isWithin(root, real));
}
