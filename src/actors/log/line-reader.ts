/** Splits a segment into lines, a chunk at a time: a segment may be larger than memory, a line may span chunks. */
import type { SegmentSource } from "./medium.ts";

const chunkBytes = 256 * 1024;

/** The kinds of step: a whole line, bytes at the end without a newline, or nothing left. */
export type LineKind = "line" | "rest" | "end";

/** A cursor over lines. `bytes[start..end)` is the current line without its newline, valid until the next step. */
export class LineReader {
  bytes: Buffer = Buffer.allocUnsafe(chunkBytes);
  start = 0;
  end = 0;
  /** Offset in the segment of the current line. */
  byte: number;
  readonly #source: SegmentSource;
  /** Where the next line begins in `bytes`, and how much of `bytes` is filled. */
  #next = 0;
  #filled = 0;

  /** Starts at `byte`, which must be the beginning of a line. */
  constructor(source: SegmentSource, byte = 0) {
    this.#source = source;
    this.byte = byte;
  }

  /** Offset in the segment behind the current line and its newline. */
  get nextByte(): number {
    return this.byte + this.#next - this.start;
  }

  /** Moves on to the next line. After "rest" comes "end". */
  next(): LineKind {
    this.byte = this.nextByte;
    this.start = this.#next;
    let from = this.start;
    for (;;) {
      const newline = from < this.#filled ? this.bytes.indexOf(0x0a, from) : -1;
      if (newline >= 0 && newline < this.#filled) {
        this.end = newline;
        this.#next = newline + 1;
        return "line";
      }
      const seen = this.#filled - this.start;
      if (!this.#fill()) break;
      from = this.start + seen;
    }
    this.end = this.#filled;
    this.#next = this.#filled;
    return this.end > this.start ? "rest" : "end";
  }

  /** Reads more behind the unfinished line; false at the end of the segment. */
  #fill(): boolean {
    const kept = this.#filled - this.start;
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.#filled);
      this.start = 0;
      this.#next = 0;
      this.#filled = kept;
    }
    if (kept === this.bytes.length) {
      const larger = Buffer.allocUnsafe(this.bytes.length * 2);
      this.bytes.copy(larger, 0, 0, kept);
      this.bytes = larger;
    }
    const read = this.#source.read(this.bytes, kept, this.bytes.length - kept, this.byte + kept);
    this.#filled += read;
    return read > 0;
  }
}
