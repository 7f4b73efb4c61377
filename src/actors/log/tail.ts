/**
 * Follows the log of another process: what is written shows up in batches, verified as by reading.
 *
 * A follower sees what was written, which may be a moment before it is durable: losing power takes back what only a
 * follower on the same machine, gone too then, has seen. A line that is not whole or not valid is simply not there
 * yet: either more of it comes, or the next epoch cuts it and goes on before it. The folder is watched where that
 * works; the poll is what can be relied on.
 *
 * TAIL-1 The place is always the beginning of a line, and the chain is that of the record before it.
 * TAIL-2 Whether a later segment exists is asked before the current one is read: if so, what was read is all of it.
 */
import fs from "node:fs";
import { toDamagedError, toNewerError } from "./failure.ts";
import { openSegment } from "./file-log.ts";
import { LineReader } from "./line-reader.ts";
import type { LogDamage, LogRecord } from "./port.ts";
import { type Chain, createChain, decodeRecord } from "./record.ts";
import { hasRecordBehind, judgeLine, type LineVerdict, showsGap } from "./scan.ts";
import { listSegments, toSegmentPath } from "./segment-file.ts";
import { currentFormat, type LogFormat } from "./upcast.ts";

/** What to follow. */
export interface FollowOptions {
  /** Records after this one are yielded. Default 0. */
  afterSeq?: number;
  /** Ends the generator. */
  signal?: AbortSignal;
  /** Longest wait in milliseconds before looking again. Default 100. */
  pollMs?: number;
  /** Default: this program's. */
  format?: LogFormat;
}

/** Where following has come to (TAIL-1). */
interface Place {
  segment: number;
  byte: number;
  /** Size of the segment when it was last read to its end, and the bad line that was there. */
  size: number;
  bad: LogDamage | null;
  chain: Chain;
}

/** Records in a batch: enough to be fast, few enough for a screen to stay alive between two. */
const batchSize = 2048;

/**
 * Yields non-empty batches of records as they are written, across segments, until `signal` aborts. The folder need
 * not exist yet. Throws `log.damaged`, `log.newer` or `log.failed`.
 */
export async function* followLog(dir: string, options: FollowOptions = {}): AsyncGenerator<LogRecord[], void> {
  const { afterSeq = 0, signal, pollMs = 100, format = currentFormat } = options;
  demandNoGap(dir);
  const bell = createBell(dir, pollMs, signal);
  const place: Place = { segment: 1, byte: 0, size: -1, bad: null, chain: createChain() };
  /** What the segments passed since the last valid record ended in: damage unless the chain goes on. */
  let suspect: LogDamage | null = null;
  try {
    while (!signal?.aborted) {
      const isWhole = fs.existsSync(toSegmentPath(dir, place.segment + 1));
      const step = readOn();
      if (step.records.length > 0) yield step.records;
      if (step.kind === "more") continue;
      if (!isWhole) {
        await bell.wait();
        continue;
      }
      suspect ??= step.bad;
      place.segment++;
      place.byte = 0;
      place.size = -1;
      place.bad = null;
    }
  } finally {
    bell.close();
  }

  /** Reads new lines of the current segment: a full batch ("more"), or up to its end or first bad line. */
  function readOn(): { kind: "more" | "end"; records: LogRecord[]; bad: LogDamage | null } {
    const records: LogRecord[] = [];
    const file = toSegmentPath(dir, place.segment);
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? -1;
    const source = size === place.size ? null : openSegment(file);
    if (source === null) return { kind: "end", records, bad: place.bad };
    try {
      const lines = new LineReader(source, place.byte);
      for (let kind = lines.next(); kind !== "end"; kind = lines.next()) {
        const verdict: LineVerdict =
          kind === "line" ? judgeLine(lines, place.chain, format) : { kind: "bad", why: "its last line is cut off" };
        if (verdict.kind === "newer") throw toNewerError(file, lines.byte, verdict.v, format.version);
        if (verdict.kind === "bad") {
          const bad = { file, byte: lines.byte, why: verdict.why };
          const isGap = kind === "line" && lines.byte === 0 && place.segment > 1 && showsGap(lines, place.chain);
          if (isGap || hasRecordBehind(lines, kind)) throw toDamagedError(suspect ?? bad);
          place.size = size;
          place.bad = bad;
          return { kind: "end", records, bad };
        }
        suspect = null;
        if (place.chain.seq > afterSeq) {
          const record = decodeRecord(lines.bytes, lines.start, lines.end, verdict.v, format);
          if (record === null) {
            throw toDamagedError({ file, byte: lines.byte, why: "this record is not what its version demands" });
          }
          records.push(record);
        }
        place.byte = lines.nextByte;
        if (records.length === batchSize) return { kind: "more", records, bad: null };
      }
      place.size = size;
      place.bad = null;
      return { kind: "end", records, bad: null };
    } finally {
      source.close();
    }
  }
}

/** A segment that is missing now will never come: epochs are begun in order. */
function demandNoGap(dir: string): void {
  const segments = listSegments(dir);
  const missing = segments.findIndex((segment, index) => segment !== index + 1) + 1;
  if (missing === 0) return;
  throw toDamagedError({ file: toSegmentPath(dir, missing), byte: 0, why: "this segment is missing" });
}

/** Waits for a change in the folder, the poll, or the abort, whichever is first. */
function createBell(
  dir: string,
  pollMs: number,
  signal: AbortSignal | undefined,
): { wait(): Promise<void>; close(): void } {
  let watcher: fs.FSWatcher | null = null;
  let hasRung = false;
  let wake: (() => void) | null = null;

  function ring(): void {
    hasRung = true;
    wake?.();
  }

  /** Watching may fail (no such folder yet, no watches left): then the poll has to do until the next try. */
  function watch(): void {
    if (watcher !== null) return;
    try {
      const opened = fs.watch(dir, ring);
      watcher = opened;
      opened.on("error", () => {
        opened.close();
        watcher = null;
      });
    } catch {
      watcher = null;
    }
  }

  signal?.addEventListener("abort", ring);
  return {
    async wait() {
      watch();
      if (!hasRung && !signal?.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pollMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = null;
      hasRung = false;
    },
    close() {
      signal?.removeEventListener("abort", ring);
      watcher?.close();
    },
  };
}
