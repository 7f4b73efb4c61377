/**
 * The refs that pleach made in a repository, read by their names, and those of the person. What a ref of ours holds and none of
 * the person's does is work that is nowhere else. Only reads.
 */

import { git, gitText } from "./git.ts";
import { KEPT_REFS } from "./keep-history.ts";
import { OWN_REFS } from "./refs.ts";
import { isObjectId, type Repository } from "./repository.ts";

/**
 * `merged`: a run's branch. `attempt`, `saved`: of an attempt, and what was saved of it. `found`: what somebody had put on a
 * run's branch. `candidate`, `shipping`: what was about to be merged, or shipped. `nested`: what repositories in a worktree held.
 * `stash`: what was put aside there.
 */
export type OwnRefKind = "merged" | "attempt" | "saved" | "found" | "candidate" | "shipping" | "nested" | "stash";

export interface OwnRef {
  kind: OwnRefKind;
  /** In full. */
  ref: string;
  /** The branch's name; null of what is none. */
  branch: string | null;
  tip: string;
  /** As the name says; it is not checked whether there can be such a run. */
  run: string;
  /** Of `attempt`, `saved` and `nested`. */
  task: string | null;
  /** Its label, without `-saved`. */
  attempt: string | null;
}

/** Those of ours, and the tips of all others. A branch `pleach/NAME` is ours where its name can be that of a run. */
export interface RefsByOwner {
  own: OwnRef[];
  persons: { ref: string; tip: string }[];
}

/** All refs of the repository. `isRun` says whether a name can be that of a run. */
export async function listRefs(repo: Repository, isRun: (name: string) => boolean): Promise<RefsByOwner> {
  const listed = await gitText(repo.root, ["for-each-ref", "--format=%(refname)%09%(objectname)"]);
  const found: RefsByOwner = { own: [], persons: [] };
  for (const line of listed.split("\n").filter(Boolean)) {
    const [ref = "", tip = ""] = line.split("\t");
    const own = readName(ref, tip);
    if (own !== null && isRun(own.run)) found.own.push(own);
    else found.persons.push({ ref, tip });
  }
  return found;
}

/** What the name of a ref says; null where it is none of ours. */
function readName(ref: string, tip: string): OwnRef | null {
  const none = { ref, tip, branch: null, task: null, attempt: null };
  if (ref.startsWith(OWN_REFS)) {
    const [place = "", run = "", task = "", attempt = ""] = ref.slice(OWN_REFS.length).split("/");
    if (ref.startsWith(KEPT_REFS))
      return { ...none, kind: "nested", run, task: task || null, attempt: attempt || null };
    if (place === "merge") return { ...none, kind: "candidate", run };
    if (place === "ship") return { ...none, kind: "shipping", run };
    return place === "stash" ? { ...none, kind: "stash", run } : null;
  }
  if (!ref.startsWith("refs/heads/")) return null;
  const branch = ref.slice("refs/heads/".length);
  const [root, run = "", task = "", label = "", ...more] = branch.split("/");
  if (root === "pleach" && run !== "" && task === "") return { ...none, branch, kind: "merged", run };
  if (root !== "pleach-tasks" || label === "" || more.length > 0) return null;
  if (task.startsWith("@")) return { ...none, branch, kind: "found", run };
  const attempt = label.replace(/-saved$/, "");
  return { ref, tip, branch, kind: attempt === label ? "attempt" : "saved", run, task, attempt };
}

/** Which of these objects are commits that are there, or tags. */
export async function findThere(repo: Repository, ids: readonly string[]): Promise<Set<string>> {
  const asked = [...new Set(ids)].filter(isObjectId);
  if (asked.length === 0) return new Set();
  const args = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
  const input = asked.map((id) => `${id}\n`).join("");
  const { stdout } = await git(repo.root, args, { input, env: { GIT_NO_LAZY_FETCH: "1" } });
  const words = stdout.toString("latin1").split("\n");
  return new Set(words.flatMap((line) => /^([0-9a-f]+) (?:commit|tag)$/.exec(line)?.[1] ?? []));
}

/** Those of `commits`, all of which are there, that none of `tips` holds. */
export async function listUnheld(
  repo: Repository,
  commits: readonly string[],
  tips: readonly string[],
): Promise<Set<string>> {
  if (commits.length === 0) return new Set();
  const input = [...commits, ...tips.map((tip) => `^${tip}`), ""].join("\n");
  const listed = new Set((await gitText(repo.root, ["rev-list", "--stdin"], { input })).split("\n"));
  return new Set(commits.filter((commit) => listed.has(commit)));
}

export interface NewCommit {
  commit: string;
  subject: string;
}

/** What a commit holds that others do not. */
export interface NewHistory {
  /** The newest first; no more than are told of. */
  commits: NewCommit[];
  /** Whether there are more. */
  isCut: boolean;
  /** Files that these changed, sorted. */
  files: string[];
}

/** More than an attempt, or a run, ever makes. */
const MAX_COMMITS = 1_000;

/** The commits that `tips` hold and `without` do not. */
export async function readNewHistory(
  repo: Repository,
  tips: readonly string[],
  without: readonly string[],
): Promise<NewHistory> {
  const input = [...tips, ...without.map((tip) => `^${tip}`), ""].join("\n");
  const read = async (...how: string[]): Promise<string[]> => {
    const args = ["log", "-z", `--max-count=${MAX_COMMITS + 1}`, ...how, "--stdin"];
    return (await git(repo.root, args, { input })).stdout.toString("utf8").split("\0");
  };
  const fields = await read("--format=%H%x00%s");
  const commits: NewCommit[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2)
    commits.push({ commit: fields[at] ?? "", subject: fields[at + 1] ?? "" });
  if (commits.length === 0) return { commits, isCut: false, files: [] };
  const names = await read("--format=", "--name-only", "--no-renames", "--diff-merges=first-parent", "--no-ext-diff");
  const files = new Set(names.map((name) => name.replace(/^\n/, "")).filter((name) => name !== ""));
  return { commits: commits.slice(0, MAX_COMMITS), isCut: commits.length > MAX_COMMITS, files: [...files].sort() };
}

/** What was brought back onto branches of the person's as other commits, as these say. */
export interface BroughtOver {
  commits: Set<string>;
  /** Id of work that lay in a worktree -> commits that hold it. */
  works: Map<string, string[]>;
}

/** Reads it from the histories of these tips. */
export async function readBroughtOver(repo: Repository, tips: readonly string[]): Promise<BroughtOver> {
  const of = (key: string): string => `%(trailers:key=${key},valueonly)`;
  const format = `--format=%H%x00${of("Pleach-Recovered")}%x00${of("Pleach-Work")}`;
  const args = ["log", "-z", `--max-count=${MAX_COMMITS}`, "--grep=^Pleach-Recovered: ", "--grep=^Pleach-Work: "];
  const input = tips.map((tip) => `${tip}\n`).join("");
  const fields = (await gitText(repo.root, [...args, format, "--stdin"], { input })).split("\0");
  const found: BroughtOver = { commits: new Set(), works: new Map() };
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [commit = "", over = "", works = ""] = fields.slice(at, at + 3);
    for (const id of over.split("\n").filter(isObjectId)) found.commits.add(id);
    for (const work of works.split("\n").filter(Boolean))
      found.works.set(work, [...(found.works.get(work) ?? []), commit]);
  }
  return found;
}
