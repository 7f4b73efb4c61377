/** Reads the notes of several sources for looking things up: what cannot be used is skipped with a warning. */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { type Note, parseNote } from "../notes/note.ts";
import { arrangeSources, listEntries, nameSource, type Source, toSource } from "./sources.ts";
import { openStore } from "./store.ts";
import { showPath } from "./walk.ts";

export interface FoundNote {
  /** As a person would open it: the source's folder as it was given, joined with the path in it. */
  path: string;
  /** `note.path` is relative to its source. */
  note: Note;
}

/** All notes of the sources, in order; one that does not exist is empty, a file of two is read once. Never throws. */
export async function readVaults(
  sources: readonly (string | Source)[],
): Promise<{ notes: FoundNote[]; warnings: string[] }> {
  const notes: FoundNote[] = [];
  const warnings: string[] = [];
  for (const source of arrangeSources(sources.map(toSource))) {
    try {
      const store = await openStore(source.dir);
      if (store === undefined) continue;
      const listed = await listEntries(source);
      warnings.push(...listed.warnings.map((warning) => `${nameSource(source)}: ${warning}`));
      for (const { path } of listed.entries) {
        const file = join(source.dir, path);
        const read = await store.read(path);
        if (read.kind === "ok") notes.push({ path: file, note: parseNote(path, read.text) });
        else if (read.kind === "unusable") warnings.push(`${showPath(file)} was skipped: ${read.why}.`);
      }
    } catch (thrown) {
      warnings.push(`The vault ${nameSource(source)} was skipped: ${messageOf(thrown)}`);
    }
  }
  return { notes, warnings };
}
