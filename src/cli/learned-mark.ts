/**
 * What a run remembers of having been learned from: a mark in its folder, beside the log. Learning again would change no byte
 * of the vault, but takes its time.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { readUntrustedFileSync, writeAtomicallySync } from "../safe-files/index.ts";

/** One vault that has learned from the run. */
interface Mark {
  /** Its folder. */
  vault: string;
  /** The run's note in it, relative to the vault. */
  note: string;
  /** When the run ended that was learned from, ms: what is gone on with afterwards ends anew. */
  endedAt: number;
}

const MAX_BYTES = 64 * 1024;
const markFile = ({ path }: RunFolder): string => join(path, "learned.json");

/** Whether this end of the run is in the vault: learned, and its note not removed since. */
export function hasLearned(folder: RunFolder, vault: string, endedAt: number | null): boolean {
  const mark = readMarks(folder).find((each) => each.vault === vault);
  return mark !== undefined && mark.endedAt === endedAt && existsSync(join(vault, mark.note));
}

/** Remembers that the vault has learned from the run. */
export function markLearned(folder: RunFolder, mark: Mark): void {
  const others = readMarks(folder).filter(({ vault }) => vault !== mark.vault);
  const text = `${JSON.stringify({ schema: 1, vaults: [...others, mark] }, null, 2)}\n`;
  writeAtomicallySync(markFile(folder), text, { durability: "none", mode: 0o600 });
}

/** None where the mark cannot be read: then the run is learned from once more. */
function readMarks(folder: RunFolder): Mark[] {
  try {
    const read = readUntrustedFileSync(markFile(folder), { maxBytes: MAX_BYTES });
    const { vaults } = JSON.parse(read.kind === "read" ? read.bytes.toString("utf8") : "null");
    return (vaults as Partial<Mark>[]).filter((mark): mark is Mark => {
      return typeof mark.vault === "string" && typeof mark.note === "string" && typeof mark.endedAt === "number";
    });
  } catch {
    return [];
  }
}
