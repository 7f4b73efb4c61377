/**
 * Finds a record by its number without reading what is before it: numbers grow from line to line, so halving finds the
 * place in a few looks, however long the log is.
 *
 * What is found is a line that is framed as the record, not one whose crc was checked: that takes the one before it. Whatever
 * is not as expected (a line that is no record, a segment that is missing) ends the search, and reading from the beginning
 * then says what is wrong.
 */
import { LineReader } from "./line-reader.ts";
import type { LogMedium, SegmentSource } from "./medium.ts";
import { type Chain, type Frame, readFrame, readSeed } from "./record.ts";

/** Where the line behind a record begins, and the chain that it continues. */
export interface Found {
  segment: number;
  byte: number;
  chain: Chain;
}

/** So little is read line by line. */
const NEAR_BYTES = 128 * 1024;

/** The place behind record `seq`; null where it is not found. */
export function findRecord(medium: LogMedium, seq: number): Found | null {
  if (seq < 1 || !Number.isSafeInteger(seq)) return null;
  const segments = medium.list();
  if (segments.some((segment, index) => segment !== index + 1)) return null;
  for (const segment of segments.reverse()) {
    const source = medium.open(segment);
    if (source === null) return null;
    try {
      const first = readLine(new LineReader(source));
      // What a writer that was killed left of a new segment holds no record; those before it do.
      if (first === null || first.seq > seq) continue;
      const found = findIn(source, medium.sizeOf(segment) ?? 0, seq);
      return found === null ? null : { segment, ...found };
    } finally {
      source.close();
    }
  }
  return null;
}

/** As `findRecord`, in a segment that begins with that record or an earlier one. */
function findIn(source: SegmentSource, size: number, seq: number): Omit<Found, "segment"> | null {
  // The wanted line begins at `low` or behind it, and before `high`.
  let low = 0;
  let high = size;
  while (high - low > NEAR_BYTES) {
    const middle = low + Math.floor((high - low) / 2);
    const lines = new LineReader(source, middle);
    // Most likely the rest of a line.
    lines.next();
    const byte = lines.nextByte;
    const frame = byte < high ? readLine(lines) : null;
    // What is no record is looked for below: most likely it is the bad tail, which has no record behind it.
    if (frame !== null && frame.seq <= seq) low = byte;
    else high = middle;
  }
  const lines = new LineReader(source, low);
  for (let frame = readLine(lines); frame !== null && frame.seq <= seq; frame = readLine(lines)) {
    if (frame.seq !== seq) continue;
    return { byte: lines.nextByte, chain: { seq, crc: frame.crc, seed: readSeed(lines.bytes, lines.end - 10) } };
  }
  return null;
}

/** The frame of the next line; null where there is none. */
function readLine(lines: LineReader): Frame | null {
  return lines.next() === "line" ? readFrame(lines.bytes, lines.start, lines.end) : null;
}
