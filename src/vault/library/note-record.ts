/**
 * What is kept of a note besides its place: all of it follows from the note's name and text, so it is found again by
 * their hash, in memory and on disk. Pure.
 */
import { createHash } from "node:crypto";
import type { CountedIndex } from "../index/mutable-index.ts";
import type { TermCounts } from "../index/term-counts.ts";
import { readHeadings } from "../notes/headings.ts";
import { basenameOf, listProperty, type Note, parseNote, titleWith } from "../notes/note.ts";
import type { NoteStructure } from "../notes/structure.ts";

/** The index's fields and their weights. */
export const FIELD_BOOSTS = { title: 3, labels: 2, headings: 2, body: 1 } as const;

/** Changes whenever a record of some note changes (its structure, too), so that nobody goes on with older ones. */
export const RECORD_VERSION = 3;

export interface NoteRecord {
  /** Hash of the note's name and text. */
  key: string;
  title: string;
  /** Where the text under the frontmatter begins. */
  bodyAt: number;
  counts: TermCounts;
  /** Absent until somebody asks for it, since reading it takes much longer than all else; then as JSON, or as it is. */
  structure: NoteStructure | Buffer | undefined;
}

/** Hash of all that a note's record follows from. */
export function keyOf(path: string, text: string): string {
  return createHash("sha256").update(basenameOf(path)).update("\0").update(text).digest("base64url").slice(0, 27);
}

/** Reads a note's record, its terms counted for the index. */
export function describeNote(index: CountedIndex, path: string, text: string, key: string): NoteRecord {
  const note = parseNote(path, text);
  const found = readHeadings(text, note.frontmatter.bodyAt);
  const title = titleWith(note, () => found);
  // Where links lead is no word of a heading, and the title counts as such.
  const headings = found
    .map((heading) => heading.text.replace(/\]\([^()\s]*\)/g, "]"))
    .filter((words) => words !== title);
  const labels = [...listProperty(note, "aliases"), ...listProperty(note, "tags"), basenameOf(path)].join("\n");
  // Malformed frontmatter is text like any other.
  const bodyAt = note.frontmatter.kind === "malformed" ? 0 : note.frontmatter.bodyAt;
  const body = `${text.slice(bodyAt)}\n${otherValues(note).join("\n")}`;
  const counts = index.count({ title, labels, headings: headings.join("\n"), body });
  return { key, title, bodyAt, counts, structure: undefined };
}

/** Texts in properties that are not found as title or label, such as what a pattern applies to. */
function otherValues(note: Note): string[] {
  if (note.frontmatter.kind !== "ok") return [];
  return [...note.frontmatter.values].flatMap(([key, value]) => {
    if (key === "title" || key === "aliases" || key === "tags") return [];
    return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === "string");
  });
}
