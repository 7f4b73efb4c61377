/**
 * Reads a note's text without waiting its turn in node's thread pool: the library's thread has nothing else to do, and
 * reading many small files one by one is quicker so. As for an edit, no link is followed, nothing but an ordinary file
 * is read, and none that is too big; but a note that is being saved may come torn, and is read again at the next sweep.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, messageOf } from "../../errors.ts";
import { MAX_NOTE_BYTES } from "../files/read-note.ts";

export type NoteText = { kind: "ok"; text: string } | { kind: "absent" } | { kind: "unusable"; why: string };

/** Reads a note below `root`; never throws. `why` completes "the note was skipped: …". */
export function readNoteText(root: string, path: string): NoteText {
  let file: number | undefined;
  try {
    file = openSync(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const facts = fstatSync(file);
    if (!facts.isFile()) return { kind: "unusable", why: "it is no ordinary file" };
    if (facts.size > MAX_NOTE_BYTES)
      return { kind: "unusable", why: `it is larger than ${MAX_NOTE_BYTES / 1024 / 1024} MB` };
    return { kind: "ok", text: readFileSync(file, "utf8") };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    return { kind: "unusable", why: code === "ELOOP" ? "it is a symbolic link" : messageOf(thrown) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
