/** The log in a folder: `<n>.jsonl` is epoch n, `aside/` keeps copies of bad tails that were cut. */
import fs from "node:fs";
import path from "node:path";
import { codeOf } from "../../errors.ts";
import { type Disk, systemDisk } from "./disk.ts";
import { toFailure, toTakenError } from "./failure.ts";
import type { LogMedium, SegmentSource, Tail } from "./medium.ts";
import type { LogStore } from "./port.ts";
import { createSegmentFile, listSegments, toSegmentPath } from "./segment-file.ts";
import { createLogStore } from "./store.ts";
import { makeFolder, syncFolder, syncPath } from "./sync-folder.ts";
import { currentFormat, type LogFormat } from "./upcast.ts";

/** For tests, and for programs that read logs of their own format. */
export interface FileLogOptions {
  /** Default: this program's. */
  format?: LogFormat;
  /** false: create segments as on a file system without hard links. Default true. */
  hardLinks?: boolean;
  /** Default: the machine's. */
  disk?: Disk;
  /**
   * The newest epoch that the caller knows to have begun, 0 for none: a segment that somebody took away from the end is
   * missed then, and the log is damaged. Asked before each look at the folder.
   */
  knownEpoch?: () => number;
  /** Longest wait in milliseconds before a follower looks again where the folder cannot be watched. Default 100. */
  pollMs?: number;
}

/** The log in `dir`, which need not exist: an empty log then, and the first epoch creates it. Opens nothing yet. */
export function openFileLog(dir: string, options: FileLogOptions = {}): LogStore {
  const { format = currentFormat, hardLinks = true, disk = systemDisk, pollMs = 100, knownEpoch } = options;
  return createLogStore(createFileMedium(dir, { hardLinks, disk, knownEpoch }), { format, pollMs });
}

/** Segments as files in `dir`. */
export function createFileMedium(
  dir: string,
  {
    hardLinks,
    disk,
    knownEpoch = () => 0,
  }: { hardLinks: boolean; disk: Disk; knownEpoch?: (() => number) | undefined },
): LogMedium {
  return {
    list: () => {
      const known = knownEpoch();
      const found = listSegments(dir, disk);
      return known > (found.at(-1) ?? 0) ? [...found, known] : found;
    },
    nameOf: (segment) => toSegmentPath(dir, segment),
    open: (segment) => openSegment(toSegmentPath(dir, segment), disk),
    sizeOf: (segment) => readSize(toSegmentPath(dir, segment), disk),
    watch: (ring) => watchFolder(dir, ring),
    sync: async (segment) => syncSegment(toSegmentPath(dir, segment), disk),
    cutTail: async (tail) => cutTail(dir, tail, disk),
    create: async (segment, first, previousBytes) => {
      // Once there is a segment its folder is safe, with all those above it: whoever made them need not have synced them.
      if (segment === 1) createFolder(dir, disk);
      return createSegmentFile(dir, segment, first, { previousBytes, hardLinks, disk });
    },
  };
}

function createFolder(dir: string, disk: Disk): void {
  try {
    makeFolder(dir, disk);
    syncPath(path.dirname(dir), disk);
  } catch (error) {
    throw toFailure(error, "create", dir);
  }
}

function readSize(file: string, disk: Disk): number | null {
  try {
    return disk.sizeOf(file);
  } catch (error) {
    throw toFailure(error, "look at", file);
  }
}

/** Watching may fail: there is no such folder yet, or no watches are left. */
function watchFolder(dir: string, ring: () => void): (() => void) | null {
  try {
    const watcher = fs.watch(dir, ring);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return null;
  }
}

/** Opens a segment for reading; null if it is missing or no plain file. A symbolic link is `log.failed`. */
function openSegment(file: string, disk: Disk): SegmentSource | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = disk.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw toFailure(error, "open", file);
  }
  if (!disk.describe(fd).isFile) {
    disk.close(fd);
    return null;
  }
  return {
    read: (buffer, offset, length, position) => {
      try {
        return disk.read(fd, buffer, offset, length, position);
      } catch (error) {
        throw toFailure(error, "read", file);
      }
    },
    close: () => disk.close(fd),
  };
}

/** Makes durable what a segment holds. */
function syncSegment(file: string, disk: Disk): void {
  let fd: number | undefined;
  try {
    fd = disk.open(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    disk.sync(fd);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw toFailure(error, "sync", file);
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
}

/**
 * Copies a bad tail to `aside/<n>-<byte>.bad` and cuts it. Every step may be repeated, by another process too: the
 * segment is cut only after the copy is durable, always at the same byte, and not at all if that was done before.
 * Throws `log.taken` if the tail is not what was found.
 */
function cutTail(dir: string, { segment, byte, bytes }: Tail, disk: Disk): void {
  const file = toSegmentPath(dir, segment);
  let fd: number | undefined;
  try {
    fd = disk.open(file, fs.constants.O_RDWR | fs.constants.O_NOFOLLOW);
    const { sizeBytes } = disk.describe(fd);
    if (sizeBytes <= byte) return;
    // It has grown since it was found bad: a writer lives.
    if (sizeBytes !== byte + bytes) throw toTakenError(file);
    copyAside(path.join(dir, "aside"), { name: `${segment}-${byte}`, from: fd, byte }, disk);
    disk.truncate(fd, byte);
    disk.sync(fd);
  } catch (error) {
    throw toFailure(error, "cut the bad tail of", file);
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
}

function copyAside(
  folder: string,
  { name, from, byte }: { name: string; from: number; byte: number },
  disk: Disk,
): void {
  makeFolder(folder, disk);
  const to = openNew(folder, name, disk);
  try {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    for (let at = byte; ; ) {
      const read = disk.read(from, buffer, 0, buffer.length, at);
      if (read === 0) break;
      const kept = buffer.subarray(0, read);
      for (let done = 0; done < read; ) done += disk.write(to, kept, done);
      at += read;
    }
    disk.sync(to);
  } finally {
    disk.close(to);
  }
  syncFolder(folder, disk);
}

/** `<name>.bad`, or the first of `<name>.2.bad`, … that does not exist: an earlier copy is never overwritten. */
function openNew(folder: string, name: string, disk: Disk): number {
  for (let copy = 1; ; copy++) {
    try {
      return disk.open(path.join(folder, copy === 1 ? `${name}.bad` : `${name}.${copy}.bad`), "wx");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}
