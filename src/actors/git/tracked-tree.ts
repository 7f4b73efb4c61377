/**
 * Whether a worktree holds what its index says and nothing else: each tracked path once and as what it is, folders with the
 * mode that they were made with, and what may lie there besides. That the files' content is that of the index, git's own
 * look at their change times tells; what git does not look at is looked at here.
 */
import { lstat, readdir } from "node:fs/promises";
import { type RawPath, splitPaths } from "./raw-path.ts";
import { underRoot } from "./tree-changes.ts";
import type { WorktreeGit } from "./worktree-git.ts";

const SUBMODULE = "160000";

/** What an index holds. */
export interface TrackedTree {
  /** Path -> mode, as git prints it. */
  files: ReadonlyMap<string, string>;
  folders: ReadonlySet<string>;
  /** Its entries of attributes, a line each. */
  attributes: readonly string[];
  hasSubmodules: boolean;
}

/** Reads the index of a worktree. */
export async function readTrackedTree(run: WorktreeGit): Promise<TrackedTree> {
  const files = new Map<string, string>();
  const folders = new Set<string>();
  const attributes: string[] = [];
  let hasSubmodules = false;
  for (const entry of splitPaths((await run(["ls-files", "-s", "-z"])).stdout)) {
    const tab = entry.indexOf("\t");
    const path = entry.slice(tab + 1);
    const mode = entry.slice(0, 6);
    files.set(path, mode);
    hasSubmodules ||= mode === SUBMODULE;
    if (path === ".gitattributes" || path.endsWith("/.gitattributes")) attributes.push(entry);
    // What is above a folder that is known is known.
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return { files, folders, attributes, hasSubmodules };
}

/** See the file's head. `mayStay` says what else may lie there; what is below such a folder is not looked at. */
export async function isAsTracked(
  root: string,
  { files, folders }: TrackedTree,
  { mode, mayStay }: { mode: number; mayStay: (path: RawPath, isFolder: boolean) => boolean },
): Promise<boolean> {
  let seen = 0;
  const look = async (folder: string): Promise<boolean> => {
    const path = folder === "" ? root : underRoot(root, folder as RawPath);
    if ((await lstat(path)).mode !== mode) return false;
    const inner: string[] = [];
    for (const entry of await readdir(path, { encoding: "latin1", withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const isFolder = entry.isDirectory();
      if (name === ".git") continue;
      const tracked = files.get(name);
      if (tracked !== undefined) {
        if (!isOfMode(tracked, entry)) return false;
        // A submodule's folder is empty until set-up fills it.
        if (tracked === SUBMODULE && (await readdir(underRoot(root, name as RawPath))).length > 0) return false;
        seen += 1;
      } else if (isFolder && folders.has(name)) inner.push(name);
      else if (!mayStay(name as RawPath, isFolder)) return false;
    }
    return (await Promise.all(inner.map(look))).every(Boolean);
  };
  return (await look("")) && seen === files.size;
}

function isOfMode(
  mode: string,
  entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean },
): boolean {
  if (mode === SUBMODULE) return entry.isDirectory();
  // Where there are no links, git writes a file instead.
  return mode === "120000" ? entry.isSymbolicLink() || entry.isFile() : entry.isFile();
}
