/**
 * Whether work came out of what another put aside: `git stash` is shared by all worktrees, and `git stash pop` gives whoever
 * asks what anybody put there.
 */
import { gitText } from "./git.ts";
import { type RawPath, showPaths } from "./raw-path.ts";
import { findCommit, type Repository } from "./repository.ts";
import { listChanges } from "./tree-changes.ts";

/** Files of `tree` that are as one of these entries of the stash has them, and were not so in `base`. */
export async function findForeignWork(
  repo: Repository,
  { base, tree, entries }: { base: string; tree: string; entries: readonly string[] },
): Promise<string[]> {
  if (entries.length === 0) return [];
  const changed = new Map((await listChanges(repo, base, tree)).map((change) => [change.path, change.new?.oid]));
  const found = new Set<RawPath>();
  for (const entry of entries) {
    for (const [path, oid] of await listPutAside(repo, entry)) {
      if (oid !== undefined && changed.get(path) === oid) found.add(path);
    }
  }
  return showPaths(found);
}

/** Files that an entry holds, with their content: tracked ones by its first parent, others in its third. */
async function listPutAside(repo: Repository, entry: string): Promise<[RawPath, string | undefined][]> {
  const [before, others] = await Promise.all([1, 3].map((parent) => findCommit(repo.root, `${entry}^${parent}`)));
  const sides: { from: string; to: string }[] = [];
  if (before != null) sides.push({ from: before, to: entry });
  if (others != null) sides.push({ from: await emptyTree(repo), to: others });
  const changes = await Promise.all(sides.map(({ from, to }) => listChanges(repo, from, to)));
  return changes.flat().map((change) => [change.path, change.new?.oid]);
}

async function emptyTree(repo: Repository): Promise<string> {
  return gitText(repo.root, ["hash-object", "-t", "tree", "-w", "--stdin"]);
}
