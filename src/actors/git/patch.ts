/** The work in a worktree as a patch, binary files and modes included, and such a patch brought into another worktree. */
import { rm, stat, writeFile } from "node:fs/promises";
import { codeOf, messageOf } from "../../errors.ts";
import { git } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";
import { writeWorktreeTree } from "./write-tree.ts";

export interface WorkToDiff {
  /** Absolute path of the worktree. */
  worktree: string;
  /** The commit that it was cut from. */
  base: string;
  /** Paths that are no part of the work. */
  excluded: readonly string[];
  /** File that gets the patch; replaced. */
  file: string;
  maxBytes: number;
}

/** Writes what the worktree changes of its base; resolves with the size in bytes, or `tooLarge` (then no file is left). */
export async function writePatch(
  repo: Repository,
  { worktree, base, excluded, file, maxBytes }: WorkToDiff,
): Promise<number | "tooLarge"> {
  const { tree } = await writeWorktreeTree(repo, worktree, base, excluded);
  const exact = ["--binary", "--full-index", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv"];
  // git gives a file that it makes to everybody to read, and leaves one that is there as it is.
  await rm(file, { force: true });
  await writeFile(file, "", { mode: 0o600, flag: "wx" });
  await git(repo.root, ["diff", ...exact, `--output=${file}`, asCommit(base), tree]);
  const { size } = await stat(file);
  if (size <= maxBytes) return size;
  await rm(file, { force: true });
  return "tooLarge";
}

/**
 * Applies a patch to the files of a worktree, all of it or nothing; resolves with why it does not apply, or null. git
 * itself refuses paths that lead out of the worktree, through links too, or into its own folder.
 */
export async function applyPatch(worktree: string, file: string): Promise<string | null> {
  const { size } = await stat(file);
  if (size === 0) return null;
  try {
    await git(worktree, ["apply", "--whitespace=nowarn", "--", file]);
    return null;
  } catch (thrown) {
    if (codeOf(thrown) !== "git.failed") throw thrown;
    return messageOf(thrown).split("\n").slice(0, 3).join("; ");
  }
}
