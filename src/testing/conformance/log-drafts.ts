/** Records for the suites of a log, and the writing and reading of whole epochs. */
import type { LogEnd, LogRecord, LogStore, ReadOptions, RecordDraft } from "../../actors/log/port.ts";
import { readEach } from "../../actors/log/read-log.ts";

/** A draft with its number in it. */
export function createDraft(n: number, data: unknown = { n }): RecordDraft {
  return {
    time: 1_700_000_000_000 + n,
    actor: "a",
    type: "task.noted",
    data,
    effects: n % 3 === 0 ? [{ id: `a/1/${n}/0`, name: "startTimer", hash: "00ff" }] : [],
    cause: n % 2 === 0 ? `a/1/${n - 1}/0` : null,
  };
}

/** The epoch record of `epoch`. */
export function createEpochDraft(epoch: number): RecordDraft {
  return { time: 1_700_000_000_000, actor: "run", type: "epoch.begun", data: { epoch }, effects: [], cause: null };
}

/** Begins an epoch, appends `count` records, closes. */
export async function writeEpoch(log: LogStore, count: number): Promise<LogRecord[]> {
  const writer = await log.beginEpoch(createEpochDraft);
  const { records, durable } = writer.append(Array.from({ length: count }, (_, n) => createDraft(n)));
  await durable;
  await writer.close();
  return [...writer.begun, ...records];
}

/** All records, and the end. */
export async function readAll(log: LogStore, options?: ReadOptions): Promise<{ records: LogRecord[]; end: LogEnd }> {
  const records: LogRecord[] = [];
  const end = await readEach(log, (record) => records.push(record), options);
  return { records, end };
}
