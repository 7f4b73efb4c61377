/**
 * Measures the log alone: durable records a second with many producers that each await their own append, and records
 * read, verified and parsed a second. Run as a program it prints the figures.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { openFileLog } from "../src/actors/log/file-log.ts";
import { type RecordDraft, readEach } from "../src/actors/log/index.ts";

/** Rates in records a second. */
export interface LogFigures {
  durablePerSecond: number;
  readPerSecond: number;
  /** Passed over: verified, but not parsed. */
  verifiedPerSecond: number;
  recordBytes: number;
}

const producers = 64;

/** Writes and reads `records` records in a temporary folder (below `TMPDIR`, so on the disk that it names). */
export async function benchLog(records = 200_000): Promise<LogFigures> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-bench-"));
  try {
    const log = openFileLog(dir);
    const writer = await log.beginEpoch((epoch) => draft(epoch));
    const each = Math.ceil(records / producers);
    const writing = performance.now();
    await Promise.all(
      Array.from({ length: producers }, async () => {
        for (let i = 0; i < each; i++) await writer.append([draft(i)]).durable;
      }),
    );
    const written = performance.now();
    await writer.close();
    const total = each * producers;
    const reading = performance.now();
    let count = 0;
    await readEach(log, ({ seq }) => {
      count += seq > 0 ? 1 : 0;
    });
    const read = performance.now();
    if (count !== total + 1) throw new Error(`${count} records were read of ${total + 1}`);
    await readEach(log, () => undefined, { afterSeq: Number.POSITIVE_INFINITY });
    const verified = performance.now();
    return {
      durablePerSecond: Math.round((total / (written - writing)) * 1000),
      readPerSecond: Math.round((total / (read - reading)) * 1000),
      verifiedPerSecond: Math.round((total / (verified - read)) * 1000),
      recordBytes: Math.round(fs.statSync(path.join(dir, "1.jsonl")).size / (total + 1)),
    };
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

function draft(n: number): RecordDraft {
  return {
    time: 1_700_000_000_000 + n,
    actor: "task:build-the-parser",
    type: "task.progressed",
    data: { attempt: 1, text: "compiled another file" },
    effects: [{ id: `task:build-the-parser/1/${n}/0`, name: "startTimer", hash: "0123456789abcdef" }],
    cause: `task:build-the-parser/1/${n - 1}/0`,
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const figures = await benchLog();
  process.stdout.write(
    `${producers} producers, records of ${figures.recordBytes} bytes\n` +
      `durable appends    ${figures.durablePerSecond}/s\n` +
      `read and parsed    ${figures.readPerSecond}/s\n` +
      `verified only      ${figures.verifiedPerSecond}/s\n`,
  );
}
