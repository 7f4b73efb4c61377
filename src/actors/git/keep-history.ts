/**
 * Keeps what repositories hold that lie in a worktree and go with it, or says that it cannot be kept: commits on a ref
 * `refs/pleach/nested/<run>/<task>/<attempt>/<folder>` of the repository that the worktree belongs to.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { isWithin } from "../../safe-files/index.ts";
import { git, gitText } from "./git.ts";
import {
  at,
  bringCommits,
  findGitFolders,
  type GitFolders,
  isFetchedFromAfar,
  readTips,
  type Tips,
} from "./nested-history.ts";
import { type RawPath, showPath, toRawPath } from "./raw-path.ts";
import { isHeldElsewhere, OWN_REFS } from "./refs.ts";
import { asCommit, isObjectId, type Repository } from "./repository.ts";

/** Refs that hold what lay in repositories inside worktrees. */
export const KEPT_REFS = `${OWN_REFS}nested/`;

export interface NestedPlace {
  /** Absolute path of the worktree, and its admin folder: both go. */
  worktree: string;
  admin: string;
  /** The attempt's branch, which names the ref. */
  branch: string | null;
  /** The repository's folder. */
  folder: RawPath;
}

/**
 * Keeps the commits of one repository that nothing else holds; resolves with the ref, or null when there are none.
 * Rejects with `git.notKept`.
 */
export async function keepHistory(repo: Repository, place: NestedPlace): Promise<string | null> {
  const name = textOf(place.folder);
  const folder = join(place.worktree, name);
  const found = await findGitFolders(folder);
  if (found === null) return null;
  const isOurs = found.commonDir === repo.commonDir;
  if (!isOurs && ![place.worktree, place.admin].some((gone) => isWithin(gone, found.commonDir))) return null;
  return orNotKept(name, place.worktree, async () => {
    const commits = await findUnheld(repo, folder, found, isOurs);
    if (commits.length === 0) return null;
    const shallow = { isShallow: found.isShallow, mayBeShallow: false };
    const brought = isOurs ? commits : await bringCommits(repo.commonDir, folder, commits, shallow);
    const ref = refFor(place.branch, name);
    await keepCommits(repo, repo.commonDir, ref, brought);
    return ref;
  });
}

async function findUnheld(repo: Repository, folder: string, found: GitFolders, isOurs: boolean): Promise<string[]> {
  const tips = await readTips(repo.root, folder, found);
  if (!isOurs) return (await isFetchedFromAfar(repo.root, found)) ? withoutFetched(tips) : tips.own;
  // Another worktree of this repository: all but a HEAD of its own is on branches that stay.
  const { head } = tips;
  return head === null || (await isHeldElsewhere(repo, head, null)) ? [] : [head];
}

/** What was made in a repository, as far as its refs tell. */
export function withoutFetched({ own, fetched }: Tips): string[] {
  return own.filter((commit) => !fetched.has(commit));
}

/** The ref for what lay in a folder. */
export function refFor(branch: string | null, folder: string): string {
  const attempt = (branch ?? "unnamed").replace(/^pleach-tasks\//, "");
  const plain = folder
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);
  const short = createHash("sha256").update(folder).digest("hex").slice(0, 8);
  return `${KEPT_REFS}${attempt}/${plain}-${short}`;
}

/** Has a ref of the repository at `home` hold commits, and what it held before. */
export async function keepCommits(
  repo: Repository,
  home: string,
  ref: string,
  commits: readonly string[],
): Promise<void> {
  const env = { ...repo.identity, ...at(home) };
  const before = await readRef(home, ref);
  const peeled = await Promise.all(commits.map((commit) => readRef(home, commit)));
  const wanted = [...new Set(peeled.filter((commit) => commit !== null))];
  if (wanted.length === 0 || (before !== null && (await holdsAllOf(home, before, wanted)))) return;
  const parents = [...wanted, ...(before === null ? [] : [before])];
  const [first = ""] = wanted;
  const message = "Commits of a repository that lay in a worktree\n\nKept before the worktree was removed.\n";
  const args = ["commit-tree", `${first}^{tree}`, ...parents.flatMap((parent) => ["-p", asCommit(parent)]), "-F", "-"];
  const commit = parents.length === 1 ? first : await gitText(home, args, { env, input: message });
  const old = before ?? "0".repeat(commit.length);
  await git(home, ["update-ref", "-m", "pleach", "--no-deref", ref, asCommit(commit), old], { env });
}

async function readRef(home: string, name: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const output = await git(home, args, { env: { ...at(home) }, codes: [0, 1, 128] });
  const oid = output.stdout.toString("latin1").trim();
  return output.code === 0 && isObjectId(oid) ? oid : null;
}

async function holdsAllOf(home: string, ref: string, commits: readonly string[]): Promise<boolean> {
  const input = `${[...commits, `^${ref}`].join("\n")}\n`;
  const counted = await gitText(home, ["rev-list", "--count", "--stdin"], { env: { ...at(home) }, input });
  return counted === "0";
}

/** Does something to a repository in a worktree; when git cannot, its worktree has to stay. */
export async function orNotKept<T>(name: string, worktree: string, keep: () => Promise<T>): Promise<T> {
  try {
    return await keep();
  } catch (thrown) {
    if (codeOf(thrown) !== "git.failed") throw thrown;
    throw describeNotKept(name, worktree, messageOf(thrown));
  }
}

/** The error for a repository in a worktree that nobody could keep. */
export function describeNotKept(name: string, worktree: string, reason: string): PleachError {
  const what = `what lies in ${JSON.stringify(name)}, a repository inside ${worktree}, cannot be kept: ${reason}`;
  return new PleachError("git.notKept", what, {
    hint: "The worktree stays: take out of it what you need, then remove it with git worktree remove -f -f.",
    file: worktree,
  });
}

/** The folder's name as text; what is none cannot be given to git. */
export function textOf(folder: RawPath): string {
  const text = showPath(folder);
  if (toRawPath(text) === folder) return text;
  throw new PleachError(
    "git.notKept",
    `the repository in ${JSON.stringify(text)} cannot be kept: its name is no UTF-8`,
    {
      hint: "The worktree stays: rename that folder.",
    },
  );
}
