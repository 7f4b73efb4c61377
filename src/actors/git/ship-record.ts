/**
 * What a ship means to write into a checkout, noted in its git directory before the first file is touched, and gone when the
 * branch has moved. A ship that was cut off is taken back by it: files that it wrote, whole or in part, are as they were
 * again; what a person has changed since is not touched.
 */
import { readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../errors.ts";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { findEqual, readDirty } from "./dirty-overlap.ts";
import { git } from "./git.ts";
import { lstatIfThere } from "./presence.ts";
import { joinPaths, type RawPath, showPath, splitPaths } from "./raw-path.ts";
import { readBranch } from "./refs.ts";
import { isObjectId, type Repository } from "./repository.ts";
import { listChanges, type TreeChange, underRoot } from "./tree-changes.ts";
import { withWriteNote } from "./write-notes.ts";

export interface ShipRecord {
  run: string;
  /** The branch that is to move, and its checkout's commit before and after. */
  branch: string;
  from: string;
  to: string;
  /** Files that were as the ship wants them before it began, one character a byte. */
  settled: RawPath[];
}

const FILE = "pleach-ship.json";
const MAX_BYTES = 64 * 1024 * 1024;

/** Notes what is about to be written. `gitDir` is that of the checkout. */
export async function writeShipRecord(gitDir: string, record: ShipRecord): Promise<void> {
  await writeAtomically(join(gitDir, FILE), JSON.stringify(record), { durability: "kept" });
}

/** The ship that was begun in this checkout and did not end; null when there is none. */
export async function readShipRecord(gitDir: string): Promise<ShipRecord | null> {
  const read = await readUntrustedFile(join(gitDir, FILE), { maxBytes: MAX_BYTES });
  if (read.kind !== "read") return null;
  try {
    const record = JSON.parse(read.bytes.toString("utf8")) as ShipRecord;
    const isSound = [record.from, record.to].every(isObjectId) && Array.isArray(record.settled);
    return isSound && typeof record.branch === "string" ? record : null;
  } catch {
    return null;
  }
}

export async function removeShipRecord(gitDir: string): Promise<void> {
  await rm(join(gitDir, FILE), { force: true });
}

/** Takes back what a ship that was cut off has written into the checkout at `path`, if there was one. */
export async function takeBackShip(repo: Repository, path: string, gitDir: string): Promise<void> {
  const record = await readShipRecord(gitDir);
  // Moved meanwhile, by that ship or by somebody else, the branch has other files.
  if (record !== null && (await readBranch(repo, record.branch)) === record.from) {
    await withWriteNote(repo.commonDir, [join(gitDir, "index.lock")], () => putBack(repo, path, record));
  }
  await removeShipRecord(gitDir);
}

async function putBack(repo: Repository, path: string, record: ShipRecord): Promise<void> {
  const before = new Set(record.settled);
  const all = await listChanges(repo, record.from, record.to);
  const changes = all.filter((change) => !before.has(change.path) && hasFile(change));
  const dirty = await readDirty(path);
  const isStaged = ({ path: file, new: next }: TreeChange): boolean => dirty.has(file) && dirty.get(file) === next?.oid;
  const added = changes.filter((change) => change.old === null);
  const there = changes.filter((change) => change.old !== null);
  for (const file of await listWritten(path, record, added)) await removeFile(path, file);
  const staged = added.filter(isStaged).map((change) => change.path);
  if (staged.length > 0) {
    await git(path, ["update-index", "--force-remove", "-z", "--stdin"], { input: joinPaths(staged) });
  }
  // Only now: one of these may have been in the way.
  const written = new Set(await listWritten(path, record, there));
  const changed = there.filter((change) => written.has(change.path) || isStaged(change)).map((change) => change.path);
  if (changed.length > 0) {
    const args = ["checkout", "--quiet", record.from, "--pathspec-from-file=-", "--pathspec-file-nul"];
    await git(path, args, { input: joinPaths(changed) });
  }
}

/** Submodules have none of their own. */
const hasFile = ({ old, new: next }: TreeChange): boolean => old?.mode !== "160000" && next?.mode !== "160000";

/** Those of the changed files that are as the ship wants them, or on the way there. */
async function listWritten(path: string, { from, to }: ShipRecord, changes: readonly TreeChange[]): Promise<RawPath[]> {
  const files = changes.map((change) => change.path);
  const [untouched, whole, sparse] = [
    await findEqual(path, from, files),
    await findEqual(path, to, files),
    await listSparse(path),
  ];
  const written: RawPath[] = [];
  for (const change of changes) {
    if (untouched.has(change.path) || sparse.has(change.path)) continue;
    if (whole.has(change.path) || (await isHalfWritten(path, change))) written.push(change.path);
  }
  return written;
}

/** Files that the person does not want in this checkout. */
async function listSparse(path: string): Promise<Set<RawPath>> {
  const entries = splitPaths((await git(path, ["ls-files", "-z", "-t"])).stdout);
  return new Set(entries.filter((entry) => entry.startsWith("S ")).map((entry) => entry.slice(2) as RawPath));
}

/** git removes the old file, then makes the new one and writes it from its beginning. */
async function isHalfWritten(path: string, change: TreeChange): Promise<boolean> {
  const place = underRoot(path, change.path);
  const found = await lstatIfThere(place);
  if (found === null) return true;
  if (change.new === null || !found.isFile()) return false;
  const args = ["cat-file", "--filters", `--path=${showPath(change.path)}`, change.new.oid];
  const { stdout } = await git(path, args);
  return found.size <= stdout.length && stdout.subarray(0, found.size).equals(await readFile(place));
}

/** With folders that have nothing else in them. */
async function removeFile(path: string, file: RawPath): Promise<void> {
  await rm(underRoot(path, file), { force: true });
  for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) {
    const isGone = await rmdir(underRoot(path, folder as RawPath)).then(
      () => true,
      (thrown: unknown) => codeOf(thrown) === "ENOENT",
    );
    if (!isGone) return;
  }
}
