/**
 * Commits that pleach has made and that no branch holds yet. Anybody's `git gc --prune=now` takes away what no ref holds, a
 * worker's as well as a person's.
 *
 * HELD-1 A candidate of the merge queue is held by `refs/pleach/merge/<run>` from when it is made until the next one is, or the
 *    run is over: so is all that was merged, whatever becomes of the run's branch. A merge that is shipped is held by
 *    `refs/pleach/ship/<run>` until the branch has moved. What a killed host left held goes with `pleach doctor --fix`.
 * HELD-2 What was taken away before it was held is noticed then, and made anew.
 */
import { join } from "node:path";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { git, gitText } from "./git.ts";
import { OWN_REFS } from "./refs.ts";
import { asCommit, type Repository } from "./repository.ts";
import { withWriteNote } from "./write-notes.ts";

/** A candidate of the merge queue, or the merge that is about to be shipped. */
export type Held = "merge" | "ship";

const PLACES: readonly Held[] = ["merge", "ship"];

const refOf = (what: Held, run: string): string => `${OWN_REFS}${what}/${run}`;

/** Holds a commit, in the place of what was held before. Rejects with `git.lost` when some of it is gone already. */
export async function holdCommit(
  repo: Repository,
  what: Held,
  { run, commit, onto }: { run: string; commit: string; onto: string },
): Promise<void> {
  await change(repo, refOf(what, run), [refOf(what, run), asCommit(commit)]);
  if (!(await isWhole(repo, commit, onto))) throw describeLost(repo, commit);
}

/** Holds nothing any more; done before, it changes nothing. */
export async function letGo(repo: Repository, what: Held, run: string): Promise<void> {
  await change(repo, refOf(what, run), ["-d", refOf(what, run)]);
}

/** What is held now, of all runs. */
export async function listHeld(repo: Repository): Promise<{ ref: string; what: Held; run: string }[]> {
  const wanted = PLACES.map((what) => `${OWN_REFS}${what}/`);
  const listed = await gitText(repo.root, ["for-each-ref", "--format=%(refname)", ...wanted]);
  return listed.split("\n").flatMap((ref) => {
    const what = PLACES.find((each) => ref.startsWith(`${OWN_REFS}${each}/`));
    return what === undefined ? [] : [{ ref, what, run: ref.slice(`${OWN_REFS}${what}/`.length) }];
  });
}

/** Whether all that a commit holds and a commit before it does not is in the repository. */
export async function isWhole(repo: Repository, commit: string, before: string): Promise<boolean> {
  const walk = ["rev-list", "--objects", "--quiet", "--missing=allow-promisor"];
  const args = [...walk, asCommit(commit), "--not", asCommit(before)];
  return (await git(repo.root, args, { codes: [0, 1, 128] })).code === 0;
}

/** Whether git failed since an object was gone that it had been told of. */
export function saysLost(thrown: unknown): boolean {
  if (codeOf(thrown) === "git.lost") return true;
  const words =
    /nonexistent object|bad object|missing object|invalid object|not a valid ('tree' )?object|unable to read/i;
  return codeOf(thrown) === "git.failed" && words.test(messageOf(thrown));
}

export function describeLost(repo: Repository, commit: string): PleachError {
  return new PleachError("git.lost", `the commit ${commit.slice(0, 12)} is gone from the repository, or some of it`, {
    hint: "Somebody ran git gc --prune=now, or git prune, while it was made: try again.",
    file: repo.root,
  });
}

async function change(repo: Repository, ref: string, args: readonly string[]): Promise<void> {
  const locks = [`${ref}.lock`, "packed-refs.lock", "packed-refs.new"].map((lock) => join(repo.commonDir, lock));
  await withWriteNote(repo.commonDir, locks, async () => {
    await git(repo.root, ["update-ref", "-m", "pleach", "--no-deref", ...args]);
  });
}

/** Removes a ref of ours that is no branch, if it is at `tip`; false when it is not. */
export async function dropRef(repo: Repository, ref: string, tip: string): Promise<boolean> {
  if (!ref.startsWith(OWN_REFS)) return false;
  try {
    await change(repo, ref, ["-d", ref, asCommit(tip)]);
    return true;
  } catch (thrown) {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", ref];
    const now = await git(repo.root, args, { codes: [0, 1] });
    if (now.code === 0 && now.stdout.toString("latin1").trim() === tip) throw thrown;
    return now.code !== 0;
  }
}
