/** What counts as a feature of a pattern for a task, and by how much: one word, one gate, one folder at a time. */
import { describe, expect, it } from "vitest";
import type { TaskToMatch } from "../../../src/vault/index.ts";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { describePattern, type Pattern } from "../../../src/vault/patterns/pattern.ts";
import { countFeatures } from "../../../src/vault/predict/match-features.ts";
import { readTaskQuery } from "../../../src/vault/predict/task-query.ts";

function pattern(lines: string): Pattern {
  const described = describePattern("p.md", parseNote("p.md", `---\ntype: pattern\ntitle: t\n${lines}\n---\n# t\n`));
  if (described.kind !== "pattern") throw new Error("it is none");
  return described.pattern;
}

const task = (change: Partial<TaskToMatch> = {}) =>
  readTaskQuery({ id: "x", title: "kayak", instruction: "", stream: "s", scope: [], gates: [], ...change });

/** The features of a task of one word, which the index found in these fields. */
function countIn(...fields: string[]): { total: number; why: string[] } {
  return countFeatures(pattern("id: a"), task(), { ref: "a", score: 1, matched: new Map([["kayak", fields]]) });
}

describe("a word", () => {
  it.each([
    [["title"], 1],
    [["when"], 1],
    [["body", "when"], 1],
    [["body"], 0.5],
    [["scope"], 0.5],
  ])("found in %j counts %d", (fields, count) => {
    expect(countIn(...fields)).toMatchObject({ total: count, why: ["words: kayak"] });
  });

  it("that was found nowhere counts nothing, and is not named", () => {
    expect(countIn()).toMatchObject({ total: 0, why: [] });
    expect(countFeatures(pattern("id: a"), task(), undefined)).toMatchObject({ total: 0, why: [] });
  });
});

describe("a pinned pattern", () => {
  it("says so where it fits by something else, and nowhere else", () => {
    const pinned = pattern("pinned: true\napplies_when: [gate unit]");
    expect(countFeatures(pinned, task({ gates: ["unit"] }), undefined).why).toEqual(["gate: unit", "pinned"]);
    expect(countFeatures(pinned, task(), undefined).why).toEqual([]);
    const plain = pattern("applies_when: [gate unit]");
    expect(countFeatures(plain, task({ gates: ["unit"] }), undefined).why).toEqual(["gate: unit"]);
  });
});

describe("a pattern", () => {
  it.each([
    ["[src/a/**]", ["src/b/**"], true],
    ["[src/a/**]", [], false],
    ["[]", ["src/b/**"], false],
    ["[src/a/**]", ["src/a/x.ts"], false],
  ])("of %s is elsewhere for a task of %j: %j", (scope, of, expected) => {
    expect(countFeatures(pattern(`scope: ${scope}`), task({ scope: of }), undefined).isElsewhere).toBe(expected);
  });
});

describe("a gate in common", () => {
  const seen = (support: number, more = "") =>
    countFeatures(
      pattern(`applies_when: [gate unit]\nsupport: ${support}\n${more}`),
      task({ gates: ["unit"] }),
      undefined,
    ).total;

  it("counts half for a single trouble of it, and more for one that three tasks had", () => {
    expect(seen(2)).toBe(0.5);
    expect(seen(3)).toBeGreaterThan(1);
  });

  it("counts half for a failing test of certain files, however often it was seen", () => {
    expect(seen(9, 'scope: [src/a.ts]\nsymptoms: ["test adds"]')).toBe(0.5);
    expect(seen(9, "scope: [src/a.ts]\nsymptoms: [adds]")).toBeGreaterThan(1);
    expect(seen(9, 'symptoms: ["test adds"]')).toBeGreaterThan(1);
  });
});

describe("a conflict", () => {
  const clash = pattern("tags: [kind/conflict]\nscope: [src/a.ts, src/b.ts]");
  const count = (others: TaskToMatch["others"]) =>
    countFeatures(clash, task({ scope: ["src/a.ts"], ...(others === undefined ? {} : { others }) }), undefined);

  it("counts more when one of the files is also another task's, in any part of its scope, and less when none is", () => {
    const alone = count(undefined).total;
    const near = count([{ id: "other", scope: ["docs/**", "src/b.ts"] }]);
    expect(near.total).toBe(alone + 1);
    expect(near.why).toContain("at the same time: other");
    expect(count([{ id: "other", scope: ["docs/**"] }]).total).toBe(alone - 1);
  });
});
