/**
 * Reads a note's text without waiting its turn in node's thread pool: the library's thread has nothing else to do, and
 * reading many small files one by one is quicker so. As for an edit, no link is followed, nothing but an ordinary file
 * is read, and none that is too big; but a note that is being saved may come torn, and is read again at the next sweep.
 */
import { join } from "node:path";
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import { MAX_NOTE_BYTES } from "../files/read-note.ts";

export type NoteText = { kind: "ok"; text: string } | { kind: "absent" } | { kind: "unusable"; why: string };

/** Reads a note below `root`; never throws. `why` completes "the note was skipped: …". */
export function readNoteText(root: string, path: string): NoteText {
  const read = readUntrustedFileSync(join(root, path), { maxBytes: MAX_NOTE_BYTES });
  if (read.kind === "read") return { kind: "ok", text: read.bytes.toString("utf8") };
  return read.kind === "absent" ? { kind: "absent" } : { kind: "unusable", why: read.reason };
}
