/**
 * Finds what an update of a checkout from one commit to another would overwrite: files with uncommitted changes, and
 * untracked (also ignored) ones in the way of new files. Files that already are as the update would make them are no
 * loss: that is how an interrupted update is taken up again. Only `settleFiles` writes, and only to the index.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "./git.ts";
import { lstatIfThere } from "./presence.ts";
import { joinPaths, type RawPath, showPaths, splitPaths } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";
import { listChanges, type TreeChange, underRoot } from "./tree-changes.ts";

export interface Overlap {
  /** Files that would be overwritten, as text, sorted. */
  lost: string[];
  /** Files that are as the update would make them, though the index may not know. */
  settled: RawPath[];
}

/** What an update of the checkout at `path` from commit `from` to `to` would meet. Changes nothing. */
export async function findOverlap(repo: Repository, path: string, from: string, to: string): Promise<Overlap> {
  const changes = new Map((await listChanges(repo, from, to)).map((change) => [change.path, change]));
  const dirty = await readDirty(path);
  const met: RawPath[] = [];
  const staged = new Set<RawPath>();
  for (const [file, indexOid] of dirty) {
    const change = changes.get(file);
    if (change === undefined) continue;
    met.push(file);
    if (indexOid !== change.old?.oid && indexOid !== change.new?.oid) staged.add(file);
  }
  const tracked = new Set(splitPaths((await git(path, ["ls-files", "-z"])).stdout));
  for (const change of changes.values()) {
    const isNew = change.old === null || change.old.mode === "160000";
    if (!isNew || change.new === null || dirty.has(change.path)) continue;
    const obstacle = await findObstacle(path, change, tracked, changes);
    if (obstacle !== null) met.push(obstacle);
  }
  const equal = met.length === 0 ? new Set<RawPath>() : await findEqual(path, to, met);
  const isSettled = (file: RawPath): boolean => equal.has(file) && !staged.has(file);
  return { lost: showPaths(met.filter((file) => !isSettled(file))), settled: met.filter(isSettled) };
}

/** Tells the index about files that are as the update wants them, so that git does not take them for changes. */
export async function settleFiles(path: string, files: readonly RawPath[]): Promise<void> {
  if (files.length === 0) return;
  const args = ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"];
  await git(path, args, { input: joinPaths(files) });
}

/** Tracked files that differ from HEAD in the index or on disk -> their id in the index (undefined: not in it). */
export async function readDirty(path: string): Promise<Map<RawPath, string | undefined>> {
  const args = ["status", "--porcelain=v2", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=dirty"];
  const dirty = new Map<RawPath, string | undefined>();
  for (const entry of splitPaths((await git(path, args)).stdout)) {
    const fields = entry.split(" ");
    // `1 XY sub mH mI mW hH hI path`; an unmerged `u` has three stages and two more fields, and never is as wanted.
    const isUnmerged = fields[0] === "u";
    const file = fields.slice(isUnmerged ? 10 : 8).join(" ") as RawPath;
    const isInIndex = !isUnmerged && fields[4] !== "000000";
    dirty.set(file, isInIndex ? fields[7] : isUnmerged ? "unmerged" : undefined);
  }
  return dirty;
}

/** What lies untracked where a new file or one of its folders has to go, or null. */
async function findObstacle(
  root: string,
  change: TreeChange,
  tracked: ReadonlySet<RawPath>,
  changes: ReadonlyMap<RawPath, TreeChange>,
): Promise<RawPath | null> {
  const parts = change.path.split("/");
  for (let length = 1; length <= parts.length; length += 1) {
    const place = parts.slice(0, length).join("/") as RawPath;
    const found = await lstatIfThere(underRoot(root, place));
    if (found === null) return null;
    if (found.isDirectory() && length < parts.length) continue;
    if (found.isDirectory()) return change.new?.mode === "160000" ? null : findUntrackedIn(root, place, tracked);
    return tracked.has(place) || changes.get(place)?.new === null ? null : place;
  }
  return null;
}

/**
 * Something in a folder that a new file takes the place of, which no commit holds, or null. git itself asks for what is not
 * ignored alone: what is, it removes without a word, whole repositories among it.
 */
async function findUntrackedIn(root: string, folder: RawPath, tracked: ReadonlySet<RawPath>): Promise<RawPath | null> {
  for (const name of await readdir(underRoot(root, folder), { encoding: "latin1" })) {
    const place = `${folder}/${name}` as RawPath;
    if (tracked.has(place)) continue;
    const found = await lstatIfThere(underRoot(root, place));
    if (found === null) continue;
    if (!found.isDirectory()) return place;
    const inside = await findUntrackedIn(root, place, tracked);
    if (inside !== null) return inside;
  }
  return null;
}

/** Those of `files` that are on disk as they are in `commit`: also those that are in neither. */
export async function findEqual(path: string, commit: string, files: readonly RawPath[]): Promise<Set<RawPath>> {
  const folder = await mkdtemp(join(tmpdir(), "pleach-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    if (files.length === 0) return new Set();
    await git(path, ["read-tree", asCommit(commit)], { env });
    await git(path, ["update-index", "-q", "--refresh"], { env, codes: [0, 1] });
    const differing = new Set(splitPaths((await git(path, ["diff-files", "-z", "--name-only"], { env })).stdout));
    const known = new Set(splitPaths((await git(path, ["ls-files", "-z"], { env })).stdout));
    const equal = new Set<RawPath>();
    for (const file of files) {
      const isOnDisk = (await lstatIfThere(underRoot(path, file))) !== null;
      if (known.has(file) ? isOnDisk && !differing.has(file) : !isOnDisk) equal.add(file);
    }
    return equal;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
