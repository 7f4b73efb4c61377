/** What lies in a checkout, as git sees it: what it holds, what it ignores. Only looks; nothing of the repository is run. */
import { git } from "./git.ts";
import { showPaths, splitPaths } from "./raw-path.ts";

export interface CheckoutFiles {
  /** What HEAD holds; in a repository without commits, what the first would hold. */
  tracked: string[];
  /** What git ignores; folders that it ignores as a whole end in a slash. */
  ignored: string[];
}

/** Lists the files of the checkout at `root`. Rejects with an error of git. */
export async function listCheckoutFiles(root: string): Promise<CheckoutFiles> {
  const list = async (...args: string[]): Promise<string[]> =>
    showPaths(splitPaths((await git(root, ["ls-files", "-z", ...args])).stdout));
  const head = await git(root, ["ls-tree", "-r", "-z", "--full-tree", "--name-only", "HEAD"], { codes: [0, 128] });
  const tracked =
    head.code === 0 ? showPaths(splitPaths(head.stdout)) : await list("--cached", "--others", "--exclude-standard");
  return { tracked, ignored: await list("--others", "--ignored", "--exclude-standard", "--directory") };
}

/** What git does not track and a file of patterns, written as .gitignore is, names. `file` is absolute. */
export async function listNamedUntracked(root: string, file: string): Promise<string[]> {
  const args = ["ls-files", "-z", "--others", "--ignored", "--directory", `--exclude-from=${file}`];
  return showPaths(splitPaths((await git(root, args)).stdout));
}

/**
 * What git ignores and some of these patterns name besides, file by file; `below` are paths of what is ignored, and nothing else
 * is looked at. A repository of its own ends in a slash.
 */
export async function listNamedIgnored(
  root: string,
  patterns: readonly string[],
  below: readonly string[],
): Promise<string[]> {
  if (patterns.length === 0 || below.length === 0) return [];
  const excludes = patterns.map((pattern) => `--exclude=${pattern}`);
  const args = ["ls-files", "-z", "--others", "--ignored", ...excludes, "--", ...below];
  return showPaths(splitPaths((await git(root, args)).stdout));
}

/** Files that differ from what HEAD holds, or that it does not hold and git does not ignore. */
export async function listUncommitted(root: string): Promise<string[]> {
  const args = ["ls-files", "-z", "--modified", "--others", "--exclude-standard", "--directory"];
  const [inIndex, staged] = await Promise.all([
    git(root, args),
    git(root, ["diff-index", "--cached", "--name-only", "-z", "--no-ext-diff", "HEAD"]),
  ]);
  return [...new Set(showPaths([...splitPaths(inIndex.stdout), ...splitPaths(staged.stdout)]))];
}
