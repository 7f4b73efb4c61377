/**
 * Cuts a stream of bytes into lines, whatever comes: characters cut in two, a last line without its end, and lines
 * longer than anybody wants to hold in memory, which are counted instead of kept.
 */

/** Longer lines are left out. A tool's result with an image in it is a few megabytes. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** What becomes of each line. */
export interface LineSink {
  line(text: string): void;
  /** A line of so many bytes was left out. */
  tooLong(bytes: number): void;
}

/** The lines of one stream. Memory: at most one line of the longest kind, and one chunk. */
export class BoundedLines {
  readonly #sink: LineSink;
  readonly #longest: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isTooLong = false;

  constructor(sink: LineSink, longest = MAX_LINE_BYTES) {
    this.#sink = sink;
    this.#longest = longest;
  }

  /** Takes the next chunk, and keeps no hold of it. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#add(chunk.subarray(start, end));
      this.finish();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  /** Hands over what there is of a last line. */
  finish(): void {
    if (this.#isTooLong) this.#sink.tooLong(this.#bytes);
    else if (this.#bytes > 0) this.#sink.line(Buffer.concat(this.#parts).toString("utf8").replace(/\r$/, ""));
    this.#parts = [];
    this.#bytes = 0;
    this.#isTooLong = false;
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#longest) {
      this.#isTooLong = true;
      this.#parts = [];
    }
    if (!this.#isTooLong) this.#parts.push(Buffer.from(part));
  }
}
