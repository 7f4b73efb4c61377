/**
 * Waits for a byte on stdin, then begins the epoch after argv[3] of the log in argv[2], appends one record, and prints
 * "won" or the code of the error. argv[4] "in-place" goes without hard links.
 */
import { openFileLog } from "../../../../src/actors/log/file-log.ts";
import { createDraft, createEpochDraft } from "../../../../src/testing/conformance/log-drafts.ts";

const [, , dir = "", after = "0", way] = process.argv;
const log = openFileLog(dir, { hardLinks: way !== "in-place" });
process.stdout.write("ready\n");
process.stdin.once("data", () => {
  begin().then(
    () => process.stdout.write("won"),
    (error: { code: string }) => process.stdout.write(error.code),
  );
  process.stdin.destroy();
});

async function begin(): Promise<void> {
  const writer = await log.beginEpoch(createEpochDraft, { after: Number(after) });
  await writer.append([createDraft(process.pid)]).durable;
  await writer.close();
}
