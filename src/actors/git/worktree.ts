/**
 * Worktrees of attempts: made, and taken away again.
 *
 * WORKTREE-1 A worktree is ready only when its mark is written. One that pleach made and never marked is an unfinished checkout
 *    and holds no work; one that it did not make is left alone.
 * WORKTREE-2 Preparing the same attempt again gives a fresh worktree; what the earlier one held goes to `<branch>-saved` first.
 * WORKTREE-3 Work that is neither merged nor saved is never deleted, unless the caller says that it has landed.
 * WORKTREE-4 Only git's list of worktrees is guarded by the queue; checkouts run side by side.
 * WORKTREE-5 A worktree is locked from the moment that git lists it until its run is over: no worker's `git worktree remove`
 *    or `move`, and nobody's `git worktree prune`, takes it away by mistake.
 * Submodules are left uninitialised, as `git worktree add` leaves them: `setup` may run `git submodule update --init`.
 */
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, PleachError } from "../../errors.ts";
import type { WorktreeConfig } from "../../plan/model.ts";
import type { Disposition } from "../../protocol/values.ts";
import { copyConfiguredFiles, listCarried } from "./copy-configured-files.ts";
import { git } from "./git.ts";
import { withKeyedMutex } from "./keyed-mutex.ts";
import { lendSubmodules } from "./lend-submodules.ts";
import { listIfThere } from "./presence.ts";
import { type AttemptName, isHeldElsewhere, moveBranch, peekBranch, readBranch, taskBranch } from "./refs.ts";
import { asCommit, type Repository } from "./repository.ts";
import { readShape } from "./reset-worktree.ts";
import { forgetBranch } from "./restore-shared.ts";
import { describeWork, findOwnWork, holdsWork, saveWork } from "./saved-work.ts";
import { moveToTrash } from "./trash.ts";
import {
  type CheckoutShape,
  canonicalPath,
  findAdminDir,
  isMade,
  lockReason,
  markReady,
  noteMade,
  unlockWorktree,
} from "./worktree-admin.ts";
import { openWorktreeGit, type WorktreeGit } from "./worktree-git.ts";

export interface WorktreeRequest extends AttemptName {
  /** The integration commit to start from. */
  base: string;
  /** Absolute path of the worktree; its folder is made. */
  path: string;
  config: Pick<WorktreeConfig, "copy" | "link">;
}

export interface PreparedWorktree {
  path: string;
  branch: string;
  /** What could not be copied or linked, a line each. */
  notes: string[];
  /** Branch on which work of an earlier worktree of this attempt was saved, or null. */
  saved: string | null;
}

/** `left`: that its branch could not be deleted, and why. */
export type RemoveOutcome = { kind: "removed"; saved: string | null; left?: string } | { kind: "kept"; why: string };

/**
 * Makes the worktree of an attempt on its own branch at `base` and brings the configured paths in. Running `setup` is
 * left to the caller. Rejects with `git.pathTaken`, `git.badName`, `git.outsideRoot` or `git.branchMoved`.
 */
export async function prepareWorktree(repo: Repository, request: WorktreeRequest): Promise<PreparedWorktree> {
  const branch = taskBranch(request);
  const base = asCommit(request.base);
  const excluded = listCarried(request.config);
  const { path, admin, saved } = await withKeyedMutex(repo.commonDir, async () => {
    await makeWorktreeFolder(repo, dirname(request.path));
    const place = await canonicalPath(request.path);
    const rescued = await clearAttempt(repo, place, branch, base);
    return { path: place, saved: rescued, admin: await addWorktree(repo, place, base, branch) };
  });
  await checkOut(repo, path, admin, base);
  const notes = await copyConfiguredFiles(repo.root, path, request.config);
  await markReady(admin, { branch, base, excluded });
  return { path, branch, notes, saved };
}

/**
 * Takes a worktree and its branch away, if that loses nothing: no change against its commits, no commit that only they
 * hold; what has landed goes in any case, and so does what is superseded if there is a branch: its work is on
 * `<branch>-saved` then. Missing ones count as removed.
 */
export async function removeWorktree(
  repo: Repository,
  request: { path: string; branch?: string },
  disposition: Disposition,
): Promise<RemoveOutcome> {
  const branch = request.branch ?? null;
  const path = await canonicalPath(request.path);
  const admin = await findAdminDir(repo, path);
  const outcome = await settleWork(repo, { path, admin, branch }, disposition);
  if (outcome.kind === "kept") return outcome;
  const empty = await withKeyedMutex(repo.commonDir, () => detach(repo, path, admin));
  const left = branch === null ? null : await dropBranch(repo, branch, disposition === "landed");
  await empty();
  return withLeft(outcome, left);
}

/** Tells, with what became of a workspace, of a branch that could not be deleted. */
export function withLeft(outcome: RemoveOutcome, left: string | null): RemoveOutcome {
  return left === null || outcome.kind === "kept" ? outcome : { ...outcome, left };
}

/** Sees to what a worktree and its branch hold before they go: saves it, or says why they are kept (WORKTREE-3). */
export async function settleWork(
  repo: Repository,
  { path, admin, branch }: { path: string; admin: string | null; branch: string | null },
  disposition: Disposition,
): Promise<RemoveOutcome> {
  if (disposition === "landed") return { kind: "removed", saved: null };
  if (admin !== null && !(await isMade(admin, path))) return { kind: "kept", why: "pleach did not make it" };
  const work = await findOwnWork(repo, path, admin, branch);
  if (!holdsWork(work)) return { kind: "removed", saved: null };
  if (disposition === "kept" || branch === null) return { kind: "kept", why: describeWork(work) };
  return { kind: "removed", saved: await saveWork(repo, branch, work) };
}

