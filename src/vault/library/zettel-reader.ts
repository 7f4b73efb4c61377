/**
 * The zettels of a vault, which are read once for all that a run leaves in it, and again only where that changed them.
 */
import { type Note, parseNote } from "../notes/note.ts";
import { isTemplate } from "../notes/placeholders.ts";
import { mayBeZettel } from "../notes/zettel.ts";
import { withSidesUnited } from "../patterns/both-sides.ts";
import { NoteReader } from "./note-reader.ts";

/** What is kept of a note: the note itself when it may be a zettel, else nothing. */
export type ZettelReader = NoteReader<Note | null>;

/** A reader for the vault at `root`, which has read nothing yet. */
export function openZettels(root: string): ZettelReader {
  const describe = (path: string, text: string) => (mayBeZettel(path, text) ? parseNote(path, text) : null);
  return new NoteReader<Note | null>({ dir: root, isWritten: true }, { describe });
}

/** The notes that may be zettels, by path, those that git brought together as one; templates are none. */
export function listZettels(reader: ZettelReader): Note[] {
  const notes = [...reader.notes.values()].flatMap(({ kept }) => (kept === null ? [] : [withSidesUnited(kept)]));
  const isForm = (note: Note): boolean => isTemplate(note) || reader.settings.isTemplate(note.path);
  return notes.filter((note) => !isForm(note)).sort((a, b) => (a.path < b.path ? -1 : 1));
}
