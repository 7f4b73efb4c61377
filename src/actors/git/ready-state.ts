/** Notes what set-up changed in a worktree, so that it is not taken for work (UNTOUCHED-1). */
import { codeOf } from "../../errors.ts";
import { keepIgnoredState } from "./ignored-at-ready.ts";
import { type RawPath, showPaths } from "./raw-path.ts";
import { findCommit, type Repository } from "./repository.ts";
import { listChanges, type TreeChange } from "./tree-changes.ts";
import { keepReadyState } from "./untouched-files.ts";
import { findAdminDir } from "./worktree-admin.ts";
import { writeAllFiles } from "./write-tree.ts";

export interface ReadyWorktree {
  path: string;
  base: string;
  /** Paths (and all below them) that are no part of any work. */
  excluded: readonly string[];
  /** The commit whose changes the worktree began with. */
  carry?: string;
}

/** To be called when set-up is done and no worker is there yet; resolves with the paths that set-up changed, sorted. */
export async function noteReadyState(
  repo: Repository,
  { path, base, excluded, carry }: ReadyWorktree,
): Promise<string[]> {
  const admin = await findAdminDir(repo, path);
  if (admin === null) return [];
  const carried = await listCarriedPaths(repo, carry);
  if (carried === null) return [];
  const changes = await listChanged(repo, { path, base, excluded });
  const own = changes.filter((change) => !carried.has(change.path));
  if (own.length > 0) await keepReadyState(admin, own);
  await keepIgnoredState({ path, admin }, carried);
  return showPaths(own.map((change) => change.path));
}

async function listChanged(
  repo: Repository,
  { path, base, excluded }: Pick<ReadyWorktree, "path" | "base" | "excluded">,
): Promise<TreeChange[]> {
  try {
    const { tree } = await writeAllFiles(repo, path, base, excluded);
    return await listChanges(repo, base, tree);
  } catch (thrown) {
    // What cannot be kept of a repository inside is told when there is work to lose.
    if (codeOf(thrown) === "git.notKept") return [];
    throw thrown;
  }
}

/** What was brought from an earlier attempt is work; null when that cannot be told. */
async function listCarriedPaths(repo: Repository, carry: string | undefined): Promise<ReadonlySet<RawPath> | null> {
  if (carry === undefined) return new Set();
  const parent = await findCommit(repo.root, `${carry}^`);
  return parent === null ? null : new Set((await listChanges(repo, parent, carry)).map((change) => change.path));
}
