/**
 * Lines candidate commits up into one linear history on top of the integration branch, without the checkout: each is
 * merged with `git merge-tree` (its own parent being the merge base) and written with a single parent. What does not
 * merge cleanly is left out and reported. People and dates are those of the item's own commit, so the same items on the
 * same base give the same commit ids however often it is done.
 */
import { PleachError } from "../../errors.ts";
import { git } from "./git.ts";
import { MergePlace } from "./merge-place.ts";
import { type CommitTrailers, composeMessage, writeCommit } from "./message.ts";
import { showPaths, splitPaths } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";

export interface ChainItem {
  task: string;
  /** A commit whose parent is some commit of the integration branch. */
  commit: string;
  message: string;
  trailers: CommitTrailers;
}

export interface Chain {
  /** In order; the last link is the tip. Empty when nothing merged: the tip is then `onto`. */
  links: { task: string; commit: string }[];
  conflicts: { task: string; files: string[] }[];
}

export type MergeOutcome = { kind: "clean"; tree: string } | { kind: "conflict"; files: string[] };

interface CommitFacts {
  tree: string;
  parents: string[];
  env: Record<string, string>;
}

/** Builds the chain; nothing points at its commits until whoever asked for it holds them (HELD-1). */
export function buildChain(
  repo: Repository,
  { onto, items }: { onto: string; items: readonly ChainItem[] },
): Promise<Chain> {
  return MergePlace.use(repo, (place) => buildIn(repo, place, { onto, items }));
}

async function buildIn(
  repo: Repository,
  place: MergePlace,
  { onto, items }: { onto: string; items: readonly ChainItem[] },
): Promise<Chain> {
  const chain: Chain = { links: [], conflicts: [] };
  const facts = await readCommits(
    repo,
    items.map((item) => item.commit),
  );
  let head = asCommit(onto);
  for (const item of items) {
    const own = facts.get(item.commit);
    if (own === undefined)
      throw new PleachError("git.badCommit", `the commit ${item.commit} does not exist`, {
        hint: "It was removed from the repository since it was made: run the task again.",
      });
    const isNext = own.parents.length === 1 && own.parents[0] === head;
    const merge: MergeOutcome = isNext ? { kind: "clean", tree: own.tree } : await mergeTrees(place, head, item.commit);
    if (merge.kind === "conflict") {
      chain.conflicts.push({ task: item.task, files: merge.files });
      continue;
    }
    const message = composeMessage(item.message, item.trailers);
    head = await writeCommit(repo, { tree: merge.tree, parents: [head], message, env: own.env });
    chain.links.push({ task: item.task, commit: head });
  }
  return chain;
}

/**
 * Merges two commits, by the rules of the first one's tree. Rejects with `git.failed` when they cannot be merged at all (no
 * common history).
 */
export async function mergeTrees(place: MergePlace, ours: string, theirs: string): Promise<MergeOutcome> {
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", asCommit(ours), asCommit(theirs)];
  const { code, stdout } = await place.run(ours, args, { codes: [0, 1] });
  const [tree, ...files] = splitPaths(stdout);
  if (code === 1) return { kind: "conflict", files: showPaths(files) };
  return { kind: "clean", tree: asCommit((tree ?? "").trim()) };
}

/** Tree, parents, people and dates of several commits, in one call. */
async function readCommits(repo: Repository, commits: readonly string[]): Promise<Map<string, CommitFacts>> {
  const found = new Map<string, CommitFacts>();
  if (commits.length === 0) return found;
  const format = ["%H", "%T", "%P", "%an", "%ae", "%ad", "%cn", "%ce", "%cd"].join("%x00");
  const args = ["log", "-z", "--no-walk=unsorted", "--no-mailmap", "--date=raw", `--format=${format}`, "--stdin"];
  const input = commits.map((commit) => `${asCommit(commit)}\n`).join("");
  const fields = (await git(repo.root, args, { input })).stdout.toString("utf8").split("\0");
  for (let at = 0; at + 8 < fields.length; at += 9) {
    const [commit = "", tree = "", parents = "", an = "", ae = "", ad = "", cn = "", ce = "", cd = ""] = fields.slice(
      at,
      at + 9,
    );
    const env = {
      GIT_AUTHOR_NAME: an,
      GIT_AUTHOR_EMAIL: ae,
      GIT_AUTHOR_DATE: `@${ad}`,
      GIT_COMMITTER_NAME: cn,
      GIT_COMMITTER_EMAIL: ce,
      GIT_COMMITTER_DATE: `@${cd}`,
    };
    found.set(commit, { tree, parents: parents.split(" ").filter(Boolean), env });
  }
  return found;
}
