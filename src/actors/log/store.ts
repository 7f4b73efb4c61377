/** Makes a LogStore of any medium: reading, following and the beginning of epochs, shared by files and memory. */
import { setImmediate as waitForTurn } from "node:timers/promises";
import { PleachError } from "../../errors.ts";
import { createWriter } from "./append.ts";
import { LogDamagedError, toNewerError, toTakenError } from "./failure.ts";
import { LineReader } from "./line-reader.ts";
import type { LogMedium } from "./medium.ts";
import type { BeginOptions, LogEnd, LogRecord, LogStore, LogWriter, ReadOptions, RecordDraft } from "./port.ts";
import { decodeRecord, encodeRecord, readFrame } from "./record.ts";
import { MAX_BATCH, type ScanResult, scanLog } from "./scan.ts";
import { followSegments } from "./tail.ts";
import type { LogFormat } from "./upcast.ts";

/** How the log of a medium is kept and looked at. */
export interface StoreOptions {
  /** What is written, and up to what is read. */
  format: LogFormat;
  /** Longest wait in milliseconds before a follower looks again. Default 100. */
  pollMs?: number;
}

/** The log kept on `medium`. */
export function createLogStore(medium: LogMedium, { format, pollMs = 100 }: StoreOptions): LogStore {
  async function* read(options: ReadOptions = {}): AsyncGenerator<readonly LogRecord[], LogEnd, undefined> {
    let result: ScanResult | undefined;
    function* scan(): Generator<LogRecord[], void, undefined> {
      result = yield* scanLog(medium, format, options);
    }
    for (const records of scan()) {
      yield records;
      if (records.length === MAX_BATCH) await waitForTurn();
    }
    return demandEnd(result as ScanResult, format).end;
  }

  async function newestEpoch(): Promise<LogRecord | null> {
    for (const segment of medium.list().reverse()) {
      const first = readFirst(medium, segment, format);
      if (first !== null) return first;
    }
    return null;
  }

  async function beginEpoch(
    first: (epoch: number) => RecordDraft | readonly RecordDraft[],
    options: BeginOptions = {},
  ): Promise<LogWriter> {
    const scan = scanLog(medium, format, { afterSeq: Number.POSITIVE_INFINITY });
    const step = scan.next();
    if (!step.done) throw new Error("nothing lies behind infinity");
    const { end, tails, newestSegment, newestBytes } = demandEnd(step.value, format);
    const epoch = newestSegment + 1;
    const name = medium.nameOf(epoch);
    if (options.after !== undefined && options.after !== end.epoch) throw toTakenError(medium.nameOf(end.epoch));
    const encoded = encodeRecords([first(epoch)].flat(), end, format);
    const begun = encoded.map(({ record }) => record);
    const lines = encoded.map(({ line }) => line).join("");
    for (const tail of tails) await medium.cutTail(tail);
    // A writer that was killed may have written what it never synced; from here on it is built upon.
    if (newestSegment > 0) await medium.sync(newestSegment);
    const sink = await medium.create(epoch, Buffer.from(lines), newestBytes);
    return createWriter(sink, { name, epoch, begun, format });
  }

  return { read, follow: (options) => followSegments(medium, { format, pollMs }, options), newestEpoch, beginEpoch };
}

/** Numbers and chains drafts onto what is there. */
function encodeRecords(
  drafts: readonly RecordDraft[],
  after: { seq: number; crc: string },
  format: LogFormat,
): ReturnType<typeof encodeRecord>[] {
  let { seq, crc } = after;
  return drafts.map((draft) => {
    const encoded = encodeRecord(draft, seq + 1, crc, format);
    ({ seq, crc } = encoded.record);
    return encoded;
  });
}

function demandEnd(result: ScanResult, format: LogFormat): ScanResult & { kind: "end" } {
  switch (result.kind) {
    case "end":
      return result;
    case "damaged":
      throw new LogDamagedError(result.damage);
    case "newer":
      throw toNewerError(result.file, result.byte, result.version, format.version);
    case "otherHistory":
      throw new PleachError("log.otherHistory", "The log does not hold the record that was read on from", {
        hint: "Read from the beginning, and delete the snapshot: it was taken of records that are gone.",
      });
  }
}

/** The first record of a segment; null if there is none and nothing else either. */
function readFirst(medium: LogMedium, segment: number, format: LogFormat): LogRecord | null {
  const source = medium.open(segment);
  if (source === null) return null;
  try {
    const lines = new LineReader(source);
    if (lines.next() !== "line") return null;
    const file = medium.nameOf(segment);
    const frame = readFrame(lines.bytes, lines.start, lines.end);
    if (frame !== null && frame.v > format.version) throw toNewerError(file, 0, frame.v, format.version);
    const record = frame && decodeRecord(lines.bytes, lines.start, lines.end, frame.v, format);
    if (record !== null) return record;
    if (lines.next() === "end") return null;
    throw new LogDamagedError({ file, byte: 0, why: "the first line of this segment is not a record" });
  } finally {
    source.close();
  }
}
