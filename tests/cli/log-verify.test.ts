/** What is said of the end of a log that is no part of it. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openFileLog } from "../../src/actors/log/file-log.ts";
import { verifyLog } from "../../src/actors/log/index.ts";
import { sayDropped } from "../../src/cli/commands/log-verify.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

const LOG = fileURLToPath(new URL("../fixtures/logs/v1-plan-run/log", import.meta.url));

/** Verifies the log with its newest segment changed, and words what was dropped. */
async function verify(change: (text: string) => string): Promise<string> {
  const folder = join(makeTempFolder("verify", "test"), "log");
  cpSync(LOG, folder, { recursive: true });
  const newest = join(folder, "3.jsonl");
  writeFileSync(newest, change(readFileSync(newest, "utf8")));
  const { ok, droppedBytes, dropped } = await verifyLog(openFileLog(folder));
  expect(ok).toBe(true);
  return sayDropped(droppedBytes, dropped);
}

it("tells a line that was cut off from a whole one that does not hold", async () => {
  expect(await verify((text) => text)).toBe("");
  expect(await verify((text) => text.slice(0, -5))).toMatch(/^; \d+ bytes that were cut off while writing/);
  expect(await verify((text) => `${text.slice(0, -30)}~${text.slice(-29)}`)).toMatch(
    /^; the last \d+ bytes are no part of it, though their line is whole: .*crc of this record does not match; what it told is lost$/,
  );
  expect(await verify((text) => `${text}nothing of ours\n`)).toContain(
    "though their line is whole: this line is not a record",
  );
});
