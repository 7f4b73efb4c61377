/** What a commit changed, as text for a reader. */
import { gitText } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";

/** The patch of a commit against its first parent, without anybody's diff drivers; binary files are only named. */
export function readDiff(repo: Repository, commit: string): Promise<string> {
  const plain = ["--no-ext-diff", "--no-textconv", "--no-color", "--find-renames"];
  return gitText(repo.root, ["show", "--format=", "--patch", "--stat", ...plain, asCommit(commit), "--"]);
}
