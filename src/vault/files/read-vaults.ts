/** Reads the notes of several vaults for looking things up: what cannot be used is skipped with a warning. */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { type Note, parseNote } from "../notes/note.ts";
import { openStore } from "./store.ts";

export interface FoundNote {
  /** As a person would open it: the vault's folder as it was given, joined with the path in it. */
  path: string;
  /** `note.path` is relative to its vault. */
  note: Note;
}

/** All notes of the vaults, in order; a vault that does not exist is empty. Never throws. */
export async function readVaults(vaultDirs: readonly string[]): Promise<{ notes: FoundNote[]; warnings: string[] }> {
  const notes: FoundNote[] = [];
  const warnings: string[] = [];
  for (const dir of vaultDirs) {
    try {
      const store = await openStore(dir);
      if (store === undefined) continue;
      const listed = await store.list();
      warnings.push(...listed.warnings.map((warning) => `${dir}: ${warning}`));
      for (const path of listed.paths) {
        const read = await store.read(path);
        if (read.kind === "ok") notes.push({ path: join(dir, path), note: parseNote(path, read.text) });
        else if (read.kind === "unusable") warnings.push(`${join(dir, path)} was skipped: ${read.why}.`);
      }
    } catch (thrown) {
      warnings.push(`The vault ${dir} was skipped: ${messageOf(thrown)}`);
    }
  }
  return { notes, warnings };
}
