/**
 * The writing half of an open vault: what an open vault lets its callers change. They name the note, so that it may
 * be anybody's; what learns uses `editNote`, which edits the program's own notes only. A vault that is not there is
 * made by the first note that is created, never by an edit.
 */
import { type Splice, setProperties, type Value } from "../notes/frontmatter.ts";
import type { Note } from "../notes/note.ts";
import { type HeadingPath, replaceSection } from "../notes/sections.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type EditOutcome, editNote, type NewText } from "./edit-note.ts";
import { createStore, openStore, type Store } from "./store.ts";

export interface VaultWriter {
  /**
   * Creates a note and the folders above it, whole or not at all; `exists` when a note of that path is there, or one
   * whose name differs in case or normalisation only. Throws `vault.unwritable`, `vault.outside`.
   */
  create(path: string, text: string): Promise<"created" | "exists">;
  /**
   * Changes a note; `change` is called again when another program saved the note meanwhile, and must give its result
   * from the note alone. Throws `vault.unwritable`, `vault.outside`, and what `change` throws.
   */
  edit(path: string, change: (note: Note) => NewText): Promise<EditOutcome>;
  /** Sets properties, or removes them where the value is undefined; every other byte stays. Throws as `edit` does. */
  setProperties(path: string, changes: Readonly<Record<string, Value | undefined>>): Promise<EditOutcome>;
  /** Replaces what stands under a heading; every other byte stays. Throws as `edit` does. */
  replaceSection(path: string, heading: HeadingPath, text: string): Promise<EditOutcome>;
  /** Resolves when no note that was edited is looked at for late saves any more: after a fraction of a second. */
  settle(): Promise<void>;
}

/** A writer for the vault at `dir`, which need not exist. */
export function openWriter(dir: string, clock: Clock = systemClock): VaultWriter {
  let opened: Store | undefined;
  const open = async (): Promise<Store> => {
    opened ??= await createStore(dir, clock);
    return opened;
  };
  const edit = async (path: string, change: (note: Note) => NewText): Promise<EditOutcome> => {
    if (opened === undefined && (await openStore(dir)) === undefined) return { kind: "absent" };
    return editNote(await open(), path, change, { isByPerson: true });
  };
  return {
    create: async (path, text) => (await open()).create(path, text),
    edit,
    setProperties(path, changes) {
      const wanted = new Map(Object.entries(changes));
      return edit(path, ({ text }) => toNewText(setProperties(text, wanted)));
    },
    replaceSection: (path, heading, text) => edit(path, (note) => toNewText(replaceSection(note, heading, text))),
    settle: async () => opened?.settle(),
  };
}

function toNewText(spliced: Splice): NewText {
  return spliced.kind === "ok" ? spliced.text : spliced;
}
