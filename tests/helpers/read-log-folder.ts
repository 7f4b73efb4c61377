/** The log in a folder, read at once: for tests that look at the log of a run that is over. */
import { systemDisk } from "../../src/actors/log/disk.ts";
import { createFileMedium } from "../../src/actors/log/file-log.ts";
import type { LogRecord } from "../../src/actors/log/index.ts";
import { scanLog } from "../../src/actors/log/scan.ts";
import { currentFormat } from "../../src/actors/log/upcast.ts";

/** All records. Throws for a log that is damaged or of a newer program. */
export function readLogFolder(dir: string): LogRecord[] {
  const scan = scanLog(createFileMedium(dir, { hardLinks: true, disk: systemDisk }), currentFormat);
  const records: LogRecord[] = [];
  let step = scan.next();
  for (; !step.done; step = scan.next()) records.push(...step.value);
  if (step.value.kind !== "end") throw new Error(`the log in ${dir} is not whole: ${JSON.stringify(step.value)}`);
  return records;
}
