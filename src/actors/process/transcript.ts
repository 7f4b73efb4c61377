/**
 * One transcript file: everything a worker wrote, bounded. Up to `maxBytes` the file is what was written, byte for byte.
 * Beyond that it holds the first half, a marker line with the count of what is missing, and the newest part, which is
 * at least a quarter of `maxBytes`. Who reads the end of the file while the worker runs sees the newest output.
 *
 * TRANSCRIPT-1 Memory: at most HIGH_WATER bytes wait to be written; `write` says when to stop reading (backpressure).
 * TRANSCRIPT-2 Disk: never more than `maxBytes` and the marker. A full file is compacted in place: the newest quarter is moved
 *    down behind the marker and the file is cut.
 * TRANSCRIPT-3 An error of the disk is kept, not thrown: the worker goes on, and the outcome says what is missing and why.
 */
import { createHash, type Hash } from "node:crypto";
import fs from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../errors.ts";
import { openUntrustedSync } from "../../safe-files/index.ts";

export interface TranscriptSummary {
  /** Bytes that were written to it. */
  bytes: number;
  /** Size of the file. */
  keptBytes: number;
  /** SHA-256 of the file, in hex. */
  sha256: string;
  truncated: boolean;
  /** Why the file is not complete besides truncation, such as a full disk; null when nothing went wrong. */
  problem: string | null;
}

/** Bytes that may wait for the disk before the writer is asked to pause. */
const HIGH_WATER = 256 * 1024;
/** Smaller transcripts would hold little but the marker. */
const MIN_MAX_BYTES = 4 * 1024;
const COPY_BYTES = 256 * 1024;
const TAIL_BYTES = 8 * 1024;

// Contents go by the thread pool. Opening and closing do not: a local file system does them in microseconds, and the
// way to the pool and back is a wait on the path from one task to the next.
const write = promisify(fs.write);
const read = promisify(fs.read);
const truncate = promisify(fs.ftruncate);

/** The marker line; its length does not depend on the count, so that it can be rewritten in place. */
function formatMarker(dropped: number): Buffer {
  return Buffer.from(`\n[pleach: ${String(dropped).padStart(16)} bytes left out here]\n`);
}

const MARKER_BYTES = formatMarker(0).length;

/** One transcript file while it is written. */
export class Transcript {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #file: number;
  #hash: Hash | null = createHash("sha256");
  #bytes = 0;
  /** Size of the file once all that waits is written. */
  #size = 0;
  #dropped = 0;
  #queue: Buffer[] = [];
  #queued = 0;
  #writing: Promise<void> | null = null;
  #problem: string | null = null;
  #tail = Buffer.alloc(0);
  #onDrain: (() => void)[] = [];

  private constructor(path: string, file: number, maxBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#maxBytes = Math.max(maxBytes, MIN_MAX_BYTES);
  }

