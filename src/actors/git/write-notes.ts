/**
 * Notes of what this process is changing with git, for whoever goes on when it is killed: a small file in the git directory
 * for each change under way, with the locks that git may take for it. It is gone when the change is over. From what is left
 * follows which locks a dead process of ours may have left behind.
 *
 * NOTE-1 The note is there before git begins. What is killed between two of these steps leaves a note too many, never one too
 *    few.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../errors.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { isSameProcess, processStartToken } from "../process/index.ts";
import { type Lock, lookAtLock, readLock, removeLock } from "./locks.ts";
import { listIfThere } from "./presence.ts";
import { describeDisk } from "./refusals.ts";

/** A change that a process began and did not end. */
export interface WriteNote {
  pid: number;
  /** Start token of the process. */
  process: string;
  /** Milliseconds since the Unix epoch. */
  startedAtMs: number;
  /** Absolute paths. */
  locks: string[];
}

/** Not a name that a ref can have, which git would look for here. */
const FOLDER = "pleach.writes";
const MAX_BYTES = 64 * 1024;
const MAX_TRIES = 5;
/** How long one git may be at work before it takes its lock; and how far dates of files may be off. */
const LONGEST_MS = 10 * 60_000;
const BLUR_MS = 2_000;

let ownToken: string | null | undefined;
let serial = 0;

/** Does `work`, which may take `locks` of the git directory, under a note. What a git that was killed leaves is removed. */
export async function withWriteNote<T>(
  commonDir: string,
  locks: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  ownToken ??= processStartToken(process.pid) ?? "";
  const note: WriteNote = { pid: process.pid, process: ownToken, startedAtMs: Date.now(), locks: [...locks] };
  const file = join(commonDir, FOLDER, `${process.pid}-${++serial}.json`);
  writeNote(file, JSON.stringify(note));
  try {
    return await work();
  } catch (thrown) {
    if (codeOf(thrown) === "git.killed") await removeLeft(note);
    throw thrown;
  } finally {
    await rm(file, { force: true });
  }
}

function writeNote(file: string, text: string): void {
  for (let tries = 1; ; tries += 1) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return;
    } catch (thrown) {
      // Another program has just removed the folder, which was empty.
      if (codeOf(thrown) === "ENOENT" && tries < MAX_TRIES) continue;
      throw describeDisk(thrown, "nothing can be changed with git", dirname(dirname(file))) ?? thrown;
    }
  }
}

/** Leaves no folder of notes behind, unless there are notes. For a time when this process changes nothing. */
export async function removeNotesFolder(commonDir: string): Promise<void> {
  await rmdir(join(commonDir, FOLDER)).catch(() => {});
}

async function removeLeft(note: WriteNote): Promise<void> {
  for (const path of note.locks) {
    const lock = await readLock(path);
    if (lock !== null && isOfNote(lock, note) && (await lookAtLock(lock)).makers?.length === 0) await removeLock(lock);
  }
}

/** Whether a lock may be of the change that the note is of: by its path, and by its time. */
export function isOfNote({ path, madeAtMs }: Lock, { locks, startedAtMs }: WriteNote): boolean {
  return locks.includes(path) && madeAtMs >= startedAtMs - BLUR_MS && madeAtMs <= startedAtMs + LONGEST_MS;
}

/** A note of a process that is gone. */
export interface LeftNote {
  file: string;
  note: WriteNote;
  /** Throws it away. */
  remove: () => Promise<void>;
}

/** The notes of processes that are gone, and how to throw them away. */
export async function readLeftNotes(commonDir: string): Promise<LeftNote[]> {
  const folder = join(commonDir, FOLDER);
  const notes = await Promise.all(
    (await listIfThere(folder)).map(async (name) => {
      const file = join(folder, name);
      const read = await readUntrustedFile(file, { maxBytes: MAX_BYTES });
      const note = read.kind === "read" ? parseNote(read.bytes.toString("utf8")) : null;
      const isHeld = note === null ? isBeingWritten(name) : isSameProcess(note.pid, note.process);
      if (isHeld) return [];
      // One that was cut off while it was written says nothing: git had not begun.
      const remove = () => rm(file, { force: true });
      return [{ file, note: note ?? { pid: 0, process: "", startedAtMs: 0, locks: [] }, remove }];
    }),
  );
  return notes.flat();
}

/** Of one that cannot be read yet, its name tells who writes it. */
function isBeingWritten(name: string): boolean {
  return processStartToken(Number.parseInt(name, 10)) !== null;
}

function parseNote(text: string): WriteNote | null {
  try {
    const { pid, process: token, startedAtMs, locks } = JSON.parse(text) as Record<keyof WriteNote, unknown>;
    if (typeof pid !== "number" || typeof token !== "string" || typeof startedAtMs !== "number") return null;
    if (!Array.isArray(locks)) return null;
    return { pid, process: token, startedAtMs, locks: locks.filter((path) => typeof path === "string") };
  } catch {
    return null;
  }
}
