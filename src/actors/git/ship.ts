/**
 * Brings the integration branch of a run into the base branch: the one operation that changes the user's checkout, and
 * only on their word. It looks before it acts: what would overwrite uncommitted work is refused with the files named,
 * and nothing has changed then. Dirty files that the merge does not touch stay as they are.
 *
 * Between looking and acting the caller may have the commit checked that the branch is about to get.
 *
 * Performing it again is safe: a branch that holds the result is `already`; what an interrupted ship has written is taken
 * back first (`ship-record.ts`).
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PleachError } from "../../errors.ts";
import { findPrograms } from "../process/index.ts";
import { mergeTrees } from "./chain.ts";
import { listCheckouts } from "./checkouts.ts";
import { findOverlap, settleFiles } from "./dirty-overlap.ts";
import { git, gitText } from "./git.ts";
import { holdCommit, letGo } from "./held.ts";
import { lookAtLock, readLock } from "./locks.ts";
import { MergePlace } from "./merge-place.ts";
import { writeCommit } from "./message.ts";
import { nullIfAbsent, statIfThere } from "./presence.ts";
import { type RawPath, showPaths } from "./raw-path.ts";
import { integrationBranch, isAncestor, moveBranch, readBranch } from "./refs.ts";
import { describeLocked, describeRefusal } from "./refusals.ts";
import { asCommit, type Repository, readHeadBranch } from "./repository.ts";
import { readShipRecord, removeShipRecord, takeBackShip, writeShipRecord } from "./ship-record.ts";
import { listChanges } from "./tree-changes.ts";
import { withWriteNote } from "./write-notes.ts";

/** How long a git is waited for whose ship was killed. */
const SHIP_WAIT_MS = 10_000;
const SHIP_POLL_MS = 100;

export type ShipOutcome =
  | { kind: "shipped"; how: "fastForward" | "merge"; branch: string; from: string; commit: string; files: string[] }
  | { kind: "already"; branch: string; commit: string };

export interface ShipRequest {
  run: string;
  /** Default: the branch that the checkout is on now. */
  into?: string;
  /** What was merged; absent: whatever the run's branch holds. */
  merged?: MergedTip;
  /** Gets the commit that the branch will be at; when it rejects, so does the ship, and nothing has changed. */
  check?: (commit: string) => Promise<void>;
}

/** Where a run's branch has to be. */
export interface MergedTip {
  head: string;
  /** Where it is being moved to; it may be there already. */
  next: string | null;
}

/**
 * Merges `pleach/<run>` into a branch. Rejects, with nothing changed, with `git.detached`, `git.noBranch`,
 * `git.notMerged`, `git.shipConflict`, `git.dirtyOverlap`, `git.busy`, `git.locked` or `git.branchMoved`, or as `check` does.
 */
export async function shipBranch(repo: Repository, request: ShipRequest): Promise<ShipOutcome> {
  const { run, into, merged, check } = request;
  const source = integrationBranch(run);
  const branch = into ?? (await readHeadBranch(repo.root));
  if (branch === null) {
    throw new PleachError("git.detached", `cannot ship ${source}: HEAD of ${repo.root} is on no branch`, {
      hint: "Name the branch to merge into: pleach ship --into BRANCH",
    });
  }
  const from = await requireBranch(repo, branch);
  const tip = (await findMerged(repo, { source, from, merged })) ?? from;
  if (await isAncestor(repo, tip, from)) return { kind: "already", branch, commit: from };
  const how = (await isAncestor(repo, from, tip)) ? "fastForward" : "merge";
  const commit = how === "fastForward" ? tip : await makeMerge(repo, { run, source, branch, from, tip });
  const files = showPaths((await listChanges(repo, from, commit)).map((change) => change.path));
  // What would be refused afterwards is refused before anybody waits for gates.
  const first = await findCheckout(repo, branch);
  if (first !== null) {
    await waitForEarlierShip(first);
    // Its git went on without it, and has moved the branch.
    if ((await readBranch(repo, branch)) !== from) return shipBranch(repo, request);
    await requireUnlocked(repo, first, branch);
    await takeBackShip(repo, first.path, first.gitDir);
    await requireNoOverlap(repo, first.path, { from, to: commit });
  }
  try {
    if (how === "merge") await holdCommit(repo, "ship", { run, commit, onto: from });
    if (check !== undefined) await check(commit);
    const place = check === undefined ? first : await findCheckout(repo, branch);
    if (place === null) await moveRef(repo, branch, from, commit);
    else await updateCheckout(repo, place, { run, branch, from, to: commit });
  } finally {
    if (how === "merge") await letGo(repo, "ship", run).catch(() => {});
  }
  return { kind: "shipped", how, branch, from, commit, files };
}

