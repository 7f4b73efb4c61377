/**
 * Brings the integration branch of a run into the base branch: the one operation that changes the user's checkout, and
 * only on their word. It looks before it acts: what would overwrite uncommitted work is refused with the files named,
 * and nothing has changed then. Dirty files that the merge does not touch stay as they are.
 *
 * Between looking and acting the caller may have the commit checked that the branch is about to get.
 *
 * Performing it again is safe: a branch that holds the result is `already`; files that an interrupted ship has written
 * already count as clean.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PleachError } from "../../errors.ts";
import { mergeTrees } from "./chain.ts";
import { findOverlap, settleFiles } from "./dirty-overlap.ts";
import { git, gitText } from "./git.ts";
import { MergePlace } from "./merge-place.ts";
import { writeCommit } from "./message.ts";
import { type RawPath, showPaths } from "./raw-path.ts";
import { integrationBranch, isAncestor, moveBranch, readBranch } from "./refs.ts";
import { type Repository, readHeadBranch } from "./repository.ts";
import { listChanges } from "./tree-changes.ts";

export type ShipOutcome =
  | { kind: "shipped"; how: "fastForward" | "merge"; branch: string; from: string; commit: string; files: string[] }
  | { kind: "already"; branch: string; commit: string };

export interface ShipRequest {
  run: string;
  /** Default: the branch that the checkout is on now. */
  into?: string;
  /** Gets the commit that the branch will be at; when it rejects, so does the ship, and nothing has changed. */
  check?: (commit: string) => Promise<void>;
}

/**
 * Merges `pleach/<run>` into a branch. Rejects, with nothing changed, with `git.detached`, `git.noBranch`,
 * `git.shipConflict`, `git.dirtyOverlap`, `git.busy` or `git.branchMoved`, or as `check` does.
 */
export async function shipBranch(repo: Repository, { run, into, check }: ShipRequest): Promise<ShipOutcome> {
  const source = integrationBranch(run);
  const branch = into ?? (await readHeadBranch(repo.root));
  if (branch === null) {
    throw new PleachError("git.detached", `cannot ship ${source}: HEAD of ${repo.root} is on no branch`, {
      hint: "Name the branch to merge into: pleach ship --into BRANCH",
    });
  }
  const [from, tip] = await Promise.all([requireBranch(repo, branch), requireBranch(repo, source)]);
  if (await isAncestor(repo, tip, from)) return { kind: "already", branch, commit: from };
  const how = (await isAncestor(repo, from, tip)) ? "fastForward" : "merge";
  const commit = how === "fastForward" ? tip : await makeMerge(repo, { run, source, branch, from, tip });
  const files = showPaths((await listChanges(repo, from, commit)).map((change) => change.path));
  if (check !== undefined) {
    // What would be refused afterwards is refused before anybody waits for gates.
    const first = await findCheckout(repo, branch);
    if (first !== null) await requireNoOverlap(repo, first, { from, to: commit });
    await check(commit);
  }
  const place = await findCheckout(repo, branch);
  if (place === null) await moveRef(repo, branch, from, commit);
  else await updateCheckout(repo, place, branch, from, commit);
  return { kind: "shipped", how, branch, from, commit, files };
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

/** The checkout (the user's or another worktree) that is on `branch`, or null. Rejects when it is in the middle of something. */
async function findCheckout(repo: Repository, branch: string): Promise<string | null> {
  const { stdout } = await git(repo.root, ["worktree", "list", "--porcelain", "-z"]);
  let found: string | null = null;
  for (const entry of stdout.toString("utf8").split("\0\0")) {
    const fields = entry.split("\0");
    const path = fields.find((field) => field.startsWith("worktree "))?.slice("worktree ".length);
    const isBare = fields.includes("bare");
    const isThere = path !== undefined && !isBare && (await stat(path).catch(() => null)) !== null;
    if (!isThere) continue;
    await requireIdle(path, branch, fields.includes(`branch refs/heads/${branch}`));
    if (fields.includes(`branch refs/heads/${branch}`)) found = path;
  }
  return found;
}

/** A rebase leaves HEAD detached but moves its branch at the end; a merge under way needs the index. */
async function requireIdle(path: string, branch: string, isOnBranch: boolean): Promise<void> {
  const gitDir = await gitText(path, ["rev-parse", "--absolute-git-dir"]);
  for (const rebase of ["rebase-merge", "rebase-apply"]) {
    const name = await readFile(join(gitDir, rebase, "head-name"), "utf8").catch(() => "");
    if (name.trim() === `refs/heads/${branch}`) throw describeBusy(path, "a rebase");
  }
  if (!isOnBranch) return;
  for (const [file, what] of [
    ["MERGE_HEAD", "a merge"],
    ["CHERRY_PICK_HEAD", "a cherry-pick"],
    ["REVERT_HEAD", "a revert"],
  ] as const) {
    if ((await stat(join(gitDir, file)).catch(() => null)) !== null) throw describeBusy(path, what);
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

async function updateCheckout(repo: Repository, path: string, branch: string, from: string, to: string): Promise<void> {
  // Somebody may have committed while the gates were run; a merge that git refuses would leave traces.
  if ((await readBranch(repo, branch)) !== from) throw describeMoved(branch);
  await settleFiles(path, await requireNoOverlap(repo, path, { from, to }));
  const args = ["merge", "--ff-only", "--no-autostash", "--no-verify-signatures", "--quiet", "--no-stat", to];
  const { code, stderr } = await git(path, args, { codes: [0, 1, 128] });
  if (code === 0) return;
  if ((await readBranch(repo, branch)) !== from) throw describeMoved(branch);
  throw new PleachError("git.dirtyOverlap", `git does not update ${path}: ${stderr.trim()}`, {
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
