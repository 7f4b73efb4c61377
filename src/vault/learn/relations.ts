/**
 * How patterns stand to each other. Both relations follow from the notes as they are, so that they come out the same
 * whichever run is learned again.
 *
 * - **Contradiction**: a gate is said to be flaky, going green without a change, and the same failure of the same gate is
 *   said to need a change of files. Both notes link each other; a person, or what comes next, has to tell.
 * - **Supersession**: a newer note says the same or more of the same trouble (the same test, all of its words, all of its
 *   files), has been confirmed by a second run, and the older has not been seen since the newer began.
 */
import { findSection, textProperty } from "../notes/note.ts";
import { countIndependent, needsChange, readSection, type SectionParts } from "../patterns/generated-section.ts";
import { kindOf } from "../patterns/kinds.ts";
import type { Keeper } from "../patterns/pattern-record.ts";
import { areNear, isNarrower, shareOf } from "../patterns/similarity.ts";

/** What becomes of one note through others. */
export interface Relations {
  contradicts: string[];
  supersedes: string[];
  supersededBy: string | null;
}

/** The relations of all notes, by path; those that have none are left out. */
export function relate(keepers: readonly Keeper[]): Map<string, Relations> {
  const relations = new Map<string, Relations>();
  const of = ({ note }: Keeper): Relations => {
    const known = relations.get(note.path) ?? { contradicts: [], supersedes: [], supersededBy: null };
    relations.set(note.path, known);
    return known;
  };
  const read = keepers.flatMap((keeper) => {
    const section = findSection(keeper.note);
    return section.kind === "ok" ? [{ keeper, parts: readSection(section.text) }] : [];
  });
  for (const one of read) {
    for (const other of read) {
      if (contradict(one.keeper, other)) {
        of(one.keeper).contradicts.push(other.keeper.name);
        of(other.keeper).contradicts.push(one.keeper.name);
      }
      if (supersedes(one, other.keeper)) {
        of(one.keeper).supersedes.push(other.keeper.name);
        of(other.keeper).supersededBy ??= one.keeper.name;
      }
    }
  }
  return relations;
}

interface Read {
  keeper: Keeper;
  parts: SectionParts;
}

function contradict(flaky: Keeper, { keeper, parts }: Read): boolean {
  if (kindOf(flaky.kind).contradicts !== keeper.kind || flaky.mark.lines.length === 0) return false;
  return areNear(keeper.kind, flaky.mark, keeper.mark) && needsChange(parts);
}

function supersedes({ keeper: newer, parts }: Read, older: Keeper): boolean {
  if (newer === older || newer.kind !== older.kind || countIndependent(parts) < 2) return false;
  const began = textProperty(newer.note, "first_seen") ?? "";
  const seen = textProperty(older.note, "last_seen") ?? "";
  if (began === "" || seen === "" || seen >= began) return false;
  const [a, b] = [newer.mark, older.mark];
  if (kindOf(newer.kind).tiedBy === "group")
    return b.files.length > 1 && b.files.every((file) => a.files.includes(file));
  if (a.gate !== b.gate || a.lines.length === 0 || b.lines.length === 0) return false;
  if (a.test !== "" && a.test === b.test) return true;
  if (isNarrower(a, b)) return true;
  const shareFile = a.files.some((file) => b.files.includes(file));
  const words = (lines: readonly string[]) =>
    lines.flatMap((line) => line.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter(Boolean);
  return shareFile && a.test === b.test && shareOf(words(a.lines), words(b.lines)) >= 1 / 2;
}
