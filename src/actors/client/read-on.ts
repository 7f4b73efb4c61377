/** How readers of a run pass over what its host vouches for: a snapshot, or read models, of some record. */
import type { ReadOptions } from "../log/index.ts";

/**
 * What is passed over is verified all the same in a log of so many records: that takes a moment, and tells of damage at the
 * first look. Beyond that, `log verify` does.
 */
const VERIFIED_RECORDS = 100_000;

/** How a log is read on from a record that a host vouches for. */
export function readOnFrom({ seq, crc }: { seq: number; crc?: string }): ReadOptions {
  return { afterSeq: seq, ...(crc === undefined ? {} : { afterCrc: crc }), unchecked: seq > VERIFIED_RECORDS };
}
