/** Which notes are the program's to edit. All others belong to people and other programs: they are only read. Pure. */
import { findSection, type Note, textProperty } from "../notes/note.ts";

/** Types of the notes that the program makes. */
const types: ReadonlySet<string> = new Set(["pattern", "run", "insight", "map"]);

/** Whether the program made a note (its type, schema and id say so), or keeps a section of it. */
export function isOurs(note: Note): boolean {
  if (findSection(note).kind !== "absent") return true;
  return (
    types.has(textProperty(note, "type") ?? "") &&
    textProperty(note, "schema") !== undefined &&
    /^\d{14}-[0-9a-z]{4}$/.test(textProperty(note, "id") ?? "")
  );
}
