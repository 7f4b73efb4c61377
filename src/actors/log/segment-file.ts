/**
 * One segment as a file: its name, and its creation, whole and exclusive.
 *
 * The file is written aside, synced, then linked to its name: `link` fails if the name exists, so of two creators one
 * loses (LOG-4), and no reader ever sees a segment without its first record. The descriptor that wrote the file aside
 * goes on being appended to.
 *
 * Where the file system has no hard links (exFAT, some network mounts) the name is created first and filled then. That
 * promises less: after a crash the segment may be empty (a reader takes that for a bad tail), and of two creators that
 * each see the other's unfinished segment both may lose. Two winners are ruled out: a creator gives up if, after its
 * first record is stored, a later segment exists or the one before has changed.
 *
 * On macOS Node turns both fsync and fdatasync into F_FULLFSYNC, which also empties the drive's cache.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { codeOf } from "../../errors.ts";
import { type Disk, systemDisk } from "./disk.ts";
import { toFailure, toTakenError } from "./failure.ts";
import type { SegmentSink } from "./medium.ts";
import { syncFolder } from "./sync-folder.ts";

const segmentName = /^([1-9]\d{0,14})\.jsonl$/;
const asideName = /^\.(\d+)\.\d+\.[0-9a-f]+\.tmp$/;
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Path of segment `n`. */
export function toSegmentPath(dir: string, segment: number): string {
  return path.join(dir, `${segment}.jsonl`);
}

/** Numbers of the segments in `dir`, ascending; empty for a folder that does not exist. */
export function listSegments(dir: string, disk: Disk = systemDisk): number[] {
  // A listing made while a segment is being added may hold a later one without it: look again before believing a gap.
  const first = listOnce(dir, disk);
  return first.length === (first.at(-1) ?? 0) ? first : listOnce(dir, disk);
}

function listOnce(dir: string, disk: Disk): number[] {
  let names: string[];
  try {
    names = disk.list(dir);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw toFailure(error, "list", dir);
  }
  const numbers = names.map((name) => segmentName.exec(name)?.[1]).filter((digits) => digits !== undefined);
  return numbers.map(Number).sort((a, b) => a - b);
}

/** How a segment is created: see `LogMedium.create`, and the head of this file for `hardLinks: false`. */
export interface CreateOptions {
  previousBytes: number;
  hardLinks: boolean;
  disk: Disk;
}

/** Creates segment `n` holding `first`, durably. Throws `log.taken` or `log.failed`. */
export function createSegmentFile(dir: string, segment: number, first: Buffer, how: CreateOptions): SegmentSink {
  const final = toSegmentPath(dir, segment);
  try {
    removeLeftOvers(dir, segment, how.disk);
    const byLink = how.hardLinks ? createByLink(dir, segment, first, how) : undefined;
    const fd = byLink ?? createInPlace(dir, segment, first, how);
    return createSink(fd, { own: final, successor: toSegmentPath(dir, segment + 1) }, how.disk);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw toTakenError(final);
    throw toFailure(error, "create", final);
  }
}

/** The open file, or undefined where there are no hard links. */
function createByLink(
  dir: string,
  segment: number,
  first: Buffer,
  { previousBytes, disk }: CreateOptions,
): number | undefined {
  const final = toSegmentPath(dir, segment);
  const aside = path.join(dir, `.${segment}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
  const fd = disk.open(aside, "ax");
  try {
    writeWhole(fd, first, disk);
    disk.sync(fd);
    if (sizeOf(toSegmentPath(dir, segment - 1), disk) !== previousBytes) throw toTakenError(final);
    disk.link(aside, final);
    disk.unlink(aside);
    syncFolder(dir, disk);
    return fd;
  } catch (error) {
    disk.close(fd);
    disk.remove(aside);
    // A faster creator of a later segment has tidied away what this one wrote aside.
    if (codeOf(error) === "ENOENT" && disk.sizeOf(final) !== null) throw toTakenError(final);
    if (withoutLinks.has(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}

function createInPlace(dir: string, segment: number, first: Buffer, { previousBytes, disk }: CreateOptions): number {
  const final = toSegmentPath(dir, segment);
  const fd = disk.open(final, "ax");
  try {
    writeWhole(fd, first, disk);
    disk.sync(fd);
    syncFolder(dir, disk);
    const hasSuccessor = disk.sizeOf(toSegmentPath(dir, segment + 1)) !== null;
    const isUnchanged =
      sizeOf(toSegmentPath(dir, segment - 1), disk) === previousBytes && sizeOf(final, disk) === first.length;
    if (isUnchanged && !hasSuccessor) return fd;
    disk.truncate(fd, 0);
    disk.sync(fd);
    throw toTakenError(final);
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

function sizeOf(file: string, disk: Disk): number {
  return disk.sizeOf(file) ?? 0;
}

function writeWhole(fd: number, bytes: Buffer, disk: Disk): void {
  for (let done = 0; done < bytes.length; ) done += disk.write(fd, bytes, done);
}

/** Removes what crashed creators of earlier segments left aside; those of this one may still be at work. */
function removeLeftOvers(dir: string, segment: number, disk: Disk): void {
  for (const name of disk.list(dir)) {
    const number = asideName.exec(name)?.[1];
    if (number !== undefined && Number(number) < segment) disk.remove(path.join(dir, name));
  }
}

function createSink(fd: number, { own, successor }: { own: string; successor: string }, disk: Disk): SegmentSink {
  return {
    write: (bytes) => writeAll(fd, bytes, disk),
    sync: () => disk.syncLater(fd),
    isSuperseded: () => disk.sizeOf(successor) !== null,
    isGone: () => disk.sizeOf(own) === null,
    close: () => disk.closeLater(fd),
  };
}

/** A write may take fewer bytes than it was given, as on a disk that is filling up: go on until it takes none. */
async function writeAll(fd: number, bytes: Buffer, disk: Disk): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const written = await disk.writeLater(fd, bytes, done);
    if (written === 0) throw new Error("nothing was written");
    done += written;
  }
}
