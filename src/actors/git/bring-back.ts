/**
 * Brings work back that is on no branch of the person's: on a branch of its own, or onto one of theirs.
 *
 * BACK-1 Nothing that is checked out anywhere changes; branches move by compare-and-swap, after all else is done.
 * BACK-2 What does not fit is refused, and nothing has changed then.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleachError } from "../../errors.ts";
import { mergeTrees } from "./chain.ts";
import { git, gitText } from "./git.ts";
import { MergePlace } from "./merge-place.ts";
import { writeCommit } from "./message.ts";
import { findCheckout, isAncestor, moveBranch, readBranch } from "./refs.ts";
import { asCommit, type Repository } from "./repository.ts";
import { readTree } from "./tree-changes.ts";

/** Branches that hold what was brought back. */
export const RECOVERED = "recovered/";

/** How many branches of one name, numbered, are tried. */
const MAX_NAMES = 50;

/** Makes a branch of this name, or one with a number after it, at `commit`; one that holds the commit already is taken. */
export async function branchOff(repo: Repository, name: string, commit: string): Promise<string> {
  for (let at = 1; at <= MAX_NAMES; at += 1) {
    const branch = at === 1 ? name : `${name}-${at}`;
    const tip = await readBranch(repo, branch);
    if (tip !== null && (await isAncestor(repo, commit, tip))) return branch;
    if (tip === null && (await moveBranch(repo, branch, null, commit))) return branch;
  }
  throw new PleachError("recover.taken", `there are ${MAX_NAMES} branches ${name} already`, {
    hint: "Remove those that you do not need, or name a branch: --onto BRANCH",
  });
}

export interface Brought {
  branch: string;
  /** Where the branch is now. */
  commit: string;
  /** `already`: the branch had all of it. */
  how: "fastForward" | "merge" | "pick" | "already";
}

/**
 * Puts what `commit` changed since `base` onto a branch that is checked out nowhere. Where the branch holds `base` it is merged;
 * else the change alone is brought over, with nothing of what it was made on. Rejects with `recover.noBranch`,
 * `recover.checkedOut`, `recover.conflict` or `git.branchMoved`.
 */
export async function bringOnto(
  repo: Repository,
  { commit, base, branch, name }: { commit: string; base: string | null; branch: string; name: string },
): Promise<Brought> {
  const from = await requireFree(repo, branch, name);
  if (await isAncestor(repo, commit, from)) return { branch, commit: from, how: "already" };
  const isOnTop = base !== null && (await isAncestor(repo, base, from));
  if (isOnTop && (await isAncestor(repo, from, commit)))
    return move(repo, { branch, from, to: commit, how: "fastForward" });
  return MergePlace.use(repo, async (place) => {
    const [ours, theirs] = isOnTop || base === null ? [from, commit] : await onOneRoot(repo, base, [from, commit]);
    const merged = await mergeTrees(place, ours, theirs);
    if (merged.kind === "conflict") throw describeConflict(merged.files, { branch, name });
    const isMerge = isOnTop || base === null;
    if (!isMerge && merged.tree === (await readTree(repo, from)))
      return { branch, commit: from, how: "already" as const };
    const to = await writeCommit(repo, {
      tree: merged.tree,
      parents: isMerge ? [from, commit] : [from],
      message: isMerge ? `Merge recovered work of ${name} into ${branch}\n` : await wordPick(repo, commit),
      env: isMerge ? {} : await readAuthor(repo, commit),
    });
    return move(repo, { branch, from, to, how: isMerge ? "merge" : "pick" });
  });
}

async function requireFree(repo: Repository, branch: string, name: string): Promise<string> {
  const from = await readBranch(repo, branch);
  if (from === null) {
    throw new PleachError("recover.noBranch", `there is no branch ${JSON.stringify(branch)} in ${repo.root}`, {
      hint: `Make it first (git branch NAME), or leave --onto out: pleach recover ${name} makes a branch of its own.`,
      file: repo.root,
    });
  }
  const place = await findCheckout(repo, branch);
  if (place === null) return from;
  throw new PleachError("recover.checkedOut", `the branch ${branch} is checked out in ${place}`, {
    hint: `Leave --onto out: pleach recover ${name} makes a branch of its own, which you can merge there.`,
    file: place,
  });
}

