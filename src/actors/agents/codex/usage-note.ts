/**
 * What of a thread was counted already, kept beside the agent's sessions: Codex counts a thread from its beginning, over
 * all attempts. Three numbers; the folder is the agent's, who may put anything there.
 */
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../../safe-files/index.ts";
import { amountOf, parseRecord } from "../json-access.ts";
import type { Tokens } from "../session-summary.ts";

const MAX_BYTES = 4 * 1024;
const THREAD_ID = /^[A-Za-z0-9-]{1,64}$/;

const fileOf = (home: string, thread: string): string | null =>
  THREAD_ID.test(thread) ? join(home, `${thread}.usage.json`) : null;

/** Null when nothing is known. */
export async function readUsageNote(home: string, thread: string): Promise<Tokens | null> {
  const file = fileOf(home, thread);
  if (file === null) return null;
  const read = await readUntrustedFile(file, { maxBytes: MAX_BYTES });
  const written = parseRecord(read.kind === "read" ? read.bytes.toString("utf8") : "");
  if (written === null) return null;
  const { input, cached, output } = written;
  return { input: amountOf(input) ?? 0, cached: amountOf(cached) ?? 0, output: amountOf(output) ?? 0 };
}

/** When this cannot be kept, a later turn is counted twice: a budget then ends early, never late. */
export async function writeUsageNote(home: string, thread: string, counted: Tokens): Promise<void> {
  const file = fileOf(home, thread);
  if (file !== null)
    await writeAtomically(file, JSON.stringify(counted), { durability: "none", mode: 0o600 }).catch(() => {});
}
