/** Properties of notes, against the page "Properties" of Obsidian Help (help.obsidian.md/properties). */
import { describe, expect, it } from "vitest";
import { checkProperties, readPropertyTypes } from "../../../src/vault/formats/check-properties.ts";
import { readFrontmatter } from "../../../src/vault/notes/frontmatter.ts";

const types = new Map([
  ["tags", "tags"],
  ["aliases", "aliases"],
  ["title", "text"],
  ["scope", "multitext"],
  ["support", "number"],
  ["pinned", "checkbox"],
  ["reviewed", "date"],
  ["started", "datetime"],
]);

function tell(yaml: string): string[] {
  const read = readFrontmatter(`---\n${yaml}\n---\n`);
  if (read.kind !== "ok") throw new Error(read.kind);
  return checkProperties(read.values, types).map(({ message }) => message);
}

describe("checkProperties", () => {
  it.each([
    "title: a\ntags: [a, b/c]\naliases:\n  - x\nscope: []\nsupport: 1.5\npinned: false\nreviewed: 2026-08-21",
    "started: 2026-08-21T10:30:00",
    'title: "[[Note]]"\nscope:\n  - "[[A]]"\n  - "[[B]]"',
    "title:\ntags:\nreviewed:\npinned:",
    "title: 12\nunknown: [1, two]",
    'other: "20260824160012123"',
  ])("finds nothing wrong with %j", (yaml) => {
    expect(tell(yaml)).toEqual([]);
  });

  it.each([
    ["title: [a, b]", "its type is text"],
    ["scope: a", "its type is multitext"],
    ['support: "1"', "its type is number"],
    ["pinned: yes", "its type is checkbox"],
    ["reviewed: 21.8.2026", "its type is date"],
    ["reviewed: 2026-02-30", "its type is date"],
    ["started: 2026-08-21", "its type is datetime"],
    ["started: 2026-08-21T25:00:00", "its type is datetime"],
    ["Support: many", "its type is number"],
    ["tags: one", '"tags" is no list'],
    ["aliases: one", '"aliases" is no list'],
    ["cssclasses: wide", '"cssclasses" is no list'],
    ["tags: [two words]", '"two words" is no tag'],
    ["tags: [2026]", "2026 is no tag"],
    ["tag: a", 'no longer reads "tag"'],
    ["title: [[Note]]", "a link without quotes"],
    ["scope:\n  - [[A]]\n  - [[B]]", "a link without quotes"],
    ["title:\n  deep: 1", "is nested"],
    ["other: 20260824160012123", "too many digits"],
  ])("tells of %j", (yaml, said) => {
    expect(tell(yaml)).toEqual([expect.stringContaining(said)]);
  });

  it("reads the declared types, and says why it cannot", () => {
    const read = readPropertyTypes('{"types":{"a":"text","b":"number","c":"kanban"}}');
    expect(read).toEqual({
      kind: "ok",
      types: new Map([
        ["a", "text"],
        ["b", "number"],
      ]),
    });
    expect(readPropertyTypes("{").kind).toBe("malformed");
    expect(readPropertyTypes("[]").kind).toBe("malformed");
  });
});
