/**
 * Finds work that takes away what others have merged meanwhile: lines that were added between an old base and the new
 * one, and that a re-run on the new base removes or rewrites. Both diffs have the new base in the middle, so "added"
 * and "removed" are ranges in the same numbering. A renamed file counts as removed: a person looks rather once too often.
 */
import { git } from "./git.ts";
import { everything, type Hunks, parseHunks, type Range } from "./hunks.ts";
import { type RawPath, showPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import type { TreeChange } from "./tree-changes.ts";
import { listChanges } from "./tree-changes.ts";

/** Files in which `base..work` removes lines that `since..base` added, as text, sorted. */
export async function findRemovedMerges(
  repo: Repository,
  { since, base, changes }: { since: string; base: string; changes: readonly TreeChange[] },
): Promise<string[]> {
  if (since === base) return [];
  const merged = new Map((await listChanges(repo, since, base)).map((change) => [change.path, change]));
  const found: RawPath[] = [];
  for (const change of changes) {
    const before = merged.get(change.path);
    if (before === undefined || before.new === null || change.old === null) continue;
    const [{ added }, { removed }] = await Promise.all([readHunks(repo, before), readHunks(repo, change)]);
    if (haveOverlap(removed, added)) found.push(change.path);
  }
  return showPaths(found);
}

/** Whether a range of one overlaps one of the other; both are in the order of the file, as a diff is. */
function haveOverlap(some: readonly Range[], others: readonly Range[]): boolean {
  for (let [at, otherAt] = [0, 0]; ; ) {
    const [range, other] = [some[at], others[otherAt]];
    if (range === undefined || other === undefined) return false;
    if (range.from < other.to && other.from < range.to) return true;
    if (range.to <= other.from) at += 1;
    else otherAt += 1;
  }
}

/** The changed lines of one file. Whatever has no lines (binary, symlink, submodule) counts as changed throughout. */
async function readHunks(repo: Repository, change: TreeChange): Promise<Hunks> {
  if (change.old === null) return { removed: [], added: [everything] };
  if (change.new === null) return { removed: [everything], added: [] };
  if (change.old.oid === change.new.oid) return { removed: [], added: [] };
  if (![change.old, change.new].every((side) => side.mode.startsWith("100"))) {
    return { removed: [everything], added: [everything] };
  }
  const args = ["diff", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-algorithm=histogram"];
  const { stdout } = await git(repo.root, [...args, change.old.oid, change.new.oid], { codes: [0, 1] });
  return parseHunks(stdout.toString("latin1"));
}
