/**
 * The writer of one segment: numbers records at once, stores them in groups.
 *
 * While one write and sync is under way further appends gather, then go out as one write and one sync. The next group
 * starts a turn of the event loop later, so that all producers woken by a group are in the one that follows.
 * APPEND-1 Groups go out one after another, each whole; records are in the order of their numbers.
 * APPEND-2 After a failed write or sync (or when a newer epoch was begun) nothing more is written (LOG-3): the state of the
 *    file is unknown then, and a second sync may report success for data that the first one lost.
 */
import { setImmediate as startSoon } from "node:timers";
import { setImmediate as waitForTurn } from "node:timers/promises";
import { PleachError } from "../../errors.ts";
import { toFailure, toGoneError, toSupersededError } from "./failure.ts";
import type { SegmentSink } from "./medium.ts";
import type { LogRecord, LogWriter, RecordDraft } from "./port.ts";
import { encodeRecord } from "./record.ts";
import type { LogFormat } from "./upcast.ts";

/** Records that go out together. */
interface Group {
  lines: string[];
  durable: Promise<void>;
  resolve: () => void;
  reject: (reason: PleachError) => void;
}

/** The writer of the epoch whose segment `sink` is, with the records `begun` stored in it already. `name` is for messages. */
export function createWriter(
  sink: SegmentSink,
  place: { name: string; epoch: number; begun: readonly LogRecord[]; format: LogFormat },
): LogWriter {
  const { name, epoch, begun, format } = place;
  let { seq, crc } = begun.at(-1) as LogRecord;
  let gathering: Group | null = null;
  let failure: PleachError | null = null;
  let closed: Promise<void> | null = null;
  /** Ends when nothing is gathered or under way any more; null while idle. */
  let storing: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();

  function append(drafts: readonly RecordDraft[]): { records: LogRecord[]; durable: Promise<void> } {
    const records: LogRecord[] = [];
    const lines: string[] = [];
    let next = { seq, crc };
    for (const draft of drafts) {
      const { record, line } = encodeRecord(draft, next.seq + 1, next.crc, format);
      records.push(record);
      lines.push(line);
      next = record;
    }
    seq = next.seq;
    crc = next.crc;
    if (failure !== null) return { records, durable: rejectQuietly(failure) };
    if (closed !== null) return { records, durable: rejectQuietly(toClosedError(name)) };
    if (lines.length === 0) return { records, durable: last };
    gathering ??= createGroup();
    for (const line of lines) gathering.lines.push(line);
    last = gathering.durable;
    storing ??= new Promise<void>((resolve) => startSoon(resolve)).then(store);
    return { records, durable: gathering.durable };
  }

  async function store(): Promise<void> {
    while (gathering !== null) {
      const group: Group = gathering;
      gathering = null;
      try {
        if (sink.isSuperseded()) throw toSupersededError(name);
        await sink.write(Buffer.from(group.lines.join("")));
        await sink.sync();
        if (sink.isSuperseded()) throw toSupersededError(name);
        if (sink.isGone()) throw toGoneError(name);
      } catch (error) {
        stop(toFailure(error, "write", name), group);
        break;
      }
      group.resolve();
      await waitForTurn();
    }
    storing = null;
  }

  function stop(reason: PleachError, group: Group): void {
    failure = reason;
    group.reject(reason);
    gathering?.reject(reason);
    gathering = null;
  }

  async function finish(): Promise<void> {
    await storing;
    try {
      await sink.close();
    } catch (error) {
      failure ??= toFailure(error, "close", name);
    }
    if (failure !== null) throw failure;
  }

  return {
    epoch,
    begun,
    get nextSeq() {
      return seq + 1;
    },
    append,
    close: () => (closed ??= finish()),
  };
}

function createGroup(): Group {
  let resolve!: () => void;
  let reject!: (reason: PleachError) => void;
  const durable = new Promise<void>((onDurable, onFailed) => {
    resolve = onDurable;
    reject = onFailed;
  });
  silence(durable);
  return { lines: [], durable, resolve, reject };
}

function rejectQuietly(reason: PleachError): Promise<void> {
  const rejected = Promise.reject<void>(reason);
  silence(rejected);
  return rejected;
}

/** A failure that nobody awaits comes back with the next call (APPEND-2), so it need not end the process. */
function silence(promise: Promise<void>): void {
  promise.catch(() => undefined);
}

function toClosedError(name: string): PleachError {
  return new PleachError("log.closed", `The writer of ${name} is closed`, {
    file: name,
    hint: "Append before closing, or begin another epoch.",
  });
}
