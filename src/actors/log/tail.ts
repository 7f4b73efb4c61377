/**
 * Follows the segments that another process may be writing: what is written shows up in batches, verified as by reading.
 *
 * A follower sees what was written, which may be a moment before it is durable: losing power takes back what only a
 * follower on the same machine, gone too then, has seen. A line that is not whole or not valid is simply not there
 * yet: either more of it comes, or the next epoch cuts it and goes on before it. The medium is watched where that
 * works; the poll is what can be relied on.
 *
 * TAIL-1 The place is always the beginning of a line, and the chain is that of the record before it.
 * TAIL-2 Whether a later segment exists is asked before the current one is read: if so, what was read is all of it.
 */
import { setImmediate as waitForTurn } from "node:timers/promises";
import { LogDamagedError, toNewerError } from "./failure.ts";
import { findRecord } from "./find-record.ts";
import { LineReader } from "./line-reader.ts";
import type { LogMedium } from "./medium.ts";
import type { FollowOptions, LogDamage, LogRecord } from "./port.ts";
import { type Chain, createChain, decodeRecord } from "./record.ts";
import { CUT_OFF, hasRecordBehind, judgeLine, type LineVerdict, MAX_BATCH, MAX_BATCH_BYTES, showsGap } from "./scan.ts";
import type { LogFormat } from "./upcast.ts";

/** Where following has come to (TAIL-1). */
interface Place {
  segment: number;
  byte: number;
  /** Size of the segment when it was last read to its end, and the bad line that was there. */
  size: number;
  bad: LogDamage | null;
  chain: Chain;
}

/** Follows what is on `medium`, as `LogStore.follow` promises; `pollMs` is the longest wait before it is looked at again. */
export async function* followSegments(
  medium: LogMedium,
  { format, pollMs }: { format: LogFormat; pollMs: number },
  { afterSeq = 0, unchecked = false, signal }: FollowOptions = {},
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  demandNoGap(medium);
  const bell = createBell(medium, pollMs, signal);
  const begin = (unchecked ? findRecord(medium, afterSeq) : null) ?? { segment: 1, byte: 0, chain: createChain() };
  const place: Place = { ...begin, size: -1, bad: null };
  /** What the segments passed since the last valid record ended in: damage unless the chain goes on. */
  let suspect: LogDamage | null = null;
  try {
    while (!signal?.aborted) {
      const isWhole = medium.sizeOf(place.segment + 1) !== null;
      const step = readOn();
      if (step.records.length > 0) yield step.records;
      if (step.kind === "more") {
        await waitForTurn();
        continue;
      }
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
    let recordBytes = 0;
    const file = medium.nameOf(place.segment);
    const size = medium.sizeOf(place.segment) ?? -1;
    const source = size === place.size ? null : medium.open(place.segment);
    if (source === null) return { kind: "end", records, bad: place.bad };
    try {
      const lines = new LineReader(source, place.byte);
      for (let kind = lines.next(); kind !== "end"; kind = lines.next()) {
        const verdict: LineVerdict =
          kind === "line" ? judgeLine(lines, place.chain, format) : { kind: "bad", why: CUT_OFF };
        if (verdict.kind === "newer") throw toNewerError(file, lines.byte, verdict.v, format.version);
        if (verdict.kind === "bad") {
          const bad = { file, byte: lines.byte, why: verdict.why };
          const isGap = kind === "line" && lines.byte === 0 && place.segment > 1 && showsGap(lines, place.chain);
          if (isGap || hasRecordBehind(lines, kind)) throw new LogDamagedError(suspect ?? bad);
          place.size = size;
          place.bad = bad;
          return { kind: "end", records, bad };
        }
        suspect = null;
        if (place.chain.seq > afterSeq) {
          const record = decodeRecord(lines.bytes, lines.start, lines.end, verdict.v, format);
          if (record === null) {
            throw new LogDamagedError({ file, byte: lines.byte, why: "this record is not what its version demands" });
          }
          records.push(record);
          recordBytes += lines.end - lines.start;
        }
        place.byte = lines.nextByte;
        if (records.length === MAX_BATCH || recordBytes >= MAX_BATCH_BYTES) return { kind: "more", records, bad: null };
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
function demandNoGap(medium: LogMedium): void {
  const missing = medium.list().findIndex((segment, index) => segment !== index + 1) + 1;
  if (missing === 0) return;
  throw new LogDamagedError({ file: medium.nameOf(missing), byte: 0, why: "this segment is missing" });
}

/** Waits for a change of the medium, the poll, or the abort, whichever is first. */
function createBell(
  medium: LogMedium,
  pollMs: number,
  signal: AbortSignal | undefined,
): { wait(): Promise<void>; close(): void } {
  let unwatch: (() => void) | null = null;
  let hasRung = false;
  let wake: (() => void) | null = null;

  function ring(): void {
    hasRung = true;
    wake?.();
  }

  signal?.addEventListener("abort", ring);
  return {
    async wait() {
      // Where it cannot be watched the poll has to do, until the next try.
      unwatch ??= medium.watch(ring);
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
      unwatch?.();
    },
  };
}
