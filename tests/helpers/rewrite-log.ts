/** Writes the log in a folder again, with records that a test changed: every checksum is right, and the content another. */
import { openFileLog } from "../../src/actors/log/file-log.ts";
import { type LogRecord, readEach } from "../../src/actors/log/index.ts";

/** `change` gets each record as it is; null leaves it out, but for the first of an epoch. */
export async function rewriteLog(
  from: string,
  to: string,
  change: (record: LogRecord) => LogRecord | null,
): Promise<void> {
  const epochs: LogRecord[][] = [];
  await readEach(openFileLog(from), (record) => {
    if (record.type === "epoch.started") epochs.push([]);
    epochs.at(-1)?.push(record);
  });
  for (const [first, ...rest] of epochs) {
    const writer = await openFileLog(to).beginEpoch(() => change(first as LogRecord) ?? (first as LogRecord));
    writer.append(rest.map(change).filter((record) => record !== null));
    await writer.close();
  }
}
