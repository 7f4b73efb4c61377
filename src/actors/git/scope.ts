/**
 * Which of a worker's changes it was not allowed to make: files outside the globs of its task, the configuration of pleach
 * unless these name it, and symlinks that lead out of the repository (a later reader or writer would follow them).
 */
import { realpath } from "node:fs/promises";
import { posix } from "node:path";
import { compileTaskScope } from "../../plan/scope.ts";
import { isWithin } from "../../safe-files/index.ts";
import type { RawPath } from "./raw-path.ts";
import { showPath, showPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { readBlob, type TreeChange, underRoot } from "./tree-changes.ts";

/** Paths among `changes` that leave the scope or the repository, as text, sorted. */
export async function findOutsideScope(
  repo: Repository,
  worktree: string,
  changes: readonly TreeChange[],
  scope: readonly string[] | undefined,
): Promise<string[]> {
  const isInScope = compileTaskScope(scope);
  const outside: RawPath[] = [];
  for (const change of changes) {
    if (!isInScope(showPath(change.path)) || (await isEscapingLink(repo, worktree, change))) outside.push(change.path);
  }
  return showPaths(outside);
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
