/**
 * The names of our branches and how they move: only by compare-and-swap, so that performing an effect twice, or beside
 * somebody else, never loses a commit. `pleach/<run>` is the integration branch of a run; the branches of its attempts
 * are `pleach-tasks/<run>/<task>/<attempt>`, under another root because git cannot keep a ref below another ref.
 */

import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { listCheckouts } from "./checkouts.ts";
import { git, gitText } from "./git.ts";
import { lookAtLock, readLock, removeLock } from "./locks.ts";
import { lstatIfThere } from "./presence.ts";
import { describeDisk } from "./refusals.ts";
import { asCommit, isObjectId, type Repository } from "./repository.ts";
import { withWriteNote } from "./write-notes.ts";

/** Branches that pleach owns start with one of these. */
export const ownBranchPrefixes = ["pleach/", "pleach-tasks/"] as const;

/** Refs that are no branches, and pleach's own: they keep commits alive. */
export const OWN_REFS = "refs/pleach/";

/** Those that hold candidates: they go by themselves. */
const isPassing = (ref: string): boolean => ref.startsWith(`${OWN_REFS}merge/`) || ref.startsWith(`${OWN_REFS}ship/`);

export interface AttemptName {
  run: string;
  task: string;
  /** A label such as `1` or `2-1`: letters, digits and `-`. */
  attempt: string;
}

/** A branch that was put back, because somebody had deleted it or moved it away from what was merged. */
export interface Restored {
  branch: string;
  /** Where it was found; null: it was gone. */
  found: string | null;
  /** The branch under which what was found is kept; null when nothing of it is new. */
  kept: string | null;
}

/**
 * `already`: the branch holds the commit, perhaps with more on top; `commit` is its tip. `diverged`: somebody else put more
 * on top of `from`, where the branch is left.
 */
export type AdvanceOutcome =
  | { kind: "moved"; restored?: Restored }
  | { kind: "already"; commit: string }
  | { kind: "diverged"; found: string };

/** More than a ref, and all that a file system writes at once. */
const PROBE_BYTES = 8192;

/** How often it is tried to move a branch that others move at the same time. */
const MAX_TRIES = 5;

/** The attempts of a run that have a branch now; those on which work was saved are none. */
export async function listAttemptBranches(repo: Repository, run: string): Promise<Omit<AttemptName, "run">[]> {
  const args = ["for-each-ref", "--format=%(refname:lstrip=4)", `refs/heads/pleach-tasks/${asName("run", run)}/`];
  return (await gitText(repo.root, args)).split("\n").flatMap((name) => {
    const [task = "", attempt = "", ...more] = name.split("/");
    const isAttempt = task !== "" && !task.startsWith("@") && /^[A-Za-z0-9-]+$/.test(attempt) && more.length === 0;
    return isAttempt && !attempt.endsWith("-saved") ? [{ task, attempt }] : [];
  });
}

/** Name of a run's integration branch. Throws `git.badName`. */
export function integrationBranch(run: string): string {
  return `pleach/${asName("run", run)}`;
}

/** Name of the branch of one attempt of a task. Throws `git.badName`. */
export function taskBranch({ run, task, attempt }: AttemptName): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(attempt) || attempt.endsWith("-saved")) {
    throw new PleachError("git.badName", `the attempt label "${attempt}" must be letters, digits and "-"`);
  }
  return `pleach-tasks/${asName("run", run)}/${asName("task", task)}/${attempt}`;
}

/**
 * The commit a branch points at, or null when there is none of that name. Rejects when there is one that cannot be read: it
 * may not be taken for one that is not there.
 */
