/**
 * Looks again at files that were replaced: a program that had one open may have written into it since. What it wrote
 * is merged into the note: the edit is made again on it where the note is as the edit left it, an addition at the end
 * is added at the end, and anything else is kept whole in a note beside it.
 */
import type { FileHandle } from "node:fs/promises";
import { toIso } from "../notes/names.ts";
import type { Clock } from "./clock.ts";
import { type ReadOutcome, readWhole } from "./read-note.ts";

/** Makes an edit again on another text of the note; null when it has nothing to change there, or may not. */
export type Remake = (text: string) => string | null;

/** What keeping a save needs of the store. */
export interface SavePort {
  read(path: string): Promise<ReadOutcome>;
  create(path: string, content: Uint8Array): Promise<"created" | "exists">;
  replace(
    path: string,
    before: Buffer,
    content: string | Uint8Array,
    remake?: Remake,
  ): Promise<{ kind: "ok" | "moved" }>;
}

export interface ReplacedFile {
  /** Relative to the vault. */
  path: string;
  /** What the note was before the edit, and after it. */
  before: Buffer;
  after: Buffer;
  /** The file that was replaced; closed when it was looked at for the last time. */
  old: FileHandle;
  remake: Remake | undefined;
}

/** A program that opened the file before it was replaced has written by then. */
const LATE_MS = 250;
/** A save is over when two looks see the same, and not when it has emptied the file only. */
const STABLE_MS = 20;
const MAX_LOOKS = 10;
const MAX_TRIES = 20;
/** So many replaced files are kept open; of more, those that have waited longest are looked at early. */
const MAX_OPEN_FILES = 64;

export class LateSaves {
  readonly #store: SavePort;
  readonly #clock: Clock;
  readonly #open = new Set<{ hurry: () => void; done: Promise<void> }>();

  constructor(store: SavePort, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Looks at a replaced file now and once more later; resolves after the first look. */
  async watch(file: ReplacedFile): Promise<void> {
    const first = await this.#look(file, file.before);
    let hurry = () => {};
    const isHurried = new Promise<void>((resolve) => {
      hurry = resolve;
    });
    const entry = { hurry, done: this.#lookLater(file, first, isHurried) };
    this.#open.add(entry);
    void entry.done.finally(() => this.#open.delete(entry));
    if (this.#open.size > MAX_OPEN_FILES) for (const oldest of this.#open) return oldest.hurry();
  }

  /** Resolves when every file was looked at for the last time. */
  async settle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all([...this.#open].map(({ done }) => done));
  }

  async #lookLater(file: ReplacedFile, seen: Buffer, isHurried: Promise<void>): Promise<void> {
    await Promise.race([this.#clock.wait(LATE_MS), isHurried]);
    // Nobody waits for it; a disk that fails here fails the next edit, which tells.
    await this.#look(file, seen).catch(() => undefined);
    await file.old.close().catch(() => undefined);
  }

  /** Returns what the replaced file holds, once that is in the note. */
  async #look({ path, after, old, remake }: ReplacedFile, seen: Buffer): Promise<Buffer> {
    let now = await readWhole(old);
    if (now.equals(seen)) return seen;
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      await this.#clock.wait(STABLE_MS);
      const next = await readWhole(old);
      if (next.length > 0 && next.equals(now)) break;
      now = next;
    }
    await keepSave(this.#store, { path, before: seen, after, save: now, remake });
    return now;
  }
}

/** Brings a save that is no longer at its path into the note, or into one beside it. Throws `vault.unwritable`. */
async function keepSave(
  store: SavePort,
  { path, before, after, save, remake }: Omit<ReplacedFile, "old"> & { save: Buffer },
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const now = await store.read(path);
    if (now.kind !== "ok") break;
    if (now.bytes.equals(save)) return;
    const isUnchanged = now.bytes.equals(after);
    // Into a file that was empty, an editor writes all it has, and a script what it adds.
    const isWhole = before.length === 0 && isMadeFrom(save, now.bytes);
    const added = isWhole ? undefined : findAddition(before, save);
    let text: string | Buffer;
    // Where only the edit changed the note since, it is made again, or given up for what the person saved.
    if (isUnchanged && remake !== undefined) text = remakeOn(save, remake) ?? save;
    else if (isUnchanged && isWhole) text = save;
    else if (added !== undefined) text = Buffer.concat([now.bytes, added]);
    else break;
    if ((await store.replace(path, now.bytes, text, remake)).kind === "ok") return;
  }
  // Emptied files hold nothing to keep.
  if (save.length > 0) await keepBeside(store, path, save);
}

/** What was added at the end; undefined when anything else changed. */
function findAddition(before: Buffer, after: Buffer): Buffer | undefined {
  const isLonger = after.length > before.length && after.subarray(0, before.length).equals(before);
  return isLonger ? after.subarray(before.length) : undefined;
}

/** Whether a text has a line of another one; rules and blank lines say nothing. */
function isMadeFrom(text: Buffer, other: Buffer): boolean {
  const lines = new Set(linesOf(other));
  return lines.size === 0 || linesOf(text).some((line) => lines.has(line));
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString("latin1")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length > 3);
}

/** Keeps bytes in a note of their own beside the one at the path. Throws `vault.unwritable`. */
async function keepBeside(store: SavePort, path: string, save: Buffer): Promise<void> {
  const at = path.replace(/\.[^./]*$/, "");
  const ending = path.slice(at.length);
  const time = toIso(Date.now()).replace(/\D/g, "");
  for (let round = 1; ; round += 1) {
    const name = `${at} (saved meanwhile ${time}${round === 1 ? "" : `-${round}`})${ending}`;
    if ((await store.create(name, save)) === "created") return;
  }
}

function remakeOn(save: Buffer, remake: Remake): string | null {
  const text = save.toString("utf8");
  return Buffer.from(text, "utf8").equals(save) ? remake(text) : null;
}
