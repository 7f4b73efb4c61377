/**
 * Makes old records new: one function a version, from that version to the next, applied in turn. Logs on disk are
 * never rewritten; a version that was ever released keeps its function, and a fixture of it stays in the tests.
 */

/** The fields of a record as it was read, of whatever version. */
export type RawRecord = Record<string, unknown>;

/** Turns the fields of version n into those of version n + 1; `v` itself is set by `upcast`. */
export type Upcaster = (record: RawRecord) => RawRecord;

/** A version of the record format, with all it takes to read the ones before. */
export interface LogFormat {
  /** What is written; anything above it is `log.newer`. */
  version: number;
  /** Version n -> how to make version n + 1 of it. */
  upcasters: ReadonlyMap<number, Upcaster>;
}

/** The format of this program. */
export const currentFormat: LogFormat = { version: 1, upcasters: new Map() };

/** The record in `format`'s version, or null when a step on the way is missing. */
export function upcast(record: RawRecord, version: number, format: LogFormat): RawRecord | null {
  let current = record;
  for (let v = version; v < format.version; v++) {
    const step = format.upcasters.get(v);
    if (step === undefined) return null;
    current = { ...step(current), v: v + 1 };
  }
  return current;
}