export async function readBranch(repo: Repository, branch: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `refs/heads/${branch}^{commit}`];
  const output = await git(repo.root, args, { codes: [0, 1] });
  if (output.code === 0) return output.stdout.toString("utf8").trim();
  const file = await lstatIfThere(join(repo.commonDir, "refs", "heads", branch)).catch((thrown: unknown) => {
    throw describeDisk(thrown, `the branch ${branch} of ${repo.root} cannot be read`, repo.root) ?? thrown;
  });
  if (file === null || file.isDirectory()) return null;
  throw new PleachError("git.brokenBranch", `the branch ${branch} of ${repo.root} names no commit that is there`, {
    hint: `Look where it was (git reflog ${branch}), then put it there: git update-ref refs/heads/${branch} COMMIT`,
    file: file.isFile() ? join(repo.commonDir, "refs", "heads", branch) : repo.root,
  });
}

/** Where a branch that has a file of its own is, without asking git; null where that is to be asked. */
export async function peekBranch(repo: Repository, branch: string): Promise<string | null> {
  const file = join(repo.commonDir, "refs", "heads", branch);
  const read = await readUntrustedFile(file, { maxBytes: 100 });
  const oid = read.kind === "read" ? read.bytes.toString("utf8").trimEnd() : "";
  return isObjectId(oid) ? oid : null;
}

/**
 * Makes the integration branch at `commit`. A branch that is there already is left where it is (the run went on since)
 * and reported as `already` with its tip.
 */
export async function createIntegrationBranch(
  repo: Repository,
  run: string,
  commit: string,
): Promise<{ kind: "created" | "already"; branch: string; commit: string }> {
  const branch = integrationBranch(run);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (await moveBranch(repo, branch, null, commit)) return { kind: "created", branch, commit };
    const found = await readBranch(repo, branch);
    if (found !== null) return { kind: "already", branch, commit: found };
  }
  throw describeRestless(branch);
}

/**
 * Moves the integration branch from one commit to another by compare-and-swap. What was merged is never given up: where the
 * branch is gone, or was moved to a commit that does not hold `from`, it is put at `to` all the same, and what others had put
 * there is kept under a name of its own.
 */
export async function advanceBranch(
  repo: Repository,
  { run, from, to }: { run: string; from: string; to: string },
): Promise<AdvanceOutcome> {
  const branch = integrationBranch(run);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await readBranch(repo, branch);
    if (found === asCommit(to)) return { kind: "already", commit: to };
    if (found === from) {
      if (await moveBranch(repo, branch, from, to)) return { kind: "moved" };
      continue;
    }
    // An advance that was made but not recorded, and somebody went on from there: made again it would land twice.
    if (found !== null && (await isAncestor(repo, to, found))) return { kind: "already", commit: found };
    if (found !== null && (await isAncestor(repo, from, found))) return { kind: "diverged", found };
    const kept = found === null ? null : await keepFound(repo, { run, found, merged: from });
    if (await moveBranch(repo, branch, found, to)) return { kind: "moved", restored: { branch, found, kept } };
  }
  throw describeRestless(branch);
}

/** Sees to it that the integration branch holds `merged`; null when it does, else what was found in its place. */
export async function restoreBranch(
  repo: Repository,
  { run, merged }: { run: string; merged: string },
): Promise<Restored | null> {
  const branch = integrationBranch(run);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await readBranch(repo, branch);
    if (found !== null && (await isAncestor(repo, merged, found))) return null;
    const kept = found === null ? null : await keepFound(repo, { run, found, merged });
    if (await moveBranch(repo, branch, found, merged)) return { branch, found, kept };
  }
  throw describeRestless(branch);
}

/** Keeps a commit that somebody put on the integration branch; null when what was merged holds it anyway. */
async function keepFound(
  repo: Repository,
  { run, found, merged }: { run: string; found: string; merged: string },
): Promise<string | null> {
  if (await isAncestor(repo, found, merged)) return null;
  // No task has such a name.
  const name = `pleach-tasks/${asName("run", run)}/@found/${found.slice(0, 12)}`;
  if ((await readBranch(repo, name)) !== found) await moveBranch(repo, name, null, found);
  return name;
}

function describeRestless(branch: string): PleachError {
  return new PleachError("git.branchMoved", `the branch ${branch} is moved by others again and again`, {
    hint: "Find out which program moves it: git reflog tells when.",
  });
}

