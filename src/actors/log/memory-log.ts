/**
 * A log in memory, for tests: the same store and codec as the file log over a medium that can lose power, fail, and be
 * held up. What `crash` leaves is what a disk would: everything synced, and as much of the rest as the test says.
 */

import { PleachError } from "../../errors.ts";
import { toFailure, toTakenError } from "./failure.ts";
import type { LogMedium, SegmentSink } from "./medium.ts";
import type { LogRecord, LogStore } from "./port.ts";
import { scanLog } from "./scan.ts";
import { createLogStore } from "./store.ts";
import { currentFormat, type LogFormat } from "./upcast.ts";

/** A LogStore with the faults that a test can ask for. */
export interface MemoryLog extends LogStore {
  /**
   * Loses what is not durable yet, but for the first `keepBytes` of it (default 0): a torn write. The writer is dead:
   * what it has under way rejects with `log.failed`. The store can be read and begun again at once.
   */
  crash(options?: { keepBytes?: number }): void;
  /** The writer's process dies as with `crash`, but the machine goes on: all that was written is there, durable or not. */
  kill(): void;
  /** The next write (half of it is stored) or sync fails with this system error. Default ENOSPC. */
  failNext(step: "write" | "sync", code?: string): void;
  /** All valid records as they are at this moment, durable or not. */
  records(): LogRecord[];
  /** Holds every sync up until the returned function is called. */
  holdSyncs(): () => void;
  /** Writes and syncs that succeeded, to see how appends were grouped. */
  readonly counts: { writes: number; syncs: number };
  /** What the log is kept on, for a second store over the same segments. */
  readonly medium: LogMedium;
  /** A copy of a segment's bytes; empty for one that does not exist. */
  readSegment(segment: number): Buffer;
  /** Puts other bytes (durable) in a segment's place, to damage it; null removes it. */
  writeSegment(segment: number, bytes: Buffer | null): void;
}

interface Segment {
  bytes: Buffer;
  length: number;
  durable: number;
}

/** An empty log in memory. */
export function createMemoryLog(options: { format?: LogFormat } = {}): MemoryLog {
  const segments = new Map<number, Segment>();
  const counts = { writes: 0, syncs: 0 };
  const format = options?.format ?? currentFormat;
  const bells = new Set<() => void>();
  let life = 0;
  let fault: { step: "write" | "sync"; code: string } | null = null;
  let held: { release: () => void; released: Promise<void> } | null = null;

  function takeFault(step: "write" | "sync"): Error | null {
    if (fault?.step !== step) return null;
    const { code } = fault;
    fault = null;
    return Object.assign(new Error(`${code}: planted by a test, ${step}`), { code });
  }

  function ring(): void {
    for (const bell of bells) bell();
  }

  function createSink(number: number, segment: Segment): SegmentSink {
    const born = life;
    function demandAlive(): void {
      if (life !== born) throw toFailure(new Error("the log crashed"), "write", nameOf(number));
    }
    return {
      write: async (bytes) => {
        demandAlive();
        const error = takeFault("write");
        store(segment, error === null ? bytes : bytes.subarray(0, bytes.length >> 1));
        ring();
        if (error !== null) throw error;
        counts.writes++;
      },
      sync: async () => {
        const { length } = segment;
        await held?.released;
        demandAlive();
        const error = takeFault("sync");
        if (error !== null) throw error;
        segment.durable = length;
        counts.syncs++;
      },
      isSuperseded: () => segments.has(number + 1),
      isGone: () => !segments.has(number),
      close: async () => undefined,
    };
  }

  const medium: LogMedium = {
    list: () => [...segments.keys()].sort((a, b) => a - b),
    nameOf,
    open: (number) => {
      const segment = segments.get(number);
      if (segment === undefined) return null;
      return {
        read: (buffer, offset, length, position) =>
          segment.bytes.copy(buffer, offset, position, Math.min(position + length, segment.length)),
        close: () => undefined,
      };
    },
    sizeOf: (number) => segments.get(number)?.length ?? null,
    watch: (bell) => {
      bells.add(bell);
      return () => bells.delete(bell);
    },
    sync: async (number) => {
      const segment = segments.get(number);
      if (segment !== undefined) segment.durable = segment.length;
    },
    cutTail: async ({ segment: number, byte, bytes }) => {
      const segment = segments.get(number);
      if (segment === undefined || segment.length <= byte) return;
      if (segment.length !== byte + bytes) throw toTakenError(nameOf(number));
      segment.length = byte;
      segment.durable = Math.min(segment.durable, byte);
    },
    create: async (number, first, previousBytes) => {
      const isOther = (segments.get(number - 1)?.length ?? 0) !== previousBytes;
      if (segments.has(number) || isOther) throw toTakenError(nameOf(number));
      const segment = { bytes: Buffer.from(first), length: first.length, durable: first.length };
      segments.set(number, segment);
      ring();
      return createSink(number, segment);
    },
  };

  function kill(): void {
    life++;
    fault = null;
    held?.release();
    held = null;
  }

  return {
    ...createLogStore(medium, { format }),
    counts,
    medium,
    kill,
    crash: ({ keepBytes = 0 } = {}) => {
      for (const segment of segments.values()) {
        segment.length = Math.min(segment.length, segment.durable + keepBytes);
        segment.durable = segment.length;
      }
      kill();
    },
    failNext: (step, code = "ENOSPC") => {
      fault = { step, code };
    },
    records: () => [...scanLog(medium, format)].flat(),
    holdSyncs: () => {
      if (held !== null) throw new PleachError("log.failed", "Syncs of this memory log are held up already");
      let release!: () => void;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      held = { release, released };
      return () => {
        held = null;
        release();
      };
    },
    readSegment: (number) => {
      const segment = segments.get(number);
      return Buffer.from(segment?.bytes.subarray(0, segment.length) ?? []);
    },
    writeSegment: (number, bytes) => {
      if (bytes === null) segments.delete(number);
      else segments.set(number, { bytes: Buffer.from(bytes), length: bytes.length, durable: bytes.length });
      ring();
    },
  };
}

function nameOf(segment: number): string {
  return `memory/${segment}.jsonl`;
}

/** Appends in place, growing by doubling: a test may store many records. */
function store(segment: Segment, bytes: Buffer): void {
  const length = segment.length + bytes.length;
  if (length > segment.bytes.length) {
    const larger = Buffer.alloc(Math.max(length, segment.bytes.length * 2));
    segment.bytes.copy(larger, 0, 0, segment.length);
    segment.bytes = larger;
  }
  bytes.copy(segment.bytes, segment.length);
  segment.length = length;
}
