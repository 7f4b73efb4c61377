/**
 * Tells the program's own writes from those of others, over all its processes and without keeping a record: the last
 * digits of the time at which it says a file was changed, those of fractions of 10 ms, are a digest of the content.
 * Another program's write has such digits once in thousands; where a disk keeps coarser times, an own write is not
 * recognised. Both only change how long the next edit waits.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const STEP_MS = 10;
/** Setting a time goes through a floating-point number of seconds, which is right to a microsecond or so. */
const SLOT_MICROS = 4;
const SLOTS = (STEP_MS * 1000) / SLOT_MICROS;

/** Marks a file that is about to be published as written by the program. */
export async function stampFile(handle: FileHandle, content: string | Uint8Array): Promise<void> {
  const step = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const seconds = (step * 1000 + digest(content) * SLOT_MICROS + SLOT_MICROS / 2) / 1e6;
  // A disk that keeps no times is written all the same.
  await handle.utimes(seconds, seconds).catch(() => undefined);
}

/** Whether the last one to write a file was the program; `mtimeNs` is when. */
export function isStamped(content: Uint8Array, mtimeNs: bigint): boolean {
  const micros = Number((mtimeNs / 1000n) % BigInt(STEP_MS * 1000));
  return Math.floor(micros / SLOT_MICROS) === digest(content);
}

function digest(content: string | Uint8Array): number {
  return createHash("sha256").update(content).digest().readUInt32BE(0) % SLOTS;
}
