/**
 * What set-up had made where a rule ignored it: packages, builds. The worker may take the rule away; what lies there is not
 * its work for that. Which folders and files these are is noted when the worktree is ready, each with its inode.
 *
 * IGNORED-1 When in doubt it is work. A file is set-up's only where nothing says otherwise: it was not written since, what was
 *    noted is still that same folder in that place, and no folder on the way to it was changed (one that is renamed into
 *    its place brings files that keep their times).
 */
import type { BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { isWithin, type RawPath, showPath, splitPaths } from "./raw-path.ts";
import { type TreeChange, underRoot } from "./tree-changes.ts";
import { readReadyTime, withIndexCopy } from "./worktree-admin.ts";
import { openWorktreeGit } from "./worktree-git.ts";

/** Where it is kept, in the worktree's admin folder. */
const NAME = "pleach-ignored.json";
const MAX_BYTES = 16 * 1024 * 1024;
const SHOWN = 5;

interface IgnoredState {
  /** Ignored files and folders, each without a slash at the end, with what it was. */
  entries: [path: RawPath, inode: string][];
  /** What is work though it is there: brought from an earlier attempt. */
  carried: RawPath[];
}

interface Place {
  path: string;
  admin: string;
}

/** Notes what is ignored in a worktree that no worker has seen yet. */
export async function keepIgnoredState({ path, admin }: Place, carriedPaths: ReadonlySet<RawPath>): Promise<void> {
  const listed = await withIndexCopy(admin, async (index) => {
    const run = await openWorktreeGit({ path, gitDir: admin, index });
    return run(["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"]);
  });
  const entries: IgnoredState["entries"] = [];
  for (const entry of splitPaths(listed.stdout)) {
    const plain = entry.replace(/\/$/, "") as RawPath;
    const found = await look(path, plain);
    if (found !== null) entries.push([plain, inodeOf(found)]);
  }
  if (entries.length === 0) return;
  const roots = entries.map(([entry]) => entry);
  const carried = [...carriedPaths].filter((file) => isWithin(file, roots));
  const text = JSON.stringify({ entries, carried } satisfies IgnoredState);
  if (text.length <= MAX_BYTES) await writeAtomically(join(admin, NAME), text, { durability: "none" });
}

export interface MadeBySetUp {
  changes: TreeChange[];
  /** What of that was noted, as text, sorted. */
  entries: string[];
}

/** Those of the changes that are what set-up had made, and what no worker touched (IGNORED-1). */
export async function findMadeBySetUp(place: Place, changes: readonly TreeChange[]): Promise<MadeBySetUp> {
  const none = { changes: [], entries: [] };
  const added = changes.filter((change) => change.old === null && change.new !== null && change.new.mode !== "160000");
  if (added.length === 0) return none;
  const state = await readState(place.admin);
  if (state.entries.length === 0) return none;
  const inodes = new Map(state.entries);
  const carried = new Set(state.carried);
  const readyNs = await readReadyTime(place.admin);
  const folders = new Map<RawPath, Promise<boolean>>();
  const made: TreeChange[] = [];
  const entries = new Set<string>();
  for (const change of added) {
    const entry = prefixesOf(change.path).find((prefix) => inodes.has(prefix));
    if (entry === undefined || carried.has(change.path)) continue;
    const noted = { path: entry, inode: inodes.get(entry) ?? "" };
    if (!(await isUntouched(place.path, change.path, { noted, readyNs, folders }))) continue;
    made.push(change);
    entries.add(entry === change.path ? showPath(entry) : `${showPath(entry)}/`);
  }
  return { changes: made, entries: [...entries].sort() };
}

/** The same in words; none where it is nothing. */
export function describeMadeBySetUp(entries: readonly string[]): string[] {
  if (entries.length === 0) return [];
  const more = entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : "";
  const shown = entries.slice(0, SHOWN).join(", ");
  return [`not taken, for set-up had made it, and it was ignored then: ${shown}${more}`];
}

interface Known {
  noted: { path: RawPath; inode: string };
  readyNs: bigint;
  /** Whether a folder is as it was, by its path. */
  folders: Map<RawPath, Promise<boolean>>;
}

async function isUntouched(root: string, file: RawPath, { noted, readyNs, folders }: Known): Promise<boolean> {
  const isSameFolder = (folder: RawPath): Promise<boolean> => {
    const known = folders.get(folder) ?? look(root, folder).then((found) => isSame(folder, found));
    folders.set(folder, known);
    return known;
  };
  const isSame = (folder: RawPath, found: BigIntStats | null): boolean => {
    if (found?.isDirectory() !== true) return false;
    // Entries come and go in what was noted itself (a cache among the packages); that is still the same folder.
    return folder === noted.path ? inodeOf(found) === noted.inode : found.ctimeNs < readyNs;
  };
  const way = prefixesOf(file).filter((prefix) => prefix.length >= noted.path.length && prefix !== file);
  for (const folder of way) if (!(await isSameFolder(folder))) return false;
  const found = await look(root, file);
  if (found === null || found.isDirectory()) return false;
  if (file === noted.path && inodeOf(found) !== noted.inode) return false;
  if (found.ctimeNs < readyNs) return true;
  // Another link to it, made elsewhere, changes the one time (package stores); a name that came since changes its folder.
  if (found.nlink < 2n || found.mtimeNs >= readyNs) return false;
  const folder = way.at(-1);
  return folder !== undefined && ((await look(root, folder))?.ctimeNs ?? readyNs) < readyNs;
}

/** A path and the folders that it lies in, outermost first. */
function prefixesOf(path: RawPath): RawPath[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/") as RawPath);
}

function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function look(root: string, path: RawPath): Promise<BigIntStats | null> {
  return lstat(underRoot(root, path), { bigint: true }).catch(() => null);
}

async function readState(admin: string): Promise<IgnoredState> {
  const nothing: IgnoredState = { entries: [], carried: [] };
  const file = await readUntrustedFile(join(admin, NAME), { maxBytes: MAX_BYTES });
  if (file.kind !== "read") return nothing;
  try {
    return JSON.parse(file.bytes.toString("utf8")) as IgnoredState;
  } catch {
    return nothing;
  }
}
