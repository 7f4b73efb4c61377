/**
 * Tests that earlier runs saw red and green on one tree, as the vaults' patterns tell: what a person has retired does not
 * count. Reads only; never throws.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import { parseNote, textProperty } from "../notes/note.ts";
import { readPatternRecord } from "../patterns/pattern-record.ts";

/** Patterns that are looked at in one vault, and tests that are told of one gate. */
const MAX_NOTES = 2_000;
const MAX_TESTS = 200;
const MAX_NOTE_BYTES = 256 * 1024;
/** How the program writes the tag of such a pattern; most patterns are of other kinds. */
const KIND = "kind/flaky-gate";

/** Gate -> names of its tests, as reports name them. */
export function readFlakyTests(vaults: readonly string[]): Record<string, string[]> {
  const known = new Map<string, Set<string>>();
  for (const { gate, test } of vaults.flatMap(listNotes).flatMap(readTest)) {
    const tests = known.get(gate) ?? new Set();
    known.set(gate, tests);
    if (tests.size < MAX_TESTS) tests.add(test);
  }
  return Object.fromEntries([...known].map(([gate, tests]) => [gate, [...tests].sort()]));
}

function listNotes(vault: string): string[] {
  try {
    const entries = readdirSync(join(vault, "patterns"), { recursive: true, withFileTypes: true });
    const notes = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".md"));
    return notes
      .map(({ name, parentPath }) => join(parentPath, name))
      .sort()
      .slice(0, MAX_NOTES);
  } catch {
    return [];
  }
}

function readTest(path: string): { gate: string; test: string }[] {
  const file = readUntrustedFileSync(path, { maxBytes: MAX_NOTE_BYTES });
  if (file.kind !== "read") return [];
  const text = file.bytes.toString("utf8");
  if (!text.includes(KIND)) return [];
  try {
    const note = parseNote(path, text);
    const { kind, fingerprint } = readPatternRecord(note);
    const { gate, test } = fingerprint;
    const isRetired = textProperty(note, "status")?.trim().toLowerCase() === "retired";
    return kind !== "flaky-gate" || isRetired || gate === "" || test === "" ? [] : [{ gate, test }];
  } catch {
    return [];
  }
}
