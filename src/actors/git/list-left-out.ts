/**
 * What a worker wrote that no commit takes, because some rule ignores it: it goes with the worktree, so somebody is told.
 * Rules of the repository are the project's word; a person's own (`core.excludesFile`, `.git/info/exclude`) may hide what
 * the project would want.
 */
import { asRoots, isTouchedSince } from "./find-repositories.ts";
import { isWithin, type RawPath, showPaths, splitPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { findAdminDir, readMark, readReadyTime, withIndexCopy } from "./worktree-admin.ts";
import { openWorktreeGit } from "./worktree-git.ts";
import { ALWAYS_EXCLUDED } from "./write-tree.ts";

export interface LeftOut {
  /** Files and folders (with a slash at the end) that .gitignore names. */
  ignored: string[];
  /** Those that only a person's own rules name. */
  hidden: string[];
}

/** Lists what was written since the worktree was ready, and is ignored. */
export async function listLeftOut(
  repo: Repository,
  path: string,
  { excluded, wantsIgnored }: { excluded: readonly string[]; wantsIgnored: boolean },
): Promise<LeftOut> {
  const admin = await findAdminDir(repo, path);
  if (admin === null) return { ignored: [], hidden: [] };
  const mark = await readMark(admin);
  const left = asRoots([...ALWAYS_EXCLUDED, ...(mark?.excluded ?? []), ...excluded]);
  const readyNs = await readReadyTime(admin);
  return withIndexCopy(admin, async (index) => {
    const run = await openWorktreeGit({ path, gitDir: admin, index });
    const list = async (rules: string): Promise<RawPath[]> =>
      splitPaths((await run(["ls-files", "-z", "--others", "--ignored", "--directory", rules])).stdout);
    const [all, byProject] = await Promise.all([
      list("--exclude-standard"),
      list("--exclude-per-directory=.gitignore"),
    ]);
    const known = new Set(byProject);
    const filterNew = async (entries: readonly RawPath[]): Promise<string[]> => {
      const found: RawPath[] = [];
      for (const entry of entries) {
        const plain = entry.replace(/\/$/, "") as RawPath;
        if (!isWithin(plain, left) && (await isTouchedSince(path, plain, readyNs))) found.push(entry);
      }
      return showPaths(found);
    };
    return {
      ignored: wantsIgnored ? await filterNew(byProject) : [],
      hidden: await filterNew(all.filter((entry) => !known.has(entry))),
    };
  });
}

/** The same in words, a line for each kind. */
export function describeLeftOut({ ignored, hidden }: LeftOut): string[] {
  const notes: string[] = [];
  if (ignored.length > 0) {
    notes.push(`it wrote only what .gitignore names, which goes with its worktree: ${few(ignored)}`);
  }
  if (hidden.length > 0) {
    const rules = "your own rules (core.excludesFile, .git/info/exclude) ignore it";
    notes.push(`not taken, for ${rules}: ${few(hidden)}`);
  }
  return notes;
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
