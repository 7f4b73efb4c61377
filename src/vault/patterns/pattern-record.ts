/**
 * A pattern that the program keeps: its note, with what tells whether something else is about the same. A person's
 * corrections count; broken frontmatter still tells whose note it is, so that no second one is made. Pure.
 */
import { basenameOf, listProperty, type Note, textProperty } from "../notes/note.ts";
import { signatureLine } from "../notes/zettel.ts";
import { comparisonOf, kindOf } from "./kinds.ts";
import { kindNameOf } from "./labels.ts";
import type { Fingerprint } from "./similarity.ts";

/** A pattern's note with what it is recognised by. */
export interface PatternRecord {
  note: Note;
  /** File name without ending. */
  name: string;
  /** The last part of its tag `kind/…`; empty when it has none. */
  kind: string;
  /** Its own, then those of what was merged into it. */
  signatures: string[];
  fingerprint: Fingerprint;
}

/** What a pattern's note is recognised by. */
export function readPatternRecord(note: Note): PatternRecord {
  const own = textProperty(note, "signature") ?? signatureLine(note.text) ?? "";
  const kind = kindNameOf(note) ?? /^ *- *["']?kind\/([a-z-]+)/m.exec(note.text.slice(0, 100_000))?.[1] ?? "";
  return {
    note,
    name: basenameOf(note.path),
    kind,
    signatures: [own, ...listProperty(note, "signatures")],
    fingerprint: readFingerprint(note, kind),
  };
}

/** What `observation.fingerprint` became in the note; a person's corrections of it count. */
function readFingerprint(note: Note, kind: string): Fingerprint {
  const symptoms = listProperty(note, "symptoms");
  const traits = kindOf(kind);
  const prefix = `${traits.label} `;
  const gate = listProperty(note, "applies_when").find((line) => line.startsWith(prefix));
  const named = gate?.slice(prefix.length) ?? "";
  const comparison = comparisonOf(traits, named);
  // Where there is no message, the title stands in for it; a statement is its own title.
  const title = comparison === "statement" ? undefined : textProperty(note, "title");
  const lines = symptoms.filter((line) => !line.startsWith("test ") && line !== title);
  return {
    gate: named,
    test: symptoms.find((line) => line.startsWith("test "))?.slice("test ".length) ?? "",
    lines: comparison === "files" ? [] : lines,
    files: listProperty(note, "scope"),
  };
}
