/** Makes a LogStore of any medium: reading, checking and the beginning of epochs, shared by files and memory. */

import { PleachError } from "../../errors.ts";
import { createWriter } from "./append.ts";
import { toDamagedError, toNewerError, toTakenError } from "./failure.ts";
import { LineReader } from "./line-reader.ts";
import type { LogMedium } from "./medium.ts";
import type {
  BeginOptions,
  LogEnd,
  LogRecord,
  LogStore,
  LogWriter,
  ReadOptions,
  RecordDraft,
  VerifyReport,
} from "./port.ts";
import { decodeRecord, encodeRecord, readFrame } from "./record.ts";
import { type ScanResult, scanLog } from "./scan.ts";
import type { LogFormat } from "./upcast.ts";

/** The log kept on `medium`, written in `format`. */
export function createLogStore(medium: LogMedium, format: LogFormat): LogStore {
  function* read(options: ReadOptions = {}): Generator<LogRecord, LogEnd> {
    return demandEnd(yield* scanLog(medium, format, options), format).end;
  }

  function verify(): VerifyReport {
    const scan = scanLog(medium, format);
    let records = 0;
    let step = scan.next();
    for (; !step.done; step = scan.next()) records++;
    if (step.value.kind === "damaged") return { records, ok: false, droppedBytes: 0, damage: step.value.damage };
    return { records, ok: true, droppedBytes: demandEnd(step.value, format).end.droppedBytes, damage: null };
  }

  function newestEpoch(): LogRecord | null {
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
    const records = encoded.map(({ record }) => record);
    const lines = encoded.map(({ line }) => line).join("");
    for (const tail of tails) await medium.cutTail(tail);
    // A writer that was killed may have written what it never synced; from here on it is built upon.
    if (newestSegment > 0) await medium.sync(newestSegment);
    const sink = await medium.create(epoch, Buffer.from(lines), newestBytes);
    return createWriter(sink, {
      name,
      epoch,
      first: records[0] as LogRecord,
      last: records.at(-1) as LogRecord,
      format,
    });
  }

  return { read, verify, newestEpoch, beginEpoch };
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
      throw toDamagedError(result.damage);
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
    throw toDamagedError({ file, byte: 0, why: "the first line of this segment is not a record" });
  } finally {
    source.close();
  }
}
