/** The table of kinds: what is documented of it, and what becomes of kinds that are not in it. */
import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { comparisonOf, kindOf, PATTERN_KINDS, type PatternKind } from "../../../src/vault/patterns/kinds.ts";

const docs = fs.readFileSync(new URL("../../../docs/vault.md", import.meta.url), "utf8");

/** Words for whom a kind is shown to. */
function tellReaders({ readers }: PatternKind): string {
  if (readers.length === 4) return "everybody";
  const names = { person: "you", builder: "builders", planner: "planners", reviewer: "reviewers" };
  return readers.map((reader) => names[reader]).join(", ");
}

describe("the kinds of patterns", () => {
  it("are documented as they are", () => {
    const rows = Object.entries(PATTERN_KINDS).map(
      ([name, kind]) => `| \`${name}\` | ${kind.says} | ${tellReaders(kind)} | ${kind.predicted ? "yes" : "no"} |`,
    );
    const table = docs.split("\n").filter((line) => /^\| `[a-z-]+` \|.*\|.*\|/.test(line));
    expect(table).toEqual(rows);
  });

  it("are known by the names of failures, too; any other is shown to everybody and predicts nothing", () => {
    expect(kindOf("merge")).toBe(PATTERN_KINDS.conflict);
    expect(kindOf("timeout")).toBe(PATTERN_KINDS.overrun);
    for (const name of ["", "my own", "constructor", "__proto__"]) {
      expect(kindOf(name)).toMatchObject({ predicted: false, exactMatch: false, usualAdvice: null });
      expect(kindOf(name).readers).toHaveLength(4);
    }
  });

  it("are told apart by files where there is no message", () => {
    expect(comparisonOf(PATTERN_KINDS.conflict, "merge")).toBe("files");
    expect(comparisonOf(PATTERN_KINDS.conflict, "quality")).toBe("message");
    expect(comparisonOf(PATTERN_KINDS.gate, "merge")).toBe("message");
  });
});
