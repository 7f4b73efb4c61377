/**
 * What was counted of a session that tells the dollars of all of its life, kept in the agent's folder of the run, so that an
 * attempt that goes on with it does not count them again. When this cannot be kept, they are: a budget then ends early,
 * never late.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../../safe-files/index.ts";
import { amountOf, parseRecord } from "../json-access.ts";

/** One number; the folder is the agent's, who may put anything there. */
const MAX_BYTES = 1024;
const SESSION_ID = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/;

const fileOf = (home: string, session: string): string | null =>
  SESSION_ID.test(session) ? join(home, `${session}.paid.json`) : null;

/** Dollars of the session that were counted; 0 when nothing is known. */
export async function readPaid(home: string, session: string): Promise<number> {
  const file = fileOf(home, session);
  if (file === null) return 0;
  const read = await readUntrustedFile(file, { maxBytes: MAX_BYTES });
  return amountOf(parseRecord(read.kind === "read" ? read.bytes.toString("utf8") : "")?.usd) ?? 0;
}

/** Never rejects. */
export async function keepPaid(home: string, session: string, usd: number): Promise<void> {
  const file = fileOf(home, session);
  if (file === null) return;
  await mkdir(home, { recursive: true, mode: 0o700 }).catch(() => {});
  await writeAtomically(file, JSON.stringify({ usd }), { durability: "none", mode: 0o600 }).catch(() => {});
}