/**
 * Points `branch` at `to` (null: deletes it) if it points at `from` now (null: if it does not exist). Resolves with
 * whether it did; when it did not, the branch was somewhere else. Whatever else keeps git from moving it is an error:
 * `git.locked`, `git.denied`, `git.noSpace`, `git.nameTaken`, `git.failed`.
 */
export async function moveBranch(
  repo: Repository,
  branch: string,
  from: string | null,
  to: string | null,
): Promise<boolean> {
  const ref = `refs/heads/${branch}`;
  const nothing = "0".repeat((from ?? to ?? repo.head.commit).length);
  const old = from === null ? nothing : asCommit(from);
  const change = to === null ? ["-d", ref, old] : [ref, asCommit(to), old];
  const locks = [`${ref}.lock`, ...(to === null ? ["packed-refs.lock", "packed-refs.new"] : [])];
  const paths = locks.map((lock) => join(repo.commonDir, lock));
  return withWriteNote(repo.commonDir, paths, async () => {
    const update = () => git(repo.root, ["update-ref", "-m", "pleach", "--no-deref", ...change]);
    for (let tries = 1; ; tries += 1) {
      try {
        await update();
        return true;
      } catch (thrown) {
        if ((await readBranch(repo, branch)) !== from) return false;
        // It is where it was: git was refused for another reason, unless it was moved away and back meanwhile.
        if (tries === 1 && (await isFreedAgain(repo, branch, thrown))) continue;
        throw await explainUnmoved(repo, branch, thrown);
      }
    }
  });
}

/** Removes the lock of a branch of ours that was left by a git that was killed; true when it is worth trying again. */
async function isFreedAgain(repo: Repository, branch: string, thrown: unknown): Promise<boolean> {
  if (codeOf(thrown) === "git.failed") return true;
  const isOurs = ownBranchPrefixes.some((prefix) => branch.startsWith(prefix));
  if (codeOf(thrown) !== "git.locked" || !isOurs) return false;
  const lock = await readLock(join(repo.commonDir, "refs", "heads", `${branch}.lock`));
  return lock !== null && (await lookAtLock(lock)).makers?.length === 0 && (await removeLock(lock));
}

/** The reason that git gives, or the one that it does not give. */
async function explainUnmoved(repo: Repository, branch: string, thrown: unknown): Promise<unknown> {
  if (codeOf(thrown) !== "git.failed") return thrown;
  const taken = await findTakenName(repo, branch);
  if (taken !== null) return describeTaken(repo, branch, taken);
  const folder = await nearestFolder(join(repo.commonDir, "refs", "heads", branch));
  // For a folder that it cannot make, and a file that it cannot fill, git gives no reason.
  return (await tryToWrite(folder, `the branch ${branch} cannot be changed`)) ?? thrown;
}

/** Why a file cannot be written in a folder of refs; null when it can. */
async function tryToWrite(folder: string, what: string): Promise<PleachError | null> {
  // What begins with a dot is no ref for git.
  const file = join(folder, `.pleach-${randomUUID()}`);
  try {
    await writeFile(file, Buffer.alloc(PROBE_BYTES), { flag: "wx" });
    return null;
  } catch (thrown) {
    return describeDisk(thrown, what, folder);
  } finally {
    await rm(file, { force: true });
  }
}

async function nearestFolder(path: string): Promise<string> {
  const folder = dirname(path);
  return folder === path || (await lstatIfThere(folder)) !== null ? folder : nearestFolder(folder);
}

/** Rejects with `git.nameTaken` when a branch of the person leaves no place for those of a run. */
export async function requireFreeNames(repo: Repository, run: string): Promise<void> {
  for (const branch of [integrationBranch(run), taskBranch({ run, task: "any", attempt: "1" })]) {
    const taken = await findTakenName(repo, branch);
    if (taken !== null) throw describeTaken(repo, branch, taken);
  }
}