  /** Creates (or empties) the file, readable by its owner only; a symbolic link in its place is refused. */
  static async open(path: string, maxBytes: number): Promise<Transcript> {
    const { O_RDWR, O_CREAT, O_TRUNC } = fs.constants;
    const flags = O_RDWR | O_CREAT | O_TRUNC;
    try {
      return new Transcript(path, openUntrustedSync(path, flags, { mode: 0o600 }), maxBytes);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      return new Transcript(path, openUntrustedSync(path, flags, { mode: 0o600 }), maxBytes);
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The newest bytes, at most 8 kB. */
  get tail(): Buffer {
    return this.#tail;
  }

  /** Takes over a chunk; false asks the caller to pause until `whenDrained` calls back. */
  write(chunk: Buffer): boolean {
    if (chunk.length === 0) return true;
    this.#bytes += chunk.length;
    // Copies, so that eight kilobytes do not hold on to the large buffer they came in.
    this.#tail =
      chunk.length >= TAIL_BYTES
        ? Buffer.from(chunk.subarray(-TAIL_BYTES))
        : Buffer.concat([this.#tail.subarray(Math.max(0, this.#tail.length + chunk.length - TAIL_BYTES)), chunk]);
    if (this.#problem !== null) return true;
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    this.#writing ??= this.#drain();
    return this.#queued < HIGH_WATER;
  }

  /** Calls back once what waits is written; at once when nothing does. */
  whenDrained(resume: () => void): void {
    if (this.#writing === null) resume();
    else this.#onDrain.push(resume);
  }

  /**
   * Writes what waits, closes the file and says what it holds. A worker that said nothing leaves no file: thousands of empty
   * ones would lie in one folder. Call once, after the last `write`. Never rejects.
   */
  async finish(): Promise<TranscriptSummary> {
    while (this.#writing !== null) await this.#writing;
    let sha256 = "";
    try {
      if (this.#dropped > 0) {
        await write(this.#file, formatMarker(this.#dropped), 0, MARKER_BYTES, this.#headBytes());
      }
      sha256 = this.#hash?.digest("hex") ?? (await this.#hashFile());
    } catch (error) {
      this.#problem ??= messageOf(error);
    }
    try {
      if (this.#bytes === 0) this.#remove();
      fs.closeSync(this.#file);
    } catch (error) {
      // Some file systems tell of a full disk only now.
      this.#problem ??= messageOf(error);
    }
    return {
      bytes: this.#bytes,
      keptBytes: this.#size,
      sha256,
      truncated: this.#dropped > 0,
      problem: this.#problem,
    };
  }

  /** Removes the file, if it is still this one and nobody else has written into it. */
  #remove(): void {
    const own = fs.fstatSync(this.#file);
    const there = fs.lstatSync(this.#path, { throwIfNoEntry: false });
    if (there !== undefined && own.size === 0 && there.ino === own.ino && there.dev === own.dev) fs.rmSync(this.#path);
  }

  #headBytes(): number {
    return Math.floor(this.#maxBytes / 2);
  }

  async #drain(): Promise<void> {
    // A turn later, so that `#writing` is set, and chunks that arrive together are written together.
    await null;
    try {
      while (this.#queued > 0) {
        const batch = this.#queue.length === 1 ? this.#queue[0] : Buffer.concat(this.#queue);
        this.#queue = [];
        this.#queued = 0;
        if (batch !== undefined) await this.#append(batch);
      }
    } catch (error) {
      this.#problem = messageOf(error);
      this.#hash = null;
      this.#queue = [];
      this.#queued = 0;
    }
    this.#writing = null;
    const resumed = this.#onDrain;
    this.#onDrain = [];
    for (const resume of resumed) resume();
  }

  async #append(batch: Buffer): Promise<void> {
    for (let offset = 0; offset < batch.length; ) {
      const room = this.#maxBytes - this.#size;
      if (room <= 0) {
        await this.#compact();
        continue;
      }
      const part = batch.subarray(offset, offset + room);
      await this.#writeAt(part, this.#size);
      this.#hash?.update(part);
      this.#size += part.length;
      offset += part.length;
    }
  }

  async #writeAt(part: Buffer, position: number): Promise<void> {
    for (let written = 0; written < part.length; ) {
      const result = await write(this.#file, part, written, part.length - written, position + written);
      written += result.bytesWritten;
    }
  }

  /** TRANSCRIPT-2. The first time the marker goes in; each time the newest quarter stays and what is before it is left out. */
  async #compact(): Promise<void> {
    const head = this.#headBytes();
    const start = head + MARKER_BYTES;
    const keep = Math.floor(this.#maxBytes / 4);
    const from = this.#size - keep;
    this.#dropped += from - (this.#dropped === 0 ? head : start);
    this.#hash = null;
    const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, keep));
    for (let copied = 0; copied < keep; ) {
      const { bytesRead } = await read(this.#file, buffer, 0, Math.min(buffer.length, keep - copied), from + copied);
      if (bytesRead === 0) throw new Error("the transcript was cut by another program");
      await this.#writeAt(buffer.subarray(0, bytesRead), start + copied);
      copied += bytesRead;
    }
    await this.#writeAt(formatMarker(this.#dropped), head);
    this.#size = start + keep;
    await truncate(this.#file, this.#size);
  }

  async #hashFile(): Promise<string> {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    // Up to the size, not to the end: a worker could make its own transcript longer while it is read.
    for (let position = 0; position < this.#size; ) {
      const wanted = Math.min(buffer.length, this.#size - position);
      const { bytesRead } = await read(this.#file, buffer, 0, wanted, position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    return hash.digest("hex");
  }
}
