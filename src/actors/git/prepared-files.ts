/**
 * What set-up left in a worktree besides the files that git tracks: packages, links, generated code. It is listed once, when
 * the worktree is ready; before the worktree is used again, what came since is deleted, and what was changed or deleted
 * since is noticed, by the files' change times, which no program can set.
 *
 * PREPARED-1 What is restored leaves what set-up left and what is kept, or its answer is false.
 */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { compileScope } from "../../plan/scope.ts";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { isWithin, type RawPath, showPath, splitPaths, toRawPath } from "./raw-path.ts";
import type { Untracked } from "./reset-worktree.ts";
import { underRoot } from "./tree-changes.ts";
import { openWorktreeGit, type WorktreeGit } from "./worktree-git.ts";

/** Where the list lies, in the worktree's admin folder. */
const LIST = "pleach-prepared.json";
/** Some hundred thousand files; where there are more, the worktree is not used again. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface PreparedPlace {
  /** Absolute path of the worktree, and of its admin folder. */
  path: string;
  admin: string;
  /** Paths that are brought in anew each time, and globs of what may stay whatever it is: neither is listed nor deleted. */
  brought: readonly string[];
  keep: readonly string[];
}

/** Which set-up it was, and the state of each path; a folder's path ends with a slash. */
export interface PreparedFiles {
  key: string;
  files: Record<string, Stamp | null>;
}

/** When a file's state and its content were changed last, ns since the epoch, and its size in bytes; each in decimal. */
type Stamp = [changed: string, modified: string, size: string];

interface Found {
  path: RawPath;
  /** Null of a folder. */
  stamp: Stamp | null;
  /** Whether the file has other names, by which its change time may move: stores of packages share files so. */
  isShared: boolean;
}

/** Lists what is there now as left by the set-up of this key. Where set-up changed tracked files, there is no list. */
export async function notePreparedFiles(place: PreparedPlace, key: string): Promise<void> {
  if (await hasChangedFiles(place)) return;
  const files: PreparedFiles["files"] = {};
  for (const { path, stamp } of (await listUntracked(place, keeps(place))).found) files[path] = stamp;
  await writePreparedFiles(place.admin, { key, files });
}

/** Keeps a list. */
export async function writePreparedFiles(admin: string, list: PreparedFiles): Promise<void> {
  const text = JSON.stringify(list);
  if (text.length <= MAX_BYTES) await writeAtomically(join(admin, LIST), text, { durability: "none" });
}

/** The list of a worktree; null when there is none. */
export async function readPreparedFiles(admin: string): Promise<PreparedFiles | null> {
  const file = await readUntrustedFile(join(admin, LIST), { maxBytes: MAX_BYTES });
  if (file.kind !== "read") return null;
  try {
    const { key, files } = JSON.parse(file.bytes.toString("utf8")) as Partial<PreparedFiles>;
    return typeof key === "string" && typeof files === "object" && files !== null ? { key, files } : null;
  } catch {
    return null;
  }
}

/** What stays of what git does not track when a worktree is reset: what is listed and what is kept (PREPARED-1). */
export function stayingFiles(place: PreparedPlace, { files }: Pick<PreparedFiles, "files">): Untracked {
  const isKept = keeps(place, files);
  let holders: ReadonlySet<string> = new Set();
  return {
    async restore() {
      const { found, kept } = await listUntracked(place, isKept);
      holders = new Set(kept.flatMap(listFoldersAbove));
      const missing = new Set(Object.keys(files));
      for (const { path, stamp, isShared } of found) {
        if (missing.delete(path)) {
          if (stamp !== null && !isSame(files[path] ?? null, stamp, isShared)) return false;
        } else if (!holders.has(path)) await rm(underRoot(place.path, path), { recursive: true, force: true });
      }
      return missing.size === 0;
    },
    mayStay(path, isFolder) {
      const name = isFolder ? `${path}/` : path;
      return Object.hasOwn(files, name) || (isFolder && holders.has(name)) || isKept(path);
    },
  };
}

/** As paths of folders are listed. */
function listFoldersAbove(path: RawPath): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join("/")}/`);
}

/** Whether a path is kept whatever it is: it is named, and what is named was not there when set-up was done. */
function keeps({ keep }: Pick<PreparedPlace, "keep">, files: PreparedFiles["files"] = {}): (path: RawPath) => boolean {
  const isNamed = compileScope(keep);
  return (path) => {
    if (keep.length === 0 || !isNamed(showPath(path))) return false;
    const folders = listFoldersAbove(path).filter((folder) => isNamed(showPath(folder.slice(0, -1) as RawPath)));
    return ![...folders, path, `${path}/`].some((each) => Object.hasOwn(files, each));
  };
}

function isSame(was: Stamp | null, now: Stamp, isShared: boolean): boolean {
  if (was === null) return false;
  const [changed, modified, size] = now;
  return was[0] === changed || (isShared && was[1] === modified && was[2] === size);
}

const openGit = ({ path, admin }: PreparedPlace): Promise<WorktreeGit> => openWorktreeGit({ path, gitDir: admin });

async function hasChangedFiles(place: PreparedPlace): Promise<boolean> {
  const run = await openGit(place);
  return (await run(["ls-files", "-z", "--modified", "--deleted"])).stdout.length > 0;
}

/** All that git does not track, a folder before what it holds; of what is kept, only where it is. */
async function listUntracked(
  place: PreparedPlace,
  isKept: (path: RawPath) => boolean,
): Promise<{ found: Found[]; kept: RawPath[] }> {
  const { path } = place;
  const run = await openGit(place);
  const { stdout } = await run(["ls-files", "-z", "--others", "--directory"]);
  const brought = place.brought.map(toRawPath);
  const found: Found[] = [];
  const kept: RawPath[] = [];
  const open = splitPaths(stdout).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const plain = (next.endsWith("/") ? next.slice(0, -1) : next) as RawPath;
    if (isWithin(plain, brought)) continue;
    const stats = await lstat(underRoot(path, plain), { bigint: true }).catch(() => null);
    // A link leads to what may be anywhere: what lies there is no cache of this worktree's.
    if (stats === null) continue;
    if (isKept(plain) && !stats.isSymbolicLink()) {
      kept.push(plain);
      continue;
    }
    if (!stats.isDirectory()) {
      const stamp: Stamp = [String(stats.ctimeNs), String(stats.mtimeNs), String(stats.size)];
      found.push({ path: plain, stamp, isShared: stats.nlink > 1n });
      continue;
    }
    found.push({ path: `${plain}/` as RawPath, stamp: null, isShared: false });
    const names = await readdir(underRoot(path, plain), { encoding: "latin1" }).catch(() => []);
    for (const name of names) open.push(`${plain}/${name}` as RawPath);
  }
  return { found, kept };
}
