/**
 * Nothing that a worker made is thrown away unseen: before a worktree that holds work goes, the work becomes a commit on
 * the branch `<attempt branch>-saved`. Its parents are everything that only this worktree or its branch held: the
 * attempt's branch, the worktree's own HEAD, and what had been saved there before.
 */
import { PleachError } from "../../errors.ts";
import { writeCommit } from "./message.ts";
import { statIfThere } from "./presence.ts";
import { isHeldElsewhere, moveBranch, readBranch } from "./refs.ts";
import { findCommit, type Repository } from "./repository.ts";
import { readTree } from "./tree-changes.ts";
import { readMark } from "./worktree-admin.ts";
import { writeWorktreeTree } from "./write-tree.ts";

/** What a worktree and its branch hold that nothing else does. */
export interface OwnWork {
  /** Commits held by nothing else: the branch's tip and the worktree's HEAD. */
  commits: string[];
  /** The files as they are, when they differ from every one of these commits and from the base. */
  tree: string | null;
  /** What the worktree was cut from; null when it is gone or never was ready. */
  base: string | null;
  /** What became of repositories in it, a line each. */
  notes: string[];
}

/** Looks for work in the worktree at `path` (with its admin folder, if git knows one) and on `branch`. */
export async function findOwnWork(
  repo: Repository,
  path: string,
  admin: string | null,
  branch: string | null,
): Promise<OwnWork> {
  const tip = branch === null ? null : await readBranch(repo, branch);
  const commits = tip !== null && !(await isHeldElsewhere(repo, tip, branch)) ? [tip] : [];
  const mark = admin === null ? null : await readMark(admin);
  // Without the mark no worker has ever been let in: what lies there is an unfinished checkout.
  if (admin === null || mark === null) return { commits, tree: null, base: null, notes: [] };
  const head = await findCommit(admin, "HEAD", { GIT_DIR: admin });
  if (head !== null && head !== tip && !(await isHeldElsewhere(repo, head, branch))) commits.push(head);
  if ((await statIfThere(path)) === null) return { commits, tree: null, base: mark.base, notes: [] };
  const { tree, notes } = await writeWorktreeTree(repo, path, mark.base, []);
  const known = await Promise.all([mark.base, tip, head].filter((id) => id !== null).map((id) => readTree(repo, id)));
  return { commits, tree: known.includes(tree) ? null : tree, base: mark.base, notes };
}

/** Whether there is anything to lose. */
export function holdsWork(work: OwnWork): boolean {
  return work.commits.length > 0 || work.tree !== null;
}

/** What would be lost, in words. */
export function describeWork(work: OwnWork): string {
  return work.tree === null ? "it holds commits that nothing else does" : "it holds changes";
}

/** Puts work that there is (`holdsWork`) on `<branch>-saved` and returns that name. */
export async function saveWork(
  repo: Repository,
  branch: string,
  work: OwnWork,
  why = "Saved before its worktree was removed.",
): Promise<string> {
  const saved = `${branch}-saved`;
  const before = await readBranch(repo, saved);
  const commit = await writeWork(repo, work, {
    subject: `Work left behind on ${branch}`,
    why,
    before,
  });
  if (await moveBranch(repo, saved, before, commit)) return saved;
  throw new PleachError("git.branchMoved", `the branch ${saved} moved while work was being saved on it`);
}

/** Makes one commit of work that there is; nothing points at it yet. `before` is what it is put on top of, too. */
export async function writeWork(
  repo: Repository,
  work: OwnWork,
  { subject, why, before, trailer }: { subject: string; why: string; before: string | null; trailer?: string },
): Promise<string> {
  const own = work.commits.length > 0 ? work.commits : [work.base ?? repo.head.commit];
  return writeCommit(repo, {
    tree: work.tree ?? (await readTree(repo, own[0] ?? repo.head.commit)),
    parents: [...new Set([...own, ...(before === null ? [] : [before])])],
    message: [subject, "", why, ...work.notes, ...(trailer === undefined ? [] : ["", trailer]), ""].join("\n"),
  });
}