/** The commit to ship; null when all that was merged is in `from`, wherever the run's branch is now. */
async function findMerged(
  repo: Repository,
  { source, from, merged }: { source: string; from: string; merged: MergedTip | undefined },
): Promise<string | null> {
  if (merged === undefined) return requireBranch(repo, source);
  const { head, next } = merged;
  const tip = await readBranch(repo, source);
  if (tip !== null && (tip === head || tip === next)) return tip;
  if (await isAncestor(repo, head, from)) return null;
  if (tip === null) {
    // Shipping removed it, and somebody took back what was shipped.
    if (await isCommitThere(repo, head)) return head;
    throw new PleachError("git.noBranch", `the branch ${source} is gone, with what was merged on it`, {
      hint: `Make it again, then ship: git branch ${source} ${head}`,
    });
  }
  const isMore = await isAncestor(repo, head, tip);
  const what = isMore ? "holds commits that pleach did not merge" : "does not hold all that was merged";
  throw new PleachError("git.notMerged", `${source} ${what}: it is at ${tip}, and ${head} is what was merged`, {
    hint: `Look at it (git log --oneline ${head}...${source}), then put it back (git branch -f ${source} ${head}) or merge it by hand.`,
  });
}

async function isCommitThere(repo: Repository, commit: string): Promise<boolean> {
  const { code } = await git(repo.root, ["cat-file", "-e", `${asCommit(commit)}^{commit}`], { codes: [0, 1, 128] });
  return code === 0;
}

async function requireBranch(repo: Repository, branch: string): Promise<string> {
  const tip = await readBranch(repo, branch);
  if (tip !== null) return tip;
  throw new PleachError("git.noBranch", `there is no branch ${JSON.stringify(branch)} in ${repo.root}`, {
    hint: "List them: git branch --list",
  });
}

async function makeMerge(
  repo: Repository,
  { run, source, branch, from, tip }: { run: string; source: string; branch: string; from: string; tip: string },
): Promise<string> {
  const merge = await MergePlace.use(repo, (place) => mergeTrees(place, from, tip));
  if (merge.kind === "clean") {
    const message = `Merge branch '${source}' into ${branch}\n\nPleach-Run: ${run}\n`;
    return writeCommit(repo, { tree: merge.tree, parents: [from, tip], message });
  }
  const facts = {
    hint: `Merge by hand: git switch ${branch} && git merge ${source}`,
    ...(merge.files[0] === undefined ? {} : { file: merge.files[0] }),
  };
  throw new PleachError("git.shipConflict", `${source} conflicts with ${branch} in ${listFiles(merge.files)}`, facts);
}

async function moveRef(repo: Repository, branch: string, from: string, to: string): Promise<void> {
  if (await moveBranch(repo, branch, from, to)) return;
  throw describeMoved(branch);
}

function describeMoved(branch: string): PleachError {
  return new PleachError("git.branchMoved", `the branch ${branch} moved while it was being merged into`, {
    hint: "Try again.",
  });
}

interface Checkout {
  path: string;
  gitDir: string;
}

/** The checkout (the user's or another worktree) that is on `branch`, or null. Rejects when it is in the middle of something. */
async function findCheckout(repo: Repository, branch: string): Promise<Checkout | null> {
  let found: Checkout | null = null;
  for (const { path, branch: own } of await listCheckouts(repo)) {
    if ((await statIfThere(path)) === null) continue;
    const gitDir = await gitText(path, ["rev-parse", "--absolute-git-dir"]);
    await requireIdle({ path, gitDir }, branch, own === branch);
    if (own === branch) found = { path, gitDir };
  }
  return found;
}

/** A rebase leaves HEAD detached but moves its branch at the end; a merge under way needs the index. */
async function requireIdle({ path, gitDir }: Checkout, branch: string, isOnBranch: boolean): Promise<void> {
  for (const rebase of ["rebase-merge", "rebase-apply"]) {
    const name = await readFile(join(gitDir, rebase, "head-name"), "utf8").catch(nullIfAbsent);
    if (name?.trim() === `refs/heads/${branch}`) throw describeBusy(path, "a rebase");
  }
  if (!isOnBranch) return;
  for (const [file, what] of [
    ["MERGE_HEAD", "a merge"],
    ["CHERRY_PICK_HEAD", "a cherry-pick"],
    ["REVERT_HEAD", "a revert"],
  ] as const) {
    if ((await statIfThere(join(gitDir, file))) !== null) throw describeBusy(path, what);
  }
}

function describeBusy(path: string, what: string): PleachError {
  return new PleachError("git.busy", `cannot ship into ${path}: ${what} is under way there`, {
    hint: "Finish or abort it first: git status",
    file: path,
  });
}

