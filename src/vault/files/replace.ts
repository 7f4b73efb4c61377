/**
 * Replaces a file that people's programs save, too.
 *
 * FILES-5 The new content lies beside the file, whole and synced, and is then renamed over it: at every moment, and
 *    whenever the program is killed, a whole file stands at the path, the old one or the new one.
 * FILES-6 The file is replaced only while it is the one, with the bytes, that the new content was made from. The last
 *    look at the path and the rename are two system calls in one go. Given up is what happens exactly between them:
 *    another file that a program renames to the path is overwritten, and a note that is deleted or renamed away stands
 *    there again. (Only an exchange of two names would give back what stood there, and Node knows no such call.) As a
 *    note that others changed is left alone for seconds first (FILES-9), it takes somebody who comes back within these
 *    microseconds.
 * FILES-7 A program that had opened the file before the rename may write into it afterwards, as those do that save in
 *    place. It is kept open, and `late-saves.ts` looks at it again. Given up is what is written after the last look, or
 *    when the program is killed before it.
 */
import { type BigIntStats, lstatSync, renameSync } from "node:fs";
import { type FileHandle, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../errors.ts";
import { createFile, openUntrusted, syncFolder } from "../../safe-files/index.ts";
import { isGone, unwritable } from "./disk.ts";
import { nameTemporary } from "./own-files.ts";
import { readWhole } from "./read-note.ts";
import { stampFile } from "./stamp.ts";

export type Replaced =
  /** `old` is the file that was replaced, open for reading; to be closed. */
  | { kind: "ok"; old: FileHandle }
  /** The file is another one than the content was made from, or gone. */
  | { kind: "moved" };

/** Replaces a file whose bytes were `before`. Throws `vault.unwritable`. */
export async function replaceFile(file: string, before: Buffer, content: string | Uint8Array): Promise<Replaced> {
  let old: FileHandle | undefined;
  try {
    old = await openUntrusted(file);
    if (!(await replaceOpened(file, old, before, content))) return { kind: "moved" };
    const replaced = old;
    old = undefined;
    return { kind: "ok", old: replaced };
  } catch (thrown) {
    if (isGone(thrown) || codeOf(thrown) === "ELOOP") return { kind: "moved" };
    throw unwritable(file, thrown);
  } finally {
    await old?.close();
  }
}

/** Whether `old`, opened at `file`, was still what the content was made from, and was replaced. */
async function replaceOpened(
  file: string,
  old: FileHandle,
  before: Buffer,
  content: string | Uint8Array,
): Promise<boolean> {
  // The facts come before the bytes: a save between the two shows in one of them.
  const facts = await old.stat({ bigint: true });
  if (!facts.isFile()) return false;
  if ((facts.mode & 0o222n) === 0n) throw Object.assign(new Error("it is read-only"), { code: "EACCES" });
  const fresh = join(dirname(file), nameTemporary());
  let isPut = false;
  try {
    await writeFresh(fresh, content, facts);
    const bytes = await readWhole(old);
    if (!bytes.equals(before) || !isStillAt(file, facts)) return false;
    // The very next call of the system after the last look (FILES-6).
    renameSync(fresh, file);
    isPut = true;
  } finally {
    // What cannot be removed is left for the sweep of the next program.
    if (!isPut) await rm(fresh, { force: true }).catch(() => undefined);
  }
  await syncFolder(dirname(file));
  return true;
}

/** Writes a file beside the one that it is to replace, with the same owner and mode. */
function writeFresh(fresh: string, content: string | Uint8Array, { mode, uid, gid }: BigIntStats): Promise<void> {
  const finish = async (handle: FileHandle): Promise<void> => {
    // Only root may give a file away; everybody else already has it in their name.
    await handle.chown(Number(uid), Number(gid)).catch(() => undefined);
    await handle.chmod(Number(mode & 0o777n));
    await stampFile(handle, content);
  };
  return createFile(fresh, content, { mode: 0o600, sync: true, finish });
}

/** Whether the path leads to the file with these facts, unchanged. */
function isStillAt(file: string, facts: BigIntStats): boolean {
  const now = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return (
    now !== undefined &&
    now.ino === facts.ino &&
    now.size === facts.size &&
    now.mtimeNs === facts.mtimeNs &&
    now.mode === facts.mode
  );
}
