/**
 * The names of our branches and how they move: only by compare-and-swap, so that performing an effect twice, or beside
 * somebody else, never loses a commit. `pleach/<run>` is the integration branch of a run; the branches of its attempts
 * are `pleach-tasks/<run>/<task>/<attempt>`, under another root because git cannot keep a ref below another ref.
 */
import { PleachError } from "../../errors.ts";
import { git, gitText } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";

/** Branches that pleach owns start with one of these. */
export const ownBranchPrefixes = ["pleach/", "pleach-tasks/"] as const;

/** Refs that are no branches, and pleach's own: they keep commits alive. */
export const OWN_REFS = "refs/pleach/";

export interface AttemptName {
  run: string;
  task: string;
  /** A label such as `1` or `2-1`: letters, digits and `-`. */
  attempt: string;
}

/** `already`: the branch holds the commit, perhaps with more on top; `commit` is its tip. */
export type AdvanceOutcome =
  | { kind: "moved" }
  | { kind: "already"; commit: string }
  | { kind: "diverged"; found: string | null };

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

/** The commit a branch points at, or null when there is none of that name. */
export async function readBranch(repo: Repository, branch: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `refs/heads/${branch}^{commit}`];
  const output = await git(repo.root, args, { codes: [0, 1, 128] });
  return output.code === 0 ? output.stdout.toString("utf8").trim() : null;
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
  if (await moveBranch(repo, branch, null, commit)) return { kind: "created", branch, commit };
  const found = await readBranch(repo, branch);
  if (found === null) {
    throw new PleachError("git.badBranch", `cannot create the branch ${branch} in ${repo.root}`, {
      hint: `A branch of a name that excludes it may exist: git branch --list "pleach*"`,
      file: repo.root,
    });
  }
  return { kind: "already", branch, commit: found };
}

/** Moves the integration branch from one commit to another by compare-and-swap. */
export async function advanceBranch(
  repo: Repository,
  { run, from, to }: { run: string; from: string; to: string },
): Promise<AdvanceOutcome> {
  const branch = integrationBranch(run);
  if ((await readBranch(repo, branch)) === asCommit(to)) return { kind: "already", commit: to };
  if (await moveBranch(repo, branch, from, to)) return { kind: "moved" };
  const found = await readBranch(repo, branch);
  // An advance that was made but not recorded, and somebody went on from there: made again it would land twice.
  if (found !== null && (await isAncestor(repo, to, found))) return { kind: "already", commit: found };
  return { kind: "diverged", found };
}

/**
 * Points `branch` at `to` (null: deletes it) if it points at `from` now (null: if it does not exist). Resolves with
 * whether it did; when it did not, the branch is as it was.
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
  const output = await git(repo.root, ["update-ref", "-m", "pleach", "--no-deref", ...change], { codes: [0, 1, 128] });
  return output.code === 0;
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
  const listed = (await git(repo.root, ["worktree", "list", "--porcelain", "-z"])).stdout.toString("utf8");
  for (const worktree of listed.split("\0\0")) {
    const fields = worktree.split("\0").filter(Boolean);
    if (!fields.includes(`branch refs/heads/${branch}`)) continue;
    return fields.find((field) => field.startsWith("worktree "))?.slice("worktree ".length) ?? null;
  }
  return null;
}

/** Whether `ancestor` is reachable from (or is) `commit`. */
export async function isAncestor(repo: Repository, ancestor: string, commit: string): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", asCommit(ancestor), asCommit(commit)];
  return (await git(repo.root, args, { codes: [0, 1] })).code === 0;
}

/** Whether a ref other than `branch` holds `commit`, so that nothing is lost without `branch`. */
export async function isHeldElsewhere(repo: Repository, commit: string, branch: string | null): Promise<boolean> {
  const refs = await gitText(repo.root, ["for-each-ref", "--format=%(refname)", `--contains=${asCommit(commit)}`]);
  return refs.split("\n").some((ref) => ref !== "" && ref !== `refs/heads/${branch}`);
}

/** A run or task id that can be one component of a ref: what git's check-ref-format forbids is refused. */
function asName(what: string, name: string): string {
  const isBad = /[\x00-\x20\x7f~^:?*[\\/]|\.\.|@\{|^[-.]|\.lock$|\.$|^@?$/.test(name);
  if (!isBad && Buffer.byteLength(name) <= 200) return name;
  throw new PleachError("git.badName", `the ${what} id ${JSON.stringify(name)} cannot be part of a branch name`, {
    hint: "Use letters, digits, dots, dashes and underscores.",
  });
}
