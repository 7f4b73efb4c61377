/**
 * Reads a log from its first record to its end and decides what its end is (LOG-5).
 *
 * A line is valid if it is framed, numbered and chained to the one before. At the first line of a segment that is not,
 * the rest of that segment is a bad tail if nothing in it is a record, and damage otherwise; a bad tail in an older
 * segment is passed over only if the next valid record continues the chain from before it. Hence:
 * SCAN-1 A flipped bit before the last record is damage: what follows is a record, or does not continue the chain.
 * SCAN-2 A last line that ends in a newline and fails its crc is a bad tail, as a torn write would be; so is a newest
 *    segment without one valid record (a medium without hard links can leave one).
 * SCAN-3 A segment whose first line has another number than the next is damage: records before it are missing.
 * A group that losing power tore in its middle, with a later record of it intact, is damage by these rules: nothing was
 * promised of it, but nothing is guessed either.
 * Not found, since nothing on disk tells of it: the log's end was cut off exactly between two records.
 */
import { findRecord } from "./find-record.ts";
import { LineReader } from "./line-reader.ts";
import type { LogMedium, Tail } from "./medium.ts";
import type { LogDamage, LogEnd, LogRecord, ReadOptions } from "./port.ts";
import { advance, type Chain, createChain, decodeRecord, hidesRecord, readFrame, toHex } from "./record.ts";
import type { LogFormat } from "./upcast.ts";

/** How a scan ended. `newestBytes`: length of the newest segment without its bad tail. */
export type ScanResult =
  | { kind: "end"; end: LogEnd; tails: Tail[]; newestSegment: number; newestBytes: number }
  | { kind: "damaged"; damage: LogDamage }
  | { kind: "newer"; file: string; byte: number; version: number }
  | { kind: "otherHistory" };

/** What one line is, after the chain was moved on over it if it is valid. */
export type LineVerdict = { kind: "valid"; v: number } | { kind: "newer"; v: number } | { kind: "bad"; why: string };

/** What is said of a last line without its end, as it is when a write was cut off. */
export const CUT_OFF = "its last line is cut off";

/** Judges the reader's current line and moves the chain on over it if it is valid. */
export function judgeLine(lines: LineReader, chain: Chain, format: LogFormat): LineVerdict {
  const { bytes, start, end } = lines;
  const frame = readFrame(bytes, start, end);
  if (frame === null) return { kind: "bad", why: "this line is not a record" };
  if (frame.seq !== chain.seq + 1) {
    return { kind: "bad", why: `record ${chain.seq + 1} was expected, but record ${frame.seq} is here` };
  }
  if (!advance(chain, frame, bytes, start, end)) return { kind: "bad", why: "the crc of this record does not match" };
  return frame.v > format.version ? { kind: "newer", v: frame.v } : { kind: "valid", v: frame.v };
}

/**
 * Whether the rest of the segment, from the reader's current (bad) line on, holds a record: then the bad line is
 * damage. Steps the reader to its end.
 */
export function hasRecordBehind(lines: LineReader, kind: "line" | "rest"): boolean {
  if (kind === "rest") return false;
  if (hidesRecord(lines.bytes, lines.start, lines.end)) return true;
  while (lines.next() === "line") {
    if (readFrame(lines.bytes, lines.start, lines.end) !== null) return true;
  }
  return false;
}

/** Whether the reader's current (bad) line, the first of its segment, shows that records before it are missing (SCAN-3). */
export function showsGap(lines: LineReader, chain: Chain): boolean {
  const frame = readFrame(lines.bytes, lines.start, lines.end);
  return frame !== null && frame.seq !== chain.seq + 1;
}

/** Records in a batch, at most: enough to be fast, few enough for others on the event loop to have their turn. */
export const MAX_BATCH = 1_024;
/** A batch of long records ends sooner. */
export const MAX_BATCH_BYTES = 1024 * 1024;

/**
 * Yields the records after `afterSeq` in batches, none of them empty; those before are verified, but not parsed. Batches
 * grow from one record up to `MAX_BATCH`: whoever wants to know how a log begins pays for little more.
 */
