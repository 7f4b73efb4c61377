/** Records for tests. */
import type { LogEnd, LogRecord, LogStore, RecordDraft } from "../../../src/actors/log/index.ts";

/** A draft with its number in it. */
export function createDraft(n: number, data: unknown = { n }): RecordDraft {
  return {
    time: 1_700_000_000_000 + n,
    actor: "task:a",
    type: "task.noted",
    data,
    effects: n % 3 === 0 ? [{ id: `task:a/1/${n}/0`, name: "startTimer", hash: "00ff" }] : [],
    cause: n % 2 === 0 ? `task:a/1/${n - 1}/0` : null,
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
  return [writer.first, ...records];
}

/** All records, and the end. */
export function readAll(
  log: LogStore,
  options?: Parameters<LogStore["read"]>[0],
): { records: LogRecord[]; end: LogEnd } {
  const records: LogRecord[] = [];
  const reading = log.read(options);
  for (;;) {
    const step = reading.next();
    if (step.done) return { records, end: step.value };
    records.push(step.value);
  }
}