/** Resolves with files that are as they should be already. */
async function requireNoOverlap(
  repo: Repository,
  path: string,
  { from, to }: { from: string; to: string },
): Promise<RawPath[]> {
  const { lost, settled } = await findOverlap(repo, path, from, to);
  if (lost.length === 0) return settled;
  throw new PleachError("git.dirtyOverlap", `uncommitted changes in ${path} would be overwritten: ${listFiles(lost)}`, {
    hint: "Commit or stash these files, then ship again.",
    ...(lost[0] === undefined ? {} : { file: lost[0] }),
  });
}

/** A git outlives its ship that was killed (GIT-3): as long as it writes, nothing is taken back. */
async function waitForEarlierShip({ path, gitDir }: Checkout): Promise<void> {
  const record = await readShipRecord(gitDir);
  if (record === null) return;
  for (let waitedMs = 0; ; waitedMs += SHIP_POLL_MS) {
    const gits = (await findPrograms((name) => name === "git")) ?? [];
    const writer = gits.find(({ args, folder }) => folder === path && args.includes(record.to));
    if (writer === undefined) return;
    if (waitedMs >= SHIP_WAIT_MS) {
      throw new PleachError("git.busy", `cannot ship into ${path}: git is still writing files of run ${record.run}`, {
        hint: `Wait until that has ended, then try again (process ${writer.pid}).`,
        file: path,
      });
    }
    await delay(SHIP_POLL_MS);
  }
}

/** What git locks when it moves a branch that is checked out. */
function listLocks({ commonDir }: Repository, { gitDir }: Checkout, branch: string): string[] {
  const own = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock"].map((lock) => join(gitDir, lock));
  return [...own, join(commonDir, `refs/heads/${branch}.lock`)];
}

/** Where somebody left a lock behind, there is no reason to wait for gates. */
async function requireUnlocked(repo: Repository, place: Checkout, branch: string): Promise<void> {
  for (const path of listLocks(repo, place, branch)) {
    const lock = await readLock(path);
    const looked = lock === null ? null : await lookAtLock(lock);
    if (looked?.makers?.length === 0) throw describeLocked(path, looked);
  }
}

async function updateCheckout(
  repo: Repository,
  place: Checkout,
  { run, branch, from, to }: { run: string; branch: string; from: string; to: string },
): Promise<void> {
  const { path, gitDir } = place;
  // Somebody may have committed while the gates were run; a merge that git refuses would leave traces.
  if ((await readBranch(repo, branch)) !== from) throw describeMoved(branch);
  const settled = await requireNoOverlap(repo, path, { from, to });
  await writeShipRecord(gitDir, { run, branch, from, to, settled });
  try {
    await withWriteNote(repo.commonDir, listLocks(repo, place, branch), async () => {
      await settleFiles(path, settled);
      await fastForward(path, branch, to);
    });
    await requireMoved(repo, { path, branch, to });
    await removeShipRecord(gitDir);
  } catch (thrown) {
    // If even that fails, the next ship takes it back.
    await takeBackShip(repo, path, gitDir).catch(() => {});
    if ((await readBranch(repo, branch)) !== from) throw describeMoved(branch);
    throw thrown;
  }
}

/** Whatever git was told to do besides: a result that the branch does not hold is not shipped. */
async function requireMoved(
  repo: Repository,
  { path, branch, to }: { path: string; branch: string; to: string },
): Promise<void> {
  const tip = await readBranch(repo, branch);
  if (tip !== null && (await isAncestor(repo, to, tip))) return;
  throw new PleachError("git.notMoved", `git merge ended well in ${path}, but ${branch} does not hold ${to}`, {
    hint: "A setting may have changed what git merge does: git config --show-origin --get-regexp 'merge|branch'",
    file: path,
  });
}

async function fastForward(path: string, branch: string, to: string): Promise<void> {
  // A branch may have options of its own, such as --squash, which would be read after ours.
  const env = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `branch.${branch}.mergeOptions`,
    GIT_CONFIG_VALUE_0: "--ff-only",
  };
  const args = ["merge", "--ff-only", "--no-autostash", "--no-verify-signatures", "--quiet", "--no-stat", to];
  const output = await git(path, args, { env, codes: [0, 1, 128] });
  if (output.code === 0) return;
  // A folder in the place of a file is left to git to judge.
  if (!/would be overwritten|would lose untracked files/.test(output.stderr)) {
    throw describeRefusal({ cwd: path, args, ...output }, null);
  }
  throw new PleachError("git.dirtyOverlap", `git does not update ${path}: ${output.stderr.trim()}`, {
    hint: "Commit or stash what is in the way, then ship again.",
    file: path,
  });
}

function listFiles(files: readonly string[]): string {
  const shown = files
    .slice(0, 20)
    .map((file) => JSON.stringify(file))
    .join(", ");
  return files.length > 20 ? `${shown} and ${files.length - 20} more` : shown;
}