/** The branch whose name leaves no place for `branch`, since git keeps no ref below another one; null when there is none. */
async function findTakenName(repo: Repository, branch: string): Promise<string | null> {
  const parts = branch.split("/");
  const above = parts.slice(1).map((_, index) => `refs/heads/${parts.slice(0, index + 1).join("/")}`);
  // A pattern matches a ref, and all refs below it.
  const listed = await gitText(repo.root, ["for-each-ref", "--format=%(refname)", `refs/heads/${parts[0]}`]);
  const taken = listed.split("\n").find((ref) => above.includes(ref) || ref.startsWith(`refs/heads/${branch}/`));
  return taken?.slice("refs/heads/".length) ?? null;
}

function describeTaken(repo: Repository, branch: string, taken: string): PleachError {
  return new PleachError("git.nameTaken", `the branch ${taken} leaves no place for a branch ${branch}`, {
    hint: `git keeps no branch below another one; rename yours: git branch -m ${taken} another-name`,
    file: repo.root,
  });
}

/**
 * The newest commit that carries the trailer `Pleach-Effect: <effectId>` among the last `depth` of first parents on
 * `ref` (a branch of ours, or a commit), or null.
 */
export async function findEffect(
  repo: Repository,
  ref: string,
  effectId: string,
  depth = 1000,
): Promise<string | null> {
  const format = "--format=%H%x00%(trailers:key=Pleach-Effect,valueonly,unfold)%x00";
  const args = ["log", "-z", `--max-count=${depth}`, "--first-parent", format, "--end-of-options", ref, "--"];
  const output = await git(repo.root, args, { codes: [0, 128] });
  if (output.code !== 0) return null;
  const fields = output.stdout.toString("utf8").split("\0");
  // Each commit is: id, trailer values, and the empty field between two commits.
  for (let at = 0; at + 1 < fields.length; at += 3) {
    const values = (fields[at + 1] ?? "").split("\n").map((value) => value.trim());
    if (values.includes(effectId)) return fields[at] ?? null;
  }
  return null;
}

/**
 * The worktree that has `branch` checked out, or null. Moving a branch under a checkout would leave its files behind:
 * what was merged would look like changes of the person that take it back.
 */
export async function findCheckout(repo: Repository, branch: string): Promise<string | null> {
  return (await listCheckouts(repo)).find((checkout) => checkout.branch === branch)?.path ?? null;
}

/** Whether `ancestor` is reachable from (or is) `commit`. */
export async function isAncestor(repo: Repository, ancestor: string, commit: string): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", asCommit(ancestor), asCommit(commit)];
  return (await git(repo.root, args, { codes: [0, 1] })).code === 0;
}

/** Whether a ref other than `branch` holds `commit`, so that nothing is lost without `branch`. */
export function isHeldElsewhere(repo: Repository, commit: string, branch: string | null): Promise<boolean> {
  return isHeld(repo, commit, (ref) => ref !== `refs/heads/${branch}` && !isPassing(ref));
}

/** Whether one of the refs that count (by their full names) holds `commit`. */
export async function isHeld(repo: Repository, commit: string, counts: (ref: string) => boolean): Promise<boolean> {
  const refs = await gitText(repo.root, ["for-each-ref", "--format=%(refname)", `--contains=${asCommit(commit)}`]);
  return refs.split("\n").some((ref) => ref !== "" && counts(ref));
}

/** A run or task id that can be one component of a ref: what git's check-ref-format forbids is refused. */
function asName(what: string, name: string): string {
  const isBad = /[\x00-\x20\x7f~^:?*[\\/]|\.\.|@\{|^[-.]|\.lock$|\.$|^@?$/.test(name);
  if (!isBad && Buffer.byteLength(name) <= 200) return name;
  throw new PleachError("git.badName", `the ${what} id ${JSON.stringify(name)} cannot be part of a branch name`, {
    hint: "Use letters, digits, dots, dashes and underscores.",
  });
}