export function* scanLog(
  medium: LogMedium,
  format: LogFormat,
  options: ReadOptions = {},
): Generator<LogRecord[], ScanResult, undefined> {
  const batch: LogRecord[] = [];
  const result = yield* scanSegments(medium, format, options, batch);
  if (batch.length > 0) yield batch;
  return result;
}

/** What is left in `batch` at the end was read before whatever the result tells. */
function* scanSegments(
  medium: LogMedium,
  format: LogFormat,
  { afterSeq = 0, afterCrc, unchecked = false }: ReadOptions,
  batch: LogRecord[],
): Generator<LogRecord[], ScanResult, undefined> {
  let enough = 1;
  let batchBytes = 0;
  const begin = unchecked ? findRecord(medium, afterSeq) : null;
  const chain = begin?.chain ?? createChain();
  /** Bad tails since the last valid record, with the reason; and those that the chain has passed. */
  let open: (Tail & { why: string })[] = [];
  const passed: Tail[] = [];
  let epoch = begin?.segment ?? 0;
  let expected = begin?.segment ?? 1;
  let newestBytes = 0;
  let why: string | null = null;
  if (begin !== null && afterCrc !== undefined && toHex(chain.crc) !== afterCrc) return { kind: "otherHistory" };
  for (const segment of medium.list()) {
    if (segment < (begin?.segment ?? 1)) continue;
    const file = medium.nameOf(segment);
    const source = segment === expected ? medium.open(segment) : null;
    if (source === null) return toMissing(medium.nameOf(expected));
    expected = segment + 1;
    try {
      const from = segment === begin?.segment ? begin.byte : 0;
      const lines = new LineReader(source, from);
      newestBytes = from;
      for (let kind = lines.next(); kind !== "end"; kind = lines.next()) {
        const byte = lines.byte;
        const verdict: LineVerdict = kind === "line" ? judgeLine(lines, chain, format) : { kind: "bad", why: CUT_OFF };
        if (verdict.kind === "newer") return { kind: "newer", file, byte, version: verdict.v };
        if (verdict.kind === "valid") {
          newestBytes = lines.nextByte;
          epoch = segment;
          if (open.length > 0) {
            passed.push(...open.map(toTail));
            open = [];
          }
          if (chain.seq === afterSeq && afterCrc !== undefined && toHex(chain.crc) !== afterCrc) {
            return { kind: "otherHistory" };
          }
          if (chain.seq <= afterSeq) continue;
          const record = decodeRecord(lines.bytes, lines.start, lines.end, verdict.v, format);
          if (record === null) {
            return { kind: "damaged", damage: { file, byte, why: "this record is not what its version demands" } };
          }
          batch.push(record);
          batchBytes += lines.end - lines.start;
          if (batch.length < enough && batchBytes < MAX_BATCH_BYTES) continue;
          enough = Math.min(MAX_BATCH, enough * 2);
          batchBytes = 0;
          yield batch.splice(0);
          continue;
        }
        const isGap = kind === "line" && byte === 0 && segment > 1 && showsGap(lines, chain);
        if (isGap || hasRecordBehind(lines, kind)) {
          // What an older segment's end lacks is where the damage began.
          const first = open[0] ?? { segment, byte, why: verdict.why };
          return { kind: "damaged", damage: { file: medium.nameOf(first.segment), byte: first.byte, why: first.why } };
        }
        why = verdict.why;
        // The reader stands at the end of the segment now.
        open.push({ segment, byte, bytes: lines.nextByte - byte, why: verdict.why });
        break;
      }
    } finally {
      source.close();
    }
  }
  if (afterCrc !== undefined && chain.seq < afterSeq) return { kind: "otherHistory" };
  const tails = [...passed, ...open.map(toTail)];
  const droppedBytes = tails.reduce((sum, tail) => sum + tail.bytes, 0);
  const dropped = why === null || droppedBytes === 0 ? {} : { dropped: why };
  const end = { seq: chain.seq, crc: toHex(chain.crc), epoch, droppedBytes, ...dropped };
  return { kind: "end", end, tails, newestSegment: expected - 1, newestBytes };
}

function toMissing(file: string): ScanResult {
  return { kind: "damaged", damage: { file, byte: 0, why: "this segment is missing" } };
}

function toTail({ segment, byte, bytes }: Tail): Tail {
  return { segment, byte, bytes };
}
