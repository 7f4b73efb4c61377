/**
 * The writing half of an open vault: what `open-vault.ts` lets its callers change. A vault that is not there is made
 * by the first note that is created, never by an edit.
 */
import { spliceFrontmatter, type Value } from "../notes/frontmatter.ts";
import type { Note } from "../notes/note.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type EditOptions, type EditOutcome, editNote, type NewText } from "./edit-note.ts";
import { createStore, openStore, type Store } from "./store.ts";

export interface VaultWriter {
  /**
   * Creates a note and the folders above it, whole or not at all; `exists` when a note of that path is there, or one
   * whose name differs in case or normalisation only. Throws `vault.unwritable`, `vault.outside`.
   */
  create(path: string, text: string): Promise<"created" | "exists">;
  /** As `editNote`. */
  edit(path: string, change: (note: Note) => NewText, options?: EditOptions): Promise<EditOutcome>;
  /** Sets properties of a note, every other byte staying as it is. Throws as `edit` does. */
  setProperties(path: string, changes: Readonly<Record<string, Value>>, options?: EditOptions): Promise<EditOutcome>;
  /** Resolves when nothing that was written is looked at any more. */
  settle(): Promise<void>;
}

/** A writer for the vault at `dir`, which need not exist. */
export function openWriter(dir: string, clock: Clock = systemClock): VaultWriter {
  let store: Store | undefined;
  const edit = async (path: string, change: (note: Note) => NewText, options?: EditOptions): Promise<EditOutcome> => {
    if (store === undefined && (await openStore(dir)) === undefined) return { kind: "absent" };
    store ??= await createStore(dir, clock);
    return editNote(store, path, change, options);
  };
  return {
    async create(path, text) {
      store ??= await createStore(dir, clock);
      return store.create(path, text);
    },
    edit,
    setProperties(path, changes, options) {
      const wanted = new Map(Object.entries(changes));
      const change = ({ text }: Note): NewText => {
        const spliced = spliceFrontmatter(text, wanted);
        return spliced.kind === "ok" ? spliced.text : spliced;
      };
      return edit(path, change, options);
    },
    async settle() {
      await store?.settle();
    },
  };
}
