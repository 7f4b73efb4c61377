/**
 * Replaces a file that people's programs save, too, without losing a save of theirs.
 *
 * X1 The new content lies beside the file, whole and synced, before the file is touched.
 * X2 The file is not overwritten. It is taken away by a rename, which takes whatever stands there, and the new content
 *    is linked to its place, which fails when somebody put a file there. In between, for three system calls in one go,
 *    nothing stands at the path. (Renaming over the file would spare that moment, and would lose what another program
 *    renamed to the path just before; Node knows no call that exchanges two names.)
 * X3 What was taken is put back when it is not what the new content was made from.
 * X4 A program that had opened the file before it was taken may write into it afterwards. It is kept open, and
 *    `late-saves.ts` looks at it again.
 * X5 The folder that holds what was taken tells where it was taken from, so that `sweep.ts` can put it back after the
 *    program was killed in between.
 * X6 A file that was deleted or renamed does not come back.
 */
import { type BigIntStats, linkSync, lstatSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../../errors.ts";
import { hasNoLinks, isGone, syncFolder, unwritable, writeSynced } from "./disk.ts";
import { nameEditFolder } from "./own-files.ts";
import { openForReading, readWhole } from "./read-note.ts";
import { stampFile } from "./stamp.ts";

export type Replaced =
  /** `old` is the file that was replaced, open for reading; to be closed. */
  | { kind: "ok"; old: FileHandle }
  /** The file is another one than the content was made from, or gone. */
  | { kind: "moved" }
  /** Somebody put a file where nothing stood for a moment, and these bytes did; `forget` once they are kept. */
  | { kind: "displaced"; bytes: Buffer; forget: () => Promise<void> };

/** The folder of one edit, beside the file so that it lies on the same file system. */
interface EditFolder {
  dir: string;
  fresh: string;
  /** Named as the file is, in a folder of its own. */
  taken: string;
}

/** Replaces a file whose bytes were `before`. Throws `vault.unwritable`. */
export async function replaceFile(file: string, before: Buffer, content: string | Uint8Array): Promise<Replaced> {
  let old: FileHandle | undefined;
  try {
    old = await openForReading(file);
    const { mode, uid, gid } = await old.stat();
    if ((mode & 0o222) === 0) throw Object.assign(new Error("it is read-only"), { code: "EACCES" });
    const edit = await prepareEdit(file, content, { mode, uid, gid });
    const forget = () => removeEdit(edit.dir);
    // The facts come before the bytes: a save between the two shows in one of them.
    const facts = await old.stat({ bigint: true }).catch(failAfter(forget));
    const bytes = await readWhole(old).catch(failAfter(forget));
    // What it throws leaves the folder for the sweep, as the file may be in it.
    const outcome = facts.isFile() && bytes.equals(before) ? exchange(file, edit, facts) : "moved";
    if (outcome === "displaced") {
      const taken = await openForReading(edit.taken);
      return { kind: "displaced", bytes: await readWhole(taken).finally(() => taken.close()), forget };
    }
    if (outcome === "put") await syncFolder(dirname(file));
    await forget();
    if (outcome !== "put") return { kind: "moved" };
    const kept = old;
    old = undefined;
    return { kind: "ok", old: kept };
  } catch (thrown) {
    if (isGone(thrown) || codeOf(thrown) === "ELOOP") return { kind: "moved" };
    throw unwritable(file, thrown);
  } finally {
    await old?.close();
  }
}

async function prepareEdit(
  file: string,
  content: string | Uint8Array,
  { mode, uid, gid }: { mode: number; uid: number; gid: number },
): Promise<EditFolder> {
  const dir = join(dirname(file), nameEditFolder());
  const edit = { dir, fresh: join(dir, "new"), taken: join(dir, "taken", basename(file)) };
  try {
    await mkdir(dir);
    await mkdir(dirname(edit.taken));
    await writeSynced(edit.fresh, content, 0o600, async (handle) => {
      // Only root may give a file away; everybody else already has it in their name.
      await handle.chown(uid, gid).catch(() => undefined);
      await handle.chmod(mode & 0o777);
      await stampFile(handle, content);
    });
    return edit;
  } catch (thrown) {
    await removeEdit(dir);
    throw thrown;
  }
}

/** Removes the folder of an edit that is over; what cannot be removed is left for the sweep. */
function removeEdit(dir: string): Promise<void> {
  return rm(dir, { recursive: true, force: true }).catch(() => undefined);
}

function failAfter(forget: () => Promise<void>): (thrown: unknown) => Promise<never> {
  return async (thrown) => {
    await forget();
    throw thrown;
  };
}

/** Takes the file and puts the new one in its place (X2), or puts back what it took (X3). */
function exchange(file: string, edit: EditFolder, facts: BigIntStats): "put" | "moved" | "displaced" {
  try {
    renameSync(file, edit.taken);
  } catch (thrown) {
    rmSync(edit.dir, { recursive: true, force: true });
    throw thrown;
  }
  let isExpected = false;
  try {
    const taken = lstatSync(edit.taken, { bigint: true });
    isExpected = taken.ino === facts.ino && taken.size === facts.size && taken.mtimeNs === facts.mtimeNs;
    if (isExpected && putFile(edit.fresh, file)) {
      // Tells the sweep that the edit is over.
      rmSync(edit.fresh, { force: true });
      return "put";
    }
  } catch (thrown) {
    putFile(edit.taken, file);
    throw thrown;
  }
  if (!isExpected && putFile(edit.taken, file)) return "moved";
  return "displaced";
}

/** Gives a file the name `file` unless something stands there. */
export function putFile(from: string, file: string): boolean {
  try {
    linkSync(from, file);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST") return false;
    if (!hasNoLinks(thrown)) throw thrown;
    // Without hard links there is a moment between looking and renaming.
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return false;
    renameSync(from, file);
    return true;
  }
}
