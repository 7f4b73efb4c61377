/** What a commit changed, for a reader. */
import { git, gitText } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";

/** A commit's patch against its first parent, and the paths in it. */
export interface CommitDiff {
  /** Without anybody's diff drivers; binary files are only named. */
  text: string;
  files: string[];
  /** Its first parent. */
  base: string;
}

/** Reads what a commit changed. */
export async function readDiff(repo: Repository, commit: string): Promise<CommitDiff> {
  const show = ["show", "--format=", "--no-ext-diff", "--no-textconv", "--no-color", "--find-renames"];
  const text = await gitText(repo.root, [...show, "--patch", asCommit(commit), "--"]);
  const { stdout } = await git(repo.root, [...show, "--name-only", "-z", commit, "--"]);
  return {
    text,
    base: await gitText(repo.root, ["rev-parse", "--verify", "--end-of-options", `${asCommit(commit)}^`]),
    files: stdout
      .toString("utf8")
      .split("\0")
      .filter((name) => name !== ""),
  };
}