/**
 * Deletes the branch of an attempt whose work has landed, or whose commits something else holds. Resolves with why it could
 * not be deleted, or null. Never rejects: nothing is lost while a branch stays.
 */
export async function dropBranch(repo: Repository, branch: string, hasLanded: boolean): Promise<string | null> {
  try {
    const tip = (await peekBranch(repo, branch)) ?? (await readBranch(repo, branch));
    if (tip === null || !(hasLanded || (await isHeldElsewhere(repo, tip, branch)))) return null;
    if (!(await moveBranch(repo, branch, tip, null))) return `the branch ${branch} was moved meanwhile, and stays`;
    await forgetBranch(repo, branch);
    return null;
  } catch (thrown) {
    return `the branch ${branch} stays: ${messageOf(thrown)}`;
  }
}

/** Makes a folder for worktrees, into which nobody may look who may not look into the checkout. */
export async function makeWorktreeFolder({ root }: Pick<Repository, "root">, folder: string): Promise<void> {
  const { mode } = await stat(root);
  await mkdir(folder, { recursive: true, mode: (mode & 0o777) | 0o700 });
}

/** Registers a worktree without files at `path` and returns its admin folder; `branch` null: detached at `base`. */
export async function addWorktree(
  repo: Repository,
  path: string,
  base: string,
  branch: string | null,
): Promise<string> {
  const entries = await listIfThere(path);
  // A git that was killed while it made a worktree without files leaves this one, and forgets about it.
  if (entries.length === 1 && entries[0] === ".git") await rm(join(path, ".git"), { force: true });
  else if (entries.length > 0) throw pathTaken(path, "the folder is there and git does not know it");
  const target = branch === null ? ["--detach", "--", path, base] : ["--", path, branch];
  const forgotten = await findAdminDir(repo, path);
  // Its folder is gone, and git spares it still, for our own lock.
  if (forgotten !== null) await unlockWorktree(forgotten);
  const lock = ["--lock", "--reason", lockReason(path)];
  await git(repo.root, ["worktree", "add", "--no-checkout", "--force", ...lock, ...target]);
  const admin = await findAdminDir(repo, path);
  if (admin !== null) {
    await noteMade(admin);
    return admin;
  }
  throw new PleachError("git.noWorktree", `git made a worktree at ${path} but does not list it`, {
    hint: "Another program may be tidying up worktrees here: look at git worktree list, then try again.",
    file: path,
  });
}

function pathTaken(path: string, why: string): PleachError {
  return new PleachError("git.pathTaken", `cannot make a worktree at ${path}: ${why}`, {
    hint: "Move it out of the way.",
    file: path,
  });
}

/** Writes all files of `commit`, where HEAD is, into a fresh worktree. */
export async function checkOut(repo: Repository, path: string, admin: string, commit: string): Promise<WorktreeGit> {
  const run = await openWorktreeGit({ path, gitDir: admin });
  await run(["read-tree", "--reset", "-u", "HEAD"]);
  await lendSubmodules(repo, admin, commit);
  return run;
}

/** The same for a worktree that is to be used again; resolves with how its files were written. */
export async function checkOutToReuse(
  repo: Repository,
  path: string,
  admin: string,
  commit: string,
): Promise<CheckoutShape> {
  return readShape(repo, await checkOut(repo, path, admin, commit), (await stat(path)).mode);
}

/** Takes the worktree off git's list and out of its place; the returned function deletes the files. */
export async function detach(repo: Repository, path: string, admin: string | null): Promise<() => Promise<void>> {
  if (admin === null) return () => Promise.resolve();
  const empty = await moveToTrash(path);
  // Forced twice: it is locked. Its folder being gone, this only drops the admin folder. A general prune would also hit
  // worktrees of the user.
  await git(repo.root, ["worktree", "remove", "--force", "--force", "--", path]);
  return empty;
}

/** Makes room for a fresh start of an attempt (WORKTREE-2) and puts its branch at `base`. */
async function clearAttempt(repo: Repository, path: string, branch: string, base: string): Promise<string | null> {
  const admin = await findAdminDir(repo, path);
  const tip = await readBranch(repo, branch);
  let saved: string | null = null;
  if (admin !== null && !(await isMade(admin, path))) throw pathTaken(path, "somebody else has a worktree there");
  if (admin !== null || tip !== null) {
    const work = await findOwnWork(repo, path, admin, branch);
    if (holdsWork(work)) saved = await saveWork(repo, branch, work);
    await (await detach(repo, path, admin))();
  }
  await startBranch(repo, { path, branch, tip, base });
  return saved;
}

/** Moves the branch of an attempt from its `tip` to its base. Rejects with `git.branchMoved`. */
export async function startBranch(
  repo: Repository,
  { path, branch, tip, base }: { path: string; branch: string; tip: string | null; base: string },
): Promise<void> {
  if (tip === base || (await moveBranch(repo, branch, tip, base))) return;
  throw new PleachError("git.branchMoved", `the branch ${branch} moved while its worktree was being prepared`, {
    hint: "A process of this attempt may still be running.",
    file: path,
  });
}
