/**
 * Reads a note's file as a whole. Programs that save in place empty the file first, so a note that is empty, or that
 * changes while it is read, is looked at again for a moment. Nothing but ordinary files is read, and no link followed.
 */
import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { codeOf, messageOf } from "../../errors.ts";
import { openUntrusted, readOpened } from "../../safe-files/index.ts";
import { isGone } from "./disk.ts";

/**
 * Bigger notes are not read, not even in part, and are warned of: no person wrote them, one of them would cost more
 * than all others together, and a part that is searched would hide that the rest is not. Links to them are resolved.
 */
export const MAX_NOTE_BYTES = 5 * 1024 * 1024;

export type ReadOutcome =
  | {
      kind: "ok";
      text: string;
      bytes: Buffer;
      /** When it was last changed, ns. */
      mtimeNs: bigint;
      /** Whether its owner marked it so, root's rights aside. */
      isReadOnly: boolean;
    }
  | { kind: "absent" }
  /** Exists and cannot be used; `why` completes "the note was skipped: …". */
  | { kind: "unusable"; why: string };

/** Looks at a file that is being saved, and the pause between two of them: a save takes far less than all of them. */
const MAX_LOOKS = 5;
const LOOK_EVERY_MS = 10;
/** An empty file that nobody touched for this long is empty on purpose. */
const FRESH_MS = 1_000;

/** Reads a whole file of at most `MAX_NOTE_BYTES`. Never throws. */
export async function readNoteFile(file: string): Promise<ReadOutcome> {
  let handle: FileHandle | undefined;
  try {
    for (let looks = 1; ; looks += 1) {
      handle = await openUntrusted(file);
      const before = await handle.stat({ bigint: true });
      const read = await readOpened(handle, { maxBytes: MAX_NOTE_BYTES });
      if (read.kind === "refused") return { kind: "unusable", why: read.reason };
      const { bytes } = read;
      const after = await handle.stat({ bigint: true });
      const isTorn = after.mtimeNs !== before.mtimeNs || after.size !== BigInt(bytes.length);
      const isEmptied = bytes.length === 0 && Math.abs(Date.now() - Number(after.mtimeNs / 1_000_000n)) < FRESH_MS;
      if ((isTorn || isEmptied) && looks < MAX_LOOKS) {
        await handle.close();
        handle = undefined;
        await wait(LOOK_EVERY_MS);
        continue;
      }
      const isReadOnly = (after.mode & 0o222n) === 0n;
      return { kind: "ok", text: bytes.toString("utf8"), bytes, mtimeNs: after.mtimeNs, isReadOnly };
    }
  } catch (thrown) {
    if (isGone(thrown)) return { kind: "absent" };
    return { kind: "unusable", why: codeOf(thrown) === "ELOOP" ? "it is a symbolic link" : messageOf(thrown) };
  } finally {
    await handle?.close();
  }
}

/** All bytes of a note's file that is open, however large, from its beginning wherever it was read before. */
export async function readWhole(handle: FileHandle): Promise<Buffer> {
  const read = await readOpened(handle, { maxBytes: Number.POSITIVE_INFINITY });
  if (read.kind === "refused") throw new Error(read.reason);
  return read.bytes;
}
