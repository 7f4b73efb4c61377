/** The log in a folder: `<n>.jsonl` is epoch n, `aside/` keeps copies of bad tails that were cut. */
import fs from "node:fs";
import path from "node:path";
import { codeOf } from "../../errors.ts";
import { toFailure, toTakenError } from "./failure.ts";
import type { LogMedium, SegmentSource, Tail } from "./medium.ts";
import type { LogStore } from "./port.ts";
import { createSegmentFile, listSegments, toSegmentPath } from "./segment-file.ts";
import { createLogStore } from "./store.ts";
import { makeFolder, syncFolder } from "./sync-folder.ts";
import { currentFormat, type LogFormat } from "./upcast.ts";

/** For tests, and for programs that read logs of their own format. */
export interface FileLogOptions {
  /** Default: this program's. */
  format?: LogFormat;
  /** false: create segments as on a file system without hard links. Default true. */
  hardLinks?: boolean;
}

/** The log in `dir`, which need not exist: an empty log then, and the first epoch creates it. Opens nothing yet. */
export function openFileLog(dir: string, options: FileLogOptions = {}): LogStore {
  const { format = currentFormat, hardLinks = true } = options;
  return createLogStore(createFileMedium(dir, hardLinks), format);
}

function createFileMedium(dir: string, hardLinks: boolean): LogMedium {
  return {
    list: () => listSegments(dir),
    nameOf: (segment) => toSegmentPath(dir, segment),
    open: (segment) => openSegment(toSegmentPath(dir, segment)),
    cutTail: async (tail) => cutTail(dir, tail),
    create: async (segment, first, previousBytes) => {
      try {
        makeFolder(dir);
      } catch (error) {
        throw toFailure(error, "create", dir);
      }
      return createSegmentFile(dir, segment, first, { previousBytes, hardLinks });
    },
  };
}

/** Opens a segment for reading; null if it is missing or no plain file. A symbolic link is `log.failed`. */
export function openSegment(file: string): SegmentSource | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw toFailure(error, "open", file);
  }
  if (!fs.fstatSync(fd).isFile()) {
    fs.closeSync(fd);
    return null;
  }
  return {
    read: (buffer, offset, length, position) => {
      try {
        return fs.readSync(fd, buffer, offset, length, position);
      } catch (error) {
        throw toFailure(error, "read", file);
      }
    },
    close: () => fs.closeSync(fd),
  };
}

/**
 * Copies a bad tail to `aside/<n>-<byte>.bad` and cuts it. Every step may be repeated, by another process too: the
 * segment is cut only after the copy is durable, always at the same byte, and not at all if that was done before.
 * Throws `log.taken` if the tail is not what was found.
 */
function cutTail(dir: string, { segment, byte, bytes }: Tail): void {
  const file = toSegmentPath(dir, segment);
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_NOFOLLOW);
    const { size } = fs.fstatSync(fd);
    if (size <= byte) return;
    // It has grown since it was found bad: a writer lives.
    if (size !== byte + bytes) throw toTakenError(file);
    copyAside(path.join(dir, "aside"), `${segment}-${byte}`, fd, byte);
    fs.ftruncateSync(fd, byte);
    fs.fsyncSync(fd);
  } catch (error) {
    throw toFailure(error, "cut the bad tail of", file);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function copyAside(folder: string, name: string, from: number, byte: number): void {
  makeFolder(folder);
  const to = openNew(folder, name);
  try {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    for (let at = byte; ; ) {
      const read = fs.readSync(from, buffer, 0, buffer.length, at);
      if (read === 0) break;
      for (let done = 0; done < read; ) done += fs.writeSync(to, buffer, done, read - done);
      at += read;
    }
    fs.fsyncSync(to);
  } finally {
    fs.closeSync(to);
  }
  syncFolder(folder);
}

/** `<name>.bad`, or the first of `<name>.2.bad`, … that does not exist: an earlier copy is never overwritten. */
function openNew(folder: string, name: string): number {
  for (let copy = 1; ; copy++) {
    try {
      return fs.openSync(path.join(folder, copy === 1 ? `${name}.bad` : `${name}.${copy}.bad`), "wx");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}
