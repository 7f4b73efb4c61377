/** Whether a folder may be the root of a checkout, told without git and whatever state it is in. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether a folder holds a `.git`. An empty folder of that name counts for nothing, as for git: sandboxes of programs leave one
 * wherever they may write, such as in the folder for temporary files.
 */
export function holdsDotGit(folder: string): boolean {
  const git = join(folder, ".git");
  const found = lstatSync(git, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return found !== undefined;
  try {
    return readdirSync(git).length > 0;
  } catch {
    return true;
  }
}
