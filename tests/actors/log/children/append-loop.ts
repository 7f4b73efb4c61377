/**
 * Appends to the log in argv[2] for ever, from several producers, and prints the number of each record after it became
 * durable. When the log fails it prints the error and what later calls answer, and ends.
 */
import fs from "node:fs";
import { openFileLog } from "../../../../src/actors/log/file-log.ts";
import { createDraft, createEpochDraft } from "../../../../src/testing/conformance/log-drafts.ts";

const log = openFileLog(process.argv[2] ?? "");
const writer = await log.beginEpoch(createEpochDraft);

async function produce(): Promise<void> {
  for (;;) {
    const { records, durable } = writer.append([createDraft(writer.nextSeq, "x".repeat(200))]);
    await durable;
    // Straight to the descriptor: a kill must not find it in a buffer.
    for (const record of records) fs.writeSync(1, `${record.seq}\n`);
  }
}

try {
  await Promise.all(Array.from({ length: 8 }, produce));
} catch (error) {
  const { code, hint } = error as { code: string; hint: string };
  const later = await writer.append([createDraft(0)]).durable.catch((again: { code: string }) => again.code);
  const closing = await writer.close().catch((again: { code: string }) => again.code);
  fs.writeSync(2, JSON.stringify({ code, hint, later, closing }));
}
