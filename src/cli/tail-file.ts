/** Reads what is added to a file that somebody else writes, in whole lines, safe for a terminal. */
import type { FileHandle } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { openUntrusted } from "../safe-files/index.ts";
import { sanitizeOutput } from "../terminal-text/index.ts";

const CHUNK_BYTES = 64 * 1024;
/** A line that is longer is shown in pieces. */
const MAX_LINE_CHARS = 64 * 1024;

/** Not there yet, it is looked for again with each `read`. */
export class FileTail {
  readonly #path: string;
  readonly #decoder = new StringDecoder("utf8");
  #file: FileHandle | null = null;
  #at = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** Hands on what was added since; with `isLast` also a line that has no end. Rejects when the disk fails. */
  async read(write: (text: string) => Promise<void> | undefined, isLast: boolean): Promise<void> {
    this.#file ??= await openFile(this.#path);
    for (let bytes = await this.#next(); bytes.length > 0; bytes = await this.#next()) {
      const text = this.#rest + this.#decoder.write(bytes);
      const end = text.length > MAX_LINE_CHARS && !text.includes("\n") ? text.length : text.lastIndexOf("\n") + 1;
      this.#rest = text.slice(end);
      if (end > 0) await write(sanitizeOutput(text.slice(0, end)));
    }
    if (!isLast) return;
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") await write(`${sanitizeOutput(rest)}\n`);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async #next(): Promise<Buffer> {
    if (this.#file === null) return Buffer.alloc(0);
    const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, this.#at);
    this.#at += bytesRead;
    return buffer.subarray(0, bytesRead);
  }
}

/** Null for what is no ordinary file, or not there. */
async function openFile(path: string): Promise<FileHandle | null> {
  const file = await openUntrusted(path).catch(() => null);
  if (file === null || (await file.stat()).isFile()) return file;
  await file.close();
  return null;
}