/** The same trees as commits on a commit of the base's tree: merged, nothing counts but what each changed since. */
async function onOneRoot(repo: Repository, base: string, [ours, theirs]: [string, string]): Promise<[string, string]> {
  const plain = async (commit: string, parents: string[]) =>
    writeCommit(repo, { tree: await readTree(repo, commit), parents, message: "pleach: a merge is tried\n" });
  const root = await plain(base, []);
  return [await plain(ours, [root]), await plain(theirs, [root])];
}

function describeConflict(files: readonly string[], { branch, name }: { branch: string; name: string }): PleachError {
  const shown = `${files.slice(0, 3).join(", ")}${files.length > 3 ? ` and ${files.length - 3} more` : ""}`;
  return new PleachError("recover.conflict", `${name} does not fit onto ${branch}: ${shown}`, {
    hint: `Nothing was changed. Bring it back on a branch of its own (pleach recover ${name}), then merge that by hand.`,
  });
}

/** The message of the commit that is brought over, with where it is from. */
async function wordPick(repo: Repository, commit: string): Promise<string> {
  const message = await gitText(repo.root, ["log", "--max-count=1", "--format=%B", asCommit(commit), "--"]);
  const body = message.trim();
  const isTrailed = /\n\nPleach-[A-Za-z]+: [^\n]*(?:\nPleach-[A-Za-z]+: [^\n]*)*$/.test(body);
  return `${body}${isTrailed ? "\n" : "\n\n"}Pleach-Recovered: ${commit}\n`;
}

async function readAuthor(repo: Repository, commit: string): Promise<Record<string, string>> {
  const format = "--format=%an%x00%ae%x00%ad";
  const said = await gitText(repo.root, ["log", "--max-count=1", "--date=raw", format, asCommit(commit), "--"]);
  const [name = "", email = "", date = ""] = said.split("\0");
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: `@${date}` };
}

async function move(
  repo: Repository,
  { branch, from, to, how }: { branch: string; from: string; to: string; how: Brought["how"] },
): Promise<Brought> {
  // Checked out meanwhile, its files would stay behind.
  await requireFree(repo, branch, to.slice(0, 12));
  if (await moveBranch(repo, branch, from, to)) return { branch, commit: to, how };
  throw new PleachError("git.branchMoved", `the branch ${branch} was moved meanwhile`, { hint: "Try again." });
}

/** The commit that work was made on: its own parent where pleach made one commit of it, else where it left `trunk`. */
export async function findBase(repo: Repository, commit: string, trunk: string): Promise<string | null> {
  const format = "--format=%P%x00%(trailers:key=Pleach-Effect,valueonly)";
  const said = await gitText(repo.root, ["log", "--max-count=1", format, asCommit(commit), "--"]);
  const [parents = "", effect = ""] = said.split("\0");
  if (effect.trim() !== "" && /^[0-9a-f]+$/.test(parents)) return parents;
  const { code, stdout } = await git(repo.root, ["merge-base", asCommit(commit), asCommit(trunk)], { codes: [0, 1] });
  return code === 0 ? stdout.toString("latin1").trim() : null;
}

/** Makes a commit on `base` of the files in a folder that git knows nothing of, as the folder's own .gitignore lets through. */
export async function snapshotFolder(
  repo: Repository,
  folder: string,
  { base, message }: { base: string; message: string },
): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), "pleach-recover-"));
  try {
    const env = { GIT_DIR: repo.commonDir, GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(scratch, "index") };
    await git(folder, ["add", "--all", "--", "."], { env });
    const tree = await gitText(folder, ["write-tree"], { env });
    return await writeCommit(repo, { tree, parents: [base], message });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
