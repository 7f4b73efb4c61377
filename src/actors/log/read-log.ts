/** Reading a log by its port alone, in the ways that most readers want: record by record, whole, to its end, to check it. */
import { LogDamagedError } from "./failure.ts";
import type { LogDamage, LogEnd, LogRecord, LogStore, ReadOptions } from "./port.ts";

export interface VerifyReport {
  /** Valid ones, up to the damage. */
  records: number;
  ok: boolean;
  droppedBytes: number;
  /** See `LogEnd`. */
  dropped?: string;
  damage: LogDamage | null;
}

/** Hands each record to `take`, in order; resolves to the end. Rejects as `LogStore.read` does, and with what `take` throws. */
export async function readEach(
  log: LogStore,
  take: (record: LogRecord) => void,
  options: ReadOptions = {},
): Promise<LogEnd> {
  let end: LogEnd | undefined;
  // A loop over a generator loses what that returns; one that delegates keeps it, and lets go of the log all the same.
  async function* read(): AsyncGenerator<readonly LogRecord[], void, undefined> {
    end = yield* log.read(options);
  }
  for await (const records of read()) for (const record of records) take(record);
  return end as LogEnd;
}

/** All records in memory: for logs that are known to be short. */
export async function readRecords(log: LogStore, options: ReadOptions = {}): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  await readEach(log, (record) => all.push(record), options);
  return all;
}

/** Checks every record; damage is a value here, not an error. Rejects with `log.newer` and `log.failed`. */
export async function verifyLog(log: LogStore): Promise<VerifyReport> {
  let records = 0;
  try {
    const { droppedBytes, dropped } = await readEach(log, () => {
      records++;
    });
    return { records, ok: true, droppedBytes, ...(dropped === undefined ? {} : { dropped }), damage: null };
  } catch (thrown) {
    if (!(thrown instanceof LogDamagedError)) throw thrown;
    return { records, ok: false, droppedBytes: 0, damage: thrown.damage };
  }
}
