/**
 * Reads files that others wrote: only ordinary ones, and never more bytes than the caller allows, however the file grows
 * meanwhile. Every outcome is a value. What was read is still whatever somebody wanted it to be.
 */
import { closeSync, fstatSync, readSync, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { codeOf, messageOf } from "../errors.ts";
import { openUntrusted, openUntrustedSync } from "./open-untrusted.ts";

export interface ReadOptions {
  maxBytes: number;
  /** The whole file, and none that is larger than `maxBytes` (default); or that much of its beginning or end. */
  part?: "whole" | "beginning" | "end";
  /** Whether a symbolic link at the path is refused (default) or followed. */
  links?: "refuse" | "follow";
  /** The user whose file it must be; default: anybody's. */
  owner?: number | undefined;
}

export type UntrustedRead =
  /** Nothing is there. */
  { kind: "absent" } | OpenedRead;

export type OpenedRead =
  /** `isCut` is set when the file has more than the part that was asked for. */
  | { kind: "read"; bytes: Buffer; isCut: boolean }
  /** Something is there that is not read; `reason` completes "the file was left out: …". */
  | { kind: "refused"; why: "link" | "notFile" | "notOwned" | "unreadable"; reason: string }
  /** `size` is that of the file, bytes, as far as it was looked at. */
  | { kind: "refused"; why: "tooLarge"; reason: string; size: number };

/** Further reads, of a file that grew or that does not tell its size. */
const CHUNK_BYTES = 64 * 1024;

/** Reads a file. Never rejects. */
export async function readUntrustedFile(path: string, options: ReadOptions): Promise<UntrustedRead> {
  let file: FileHandle | undefined;
  try {
    file = await openUntrusted(path, undefined, options);
    return await readOpened(file, options);
  } catch (thrown) {
    return refusalOf(thrown);
  } finally {
    await file?.close().catch(() => undefined);
  }
}

/** Reads a file that is open already, from its beginning wherever it was read before. Rejects when the disk fails. */
export async function readOpened(file: FileHandle, options: ReadOptions): Promise<OpenedRead> {
  const range = rangeOf(await file.stat(), options);
  if ("kind" in range) return range;
  const chunks: Buffer[] = [];
  for (let at = range.start; at < range.end; ) {
    const wanted = wantedBytes(range, at);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return outcomeOf(chunks, range, options);
}

/** As `readUntrustedFile`, without leaving the thread: for many small files. Never throws. */
export function readUntrustedFileSync(path: string, options: ReadOptions): UntrustedRead {
  let file: number | undefined;
  try {
    file = openUntrustedSync(path, undefined, options);
    const range = rangeOf(fstatSync(file), options);
    if ("kind" in range) return range;
    const chunks: Buffer[] = [];
    for (let at = range.start; at < range.end; ) {
      const buffer = Buffer.allocUnsafe(wantedBytes(range, at));
      const bytesRead = readSync(file, buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return outcomeOf(chunks, range, options);
  } catch (thrown) {
    return refusalOf(thrown);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What is read, in bytes from the beginning of the file; `size` is what it said of itself. */
interface Range {
  start: number;
  /** Not read beyond this, however much there is. */
  end: number;
  size: number;
}

function rangeOf(stat: Stats, { maxBytes, part = "whole", owner }: ReadOptions): Range | OpenedRead {
  if (!stat.isFile()) return { kind: "refused", why: "notFile", reason: "it is no ordinary file" };
  if (owner !== undefined && stat.uid !== owner) {
    return { kind: "refused", why: "notOwned", reason: "it belongs to another user" };
  }
  const { size } = stat;
  if (part === "whole" && size > maxBytes) return tooLarge(maxBytes, size);
  const start = part === "end" ? Math.max(0, size - maxBytes) : 0;
  // One byte more than a whole file may have shows that it grew beyond that.
  return { start, end: start + maxBytes + (part === "whole" ? 1 : 0), size };
}

/** The first read takes all that the file said it has, and one byte, so that the next one finds its end. */
function wantedBytes({ start, end, size }: Range, at: number): number {
  return Math.min(end - at, at === start ? size - start + 1 : CHUNK_BYTES);
}

function outcomeOf(chunks: readonly Buffer[], range: Range, { maxBytes, part = "whole" }: ReadOptions): OpenedRead {
  const [first, ...more] = chunks;
  const bytes = first === undefined ? Buffer.alloc(0) : more.length === 0 ? first : Buffer.concat(chunks);
  if (part === "whole" && bytes.length > maxBytes) return tooLarge(maxBytes, bytes.length);
  return { kind: "read", bytes, isCut: part !== "whole" && range.size > maxBytes };
}

function tooLarge(maxBytes: number, size: number): OpenedRead {
  return { kind: "refused", why: "tooLarge", reason: `it is larger than ${sizeInWords(maxBytes)}`, size };
}

function sizeInWords(bytes: number): string {
  const megabytes = bytes / (1024 * 1024);
  if (Number.isInteger(megabytes)) return `${megabytes} MB`;
  return Number.isInteger(bytes / 1024) ? `${bytes / 1024} kB` : `${bytes} bytes`;
}

function refusalOf(thrown: unknown): UntrustedRead {
  const code = codeOf(thrown);
  if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
  if (code === "ELOOP") return { kind: "refused", why: "link", reason: "it is a symbolic link" };
  // A socket cannot even be opened.
  if (code === "ENXIO") return { kind: "refused", why: "notFile", reason: "it is no ordinary file" };
  return { kind: "refused", why: "unreadable", reason: messageOf(thrown) };
}
