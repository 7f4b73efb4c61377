/**
 * How patterns stand to each other. Both relations follow from the notes as they are, so that they come out the same
 * whichever run is learned again.
 *
 * - **Contradiction**: a gate is said to be flaky, going green without a change, and the same failure of the same gate
 *   is said to need a change of files. Both notes link each other; a person, or what comes next, has to tell.
 * - **Supersession**: a newer note says the same or more of the same trouble (the same test, all of its words, all of
 *   its files), has been confirmed by a second run, and the older has not been seen since the newer began.
 */
import { findGeneratedSection, textProperty } from "../notes/note.ts";
import {
  countIndependent,
  needsChange,
  type PatternSection,
  readGeneratedSection,
} from "../patterns/generated-section.ts";
import { kindOf } from "../patterns/kinds.ts";
import type { PatternRecord } from "../patterns/pattern-record.ts";
import { areSimilar, isNarrower, jaccard } from "../patterns/similarity.ts";

/** What becomes of one note through others. */
export interface Relations {
  contradicts: string[];
  supersedes: string[];
  supersededBy: string | null;
}

/** The relations of all notes, by path; those that have none are left out. */
export function relate(records: readonly PatternRecord[]): Map<string, Relations> {
  const relations = new Map<string, Relations>();
  const of = ({ note }: PatternRecord): Relations => {
    const known = relations.get(note.path) ?? { contradicts: [], supersedes: [], supersededBy: null };
    relations.set(note.path, known);
    return known;
  };
  const read = records.flatMap((record) => {
    const section = findGeneratedSection(record.note);
    return section.kind === "ok" ? [{ record, parts: readGeneratedSection(section.text) }] : [];
  });
  for (const one of read) {
    for (const other of read) {
      if (contradict(one.record, other)) {
        of(one.record).contradicts.push(other.record.name);
        of(other.record).contradicts.push(one.record.name);
      }
      if (supersedes(one, other.record)) {
        of(one.record).supersedes.push(other.record.name);
        of(other.record).supersededBy ??= one.record.name;
      }
    }
  }
  return relations;
}

interface Read {
  record: PatternRecord;
  parts: PatternSection;
}

function contradict(flaky: PatternRecord, { record, parts }: Read): boolean {
  if (kindOf(flaky.kind).contradicts !== record.kind || flaky.fingerprint.lines.length === 0) return false;
  return areSimilar(record.kind, flaky.fingerprint, record.fingerprint) && needsChange(parts);
}

function supersedes({ record: newer, parts }: Read, older: PatternRecord): boolean {
  if (newer === older || newer.kind !== older.kind || countIndependent(parts) < 2) return false;
  const began = textProperty(newer.note, "first_seen") ?? "";
  const seen = textProperty(older.note, "last_seen") ?? "";
  if (began === "" || seen === "" || seen >= began) return false;
  const [a, b] = [newer.fingerprint, older.fingerprint];
  if (kindOf(newer.kind).tiedBy === "group")
    return b.files.length > 1 && b.files.every((file) => a.files.includes(file));
  if (a.gate !== b.gate || a.lines.length === 0 || b.lines.length === 0) return false;
  if (a.test !== "" && a.test === b.test) return true;
  if (isNarrower(a, b)) return true;
  const shareFile = a.files.some((file) => b.files.includes(file));
  const words = (lines: readonly string[]) =>
    lines.flatMap((line) => line.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter(Boolean);
  return shareFile && a.test === b.test && jaccard(words(a.lines), words(b.lines)) >= 1 / 2;
}
