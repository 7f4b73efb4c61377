/** How patterns stand to each other: what makes one take the place of another, and what only looks like it. */
import { describe, expect, it } from "vitest";
import { relate } from "../../../src/vault/learn/relations.ts";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { renderZettel } from "../../../src/vault/notes/zettel.ts";
import { renderGeneratedSection } from "../../../src/vault/patterns/generated-section.ts";
import { type PatternRecord, readPatternRecord } from "../../../src/vault/patterns/pattern-record.ts";

interface Given {
  kind?: string;
  gate?: string;
  symptoms: string[];
  scope?: string[];
  firstSeen: number;
  lastSeen: number;
  /** Runs that saw it. */
  runs?: number;
}

const day = (at: number): string => `2026-08-${String(at).padStart(2, "0")}T00:00:00`;

function pattern(name: string, given: Given): PatternRecord {
  const { kind = "gate", gate = "unit", symptoms, scope = [], firstSeen, lastSeen, runs = 2 } = given;
  const occurrences = Array.from({ length: runs }, (_, at) => {
    return { run: `run-${at}`, seen: 1, fixed: 1, failed: 0, about: "task a", details: [] };
  });
  const words = ["seen", "fixed", "failed"] as const;
  const none = { advice: [], trustNotes: [], fixes: [], exposures: [] };
  const properties = [
    ["type", "pattern"],
    ["tags", ["zettel/pattern", `kind/${kind}`]],
    ["first_seen", day(firstSeen)],
    ["last_seen", day(lastSeen)],
    ["applies_when", [`gate ${gate}`]],
    ["symptoms", symptoms],
    ["scope", scope],
    ["signature", "0123456789abcdef"],
  ] as const;
  const section = renderGeneratedSection({ ...none, head: "### What happens", occurrences, words });
  return readPatternRecord(parseNote(`patterns/${name}.md`, renderZettel(properties, name, section)));
}

const old = { symptoms: ["Error: it broke in the morning", "test adds up"], firstSeen: 1, lastSeen: 2 };
const later = { symptoms: ["TimeoutError: nothing answered", "test adds up"], firstSeen: 5, lastSeen: 6 };

/** Names of what the newer one takes the place of. */
function replaced(older: Given, newer: Given): string[] {
  const relations = relate([pattern("older", older), pattern("newer", newer)]);
  return relations.get("patterns/newer.md")?.supersedes ?? [];
}

describe("a newer pattern", () => {
  it("takes the place of one of the same test and gate, whatever both say", () => {
    expect(replaced(old, later)).toEqual(["older"]);
    const relations = relate([pattern("older", old), pattern("newer", later)]);
    expect(relations.get("patterns/older.md")).toMatchObject({ supersedes: [], supersededBy: "newer" });
  });

  it.each<[string, Given, Given]>([
    ["of another gate", old, { ...later, gate: "e2e" }],
    ["that says nothing", old, { ...later, symptoms: ["test adds up"] }],
    ["of which nothing was said", { ...old, symptoms: ["test adds up"] }, later],
    ["that only one run saw", old, { ...later, runs: 1 }],
    ["of another kind", old, { ...later, kind: "work" }],
    ["of another test", old, { ...later, symptoms: ["TimeoutError: nothing answered", "test subtracts"] }],
    ["that began before the older was last seen", { ...old, lastSeen: 5 }, later],
  ])("takes the place of none %s", (_what, older, newer) => {
    expect(replaced(older, newer)).toEqual([]);
  });

  it("takes the place of one that it says more than, or half as much about the same file", () => {
    const says = (message: string, scope: string[] = []) => ({ symptoms: [message], scope });
    const narrow = { ...later, ...says("Error: cannot read the session of user ada") };
    expect(replaced({ ...old, ...says("Error: cannot read session") }, narrow)).toEqual(["older"]);
    const half = { ...old, ...says("writing failed late", ["a.ts"]) };
    expect(replaced(half, { ...later, ...says("writing failed early", ["a.ts"]) })).toEqual(["older"]);
    expect(replaced(half, { ...later, ...says("writing failed early", ["b.ts"]) })).toEqual([]);
    expect(replaced(half, { ...later, ...says("writing failed quite early", ["a.ts"]) })).toEqual([]);
  });

  it("takes the place of a group of files that it holds whole", () => {
    const group = (scope: string[]) => ({ kind: "co-change", symptoms: [], scope });
    const wide = { ...later, ...group(["a", "b", "c"]) };
    expect(replaced({ ...old, ...group(["a", "b"]) }, wide)).toEqual(["older"]);
    expect(replaced({ ...old, ...group(["a", "d"]) }, wide)).toEqual([]);
    expect(replaced({ ...old, ...group(["a"]) }, wide)).toEqual([]);
  });
});
