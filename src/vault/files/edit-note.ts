/**
 * Editing a note that other programs edit, too: read, change, replace, and again from the start when somebody saved in
 * between. The program's own notes only, unless told otherwise.
 */
import { findSection, type Note, parseNote, textProperty } from "../notes/note.ts";
import type { Store } from "./store.ts";

/** What came of an edit; `why` completes "the note was left alone: …". */
export type EditOutcome =
  | { kind: "edited" }
  | { kind: "unchanged" }
  | { kind: "absent" }
  | { kind: "refused"; why: string };

/** The note's new text; null to leave it as it is; or why it cannot be edited without harm. */
export type NewText = string | null | { kind: "refused"; why: string };

export interface EditOptions {
  /** Whether notes that are not the program's may be edited, because a person asked for it. */
  isByPerson?: boolean;
}

const maxTries = 20;

/**
 * Changes a note; `change` may be called several times, and must give its result from the note alone. Throws
 * `vault.unwritable`, `vault.outside`, and what `change` throws.
 */
export async function editNote(
  store: Store,
  path: string,
  change: (note: Note) => NewText,
  options: EditOptions = {},
): Promise<EditOutcome> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const read = await store.read(path);
    if (read.kind === "absent") return { kind: "absent" };
    if (read.kind === "unusable") return { kind: "refused", why: read.why };
    if (!Buffer.from(read.text, "utf8").equals(read.bytes)) return { kind: "refused", why: "it is not valid UTF-8" };
    const note = parseNote(path, read.text);
    if (options.isByPerson !== true && !isOurs(note)) return { kind: "refused", why: "it is not a note of pleach" };
    const text = change(note);
    if (typeof text === "object" && text !== null) return { kind: "refused", why: text.why };
    if (text === null || text === read.text) return { kind: "unchanged" };
    if ((await store.replace(path, read.bytes, text)).kind === "ok") return { kind: "edited" };
  }
  return { kind: "refused", why: "another program kept changing it" };
}

/** Types of notes that the program writes. */
const ourTypes: ReadonlySet<string> = new Set(["pattern", "run", "insight", "map"]);

/** Whether the program made a note or keeps a section of it: only such notes are edited by what learns. */
export function isOurs(note: Note): boolean {
  if (findSection(note).kind !== "absent") return true;
  const isTyped = ourTypes.has(textProperty(note, "type") ?? "") && textProperty(note, "schema") !== undefined;
  return isTyped && /^\d{14}-[0-9a-z]{4}$/.test(textProperty(note, "id") ?? "");
}
