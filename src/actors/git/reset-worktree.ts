/**
 * Makes a worktree that somebody worked in as good as a fresh one, at another commit and on another branch: nothing of
 * what was done there stays, in its files, its index, or what git keeps for it. What did not change is not written again,
 * which is all that is gained.
 *
 * The index that was kept when the worktree was checked out tells what changed since, by the files' change times, which
 * no program can set. The worktree's own index is thrown away: it may have been told to look away.
 *
 * PRISTINE-1 What is not proved to be as a fresh checkout would be is not used again: content by change times, names, kinds and
 *    modes of folders by looking (`tracked-tree.ts`), and the ways of writing files by their digest (`checkout-shape.ts`).
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { digestRules } from "./checkout-shape.ts";
import { lendSubmodules } from "./lend-submodules.ts";
import type { RawPath } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { isAsTracked, readTrackedTree } from "./tracked-tree.ts";
import {
  type CheckoutShape,
  copyKeptIndex,
  KEPT_INDEX,
  LOCKED,
  linkWorktree,
  lockWorktree,
  MADE,
  noteInAdmin,
  SET_UP,
} from "./worktree-admin.ts";
import { openWorktreeGit, type WorktreeGit } from "./worktree-git.ts";

export interface ResetRequest {
  /** Absolute path of the worktree. */
  path: string;
  /** Its admin folder. */
  admin: string;
  /** Where it is put. */
  commit: string;
  /** The branch that it is put on, which is at the commit; null: it is detached. */
  branch: string | null;
  /** How it was checked out; a worktree of which nobody noted that is made anew. */
  shape: CheckoutShape | undefined;
  /** Which files stay that git does not track; default none. */
  untracked?: Untracked;
}

/** Files that git does not track. */
export interface Untracked {
  /** Deletes what may not stay; false when something is not there that has to be, or was changed. */
  restore(): Promise<boolean>;
  /** Whether a path may stay. What is below a folder that may is `restore`'s to judge. */
  mayStay(path: RawPath, isFolder: boolean): boolean;
}

/** Resets the worktree to a commit; false when that cannot be done, and it has to be made anew. Never rejects. */
export async function resetWorktree(repo: Repository, request: ResetRequest): Promise<boolean> {
  // Whatever keeps it from being reset: a fresh one may do, and if not, says why.
  return await tryReset(repo, request).catch(() => false);
}

async function tryReset(repo: Repository, request: ResetRequest): Promise<boolean> {
  const { path, admin, commit, shape, untracked } = request;
  if (shape === undefined) return false;
  const run = await openWorktreeGit({ path, gitDir: admin });
  await resetAdmin(request);
  if (!(await copyKeptIndex(admin))) return false;
  // Before the files are looked at: behind a link in the place of a folder they may look as they should.
  if (untracked === undefined) await run(["clean", "-ffdqx"]);
  else if (!(await untracked.restore())) return false;
  await run(["read-tree", "--reset", "-u", "HEAD"]);
  if (untracked !== undefined && !(await untracked.restore())) return false;
  const tree = await readTrackedTree(run);
  if ((await digestRules(repo, tree.attributes)) !== shape.rules) return false;
  if (tree.hasSubmodules) await lendSubmodules(repo, admin, commit);
  return isAsTracked(path, tree, { mode: shape.mode, mayStay: untracked?.mayStay ?? (() => false) });
}

/** How a worktree that was just checked out was. */
export async function readShape(repo: Repository, run: WorktreeGit, mode: number): Promise<CheckoutShape> {
  return { rules: await digestRules(repo, (await readTrackedTree(run)).attributes), mode };
}

/** What is pleach's own to know of a worktree, whatever was done in it. */
const OWN = [KEPT_INDEX, LOCKED, MADE, SET_UP];
/** Without these git does not list a worktree: they are replaced, at no moment missing, whoever is killed. */
const LISTED = ["HEAD", "commondir", "gitdir"];
const STAYS: ReadonlySet<string> = new Set([...OWN, ...LISTED]);

/** All that git keeps for this worktree alone (merges under way, sparse checkouts, settings) goes; links are not followed. */
async function resetAdmin({ path, admin, commit, branch }: ResetRequest): Promise<void> {
  for (const name of await readdir(admin)) {
    if (!STAYS.has(name)) await rm(join(admin, name), { recursive: true, force: true });
  }
  await lockWorktree(admin, path);
  await noteInAdmin(admin, "commondir", "../..\n");
  await noteInAdmin(admin, "HEAD", branch === null ? `${commit}\n` : `ref: refs/heads/${branch}\n`);
  await linkWorktree(path, admin);
}
