/**
 * Symbolic links that came with a repository. What a person linked themselves, such as their own vault, leads where they want
 * it to; a link that is tracked leads where somebody else wanted, and nothing is written through it that lies outside.
 */
import { lstatSync } from "node:fs";
import { isAbsolute, join, posix } from "node:path";
import { confinePath } from "../../safe-files/index.ts";
import { git } from "./git.ts";

/** Mode of a symbolic link in git's index. */
const LINK = "120000 ";

/** The part of `path` (relative to the root) that is a tracked link and leads it out of the repository; null for none. */
export async function findTrackedLinkOut(root: string, path: string): Promise<string | null> {
  if (isAbsolute(path) || confinePath(root, path).kind === "inside") return null;
  const parts = posix.normalize(path).split("/");
  if (parts[0] === "..") return null;
  for (const at of parts.keys()) {
    const part = parts.slice(0, at + 1).join("/");
    const found = lstatSync(join(root, part), { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) return (await isTracked(root, part)) ? part : null;
    // Below a file, or what is not there, there is nothing.
    if (!found?.isDirectory()) return null;
  }
  return null;
}

async function isTracked(root: string, path: string): Promise<boolean> {
  const { stdout } = await git(root, ["ls-files", "--stage", "-z", "--", path]);
  return stdout.toString("latin1").startsWith(LINK);
}
