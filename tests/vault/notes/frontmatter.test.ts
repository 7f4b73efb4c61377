/** Reading frontmatter of every kind, and editing single values in place. */
import { describe, expect, it } from "vitest";
import {
  readFrontmatter,
  renderProperty,
  spliceFrontmatter,
  type Value,
} from "../../../src/vault/notes/frontmatter.ts";

function edit(text: string, changes: Record<string, Value>): string {
  const spliced = spliceFrontmatter(text, new Map(Object.entries(changes)));
  return spliced.kind === "ok" ? spliced.text : `refused: ${spliced.why}`;
}

describe("frontmatter", () => {
  it("is edited value by value, everything around it staying as it was", () => {
    const text =
      "---\n# my comment\nsupport:   1 # counted\nstatus: 'candidate'\nmine: {a: [1, 2]}\nempty:\nevidence:\n    -  \"[[a]]\" # first\nlast: |\n  block\n---\nbody: 1\n---\n";
    expect(
      edit(text, { support: 2, status: "active", evidence: ["[[a]]", "[[b]]"], empty: "text", fresh: ["y: z"] }),
    ).toBe(
      '---\n# my comment\nsupport:   2 # counted\nstatus: active\nmine: {a: [1, 2]}\nempty: text\nevidence:\n    -  "[[a]]" # first\n    -  "[[b]]"\nlast: |\n  block\nfresh:\n  - "y: z"\n---\nbody: 1\n---\n',
    );
  });

  it("keeps a byte order mark and CRLF line ends", () => {
    const text = '\uFEFF---\r\nsupport: 1\r\nevidence:\r\n  - "[[a]]"\r\n---\r\nbody\r\n';
    expect(edit(text, { support: 2, evidence: ["[[a]]", "[[b]]"], extra: ["text"] })).toBe(
      '\uFEFF---\r\nsupport: 2\r\nevidence:\r\n  - "[[a]]"\r\n  - "[[b]]"\r\nextra:\r\n  - text\r\n---\r\nbody\r\n',
    );
  });

  it.each([
    ["flow list", "evidence: [a, b]", ["a", "b", "c"]],
    ["empty flow list", "evidence: []", ["c"]],
    ["unindented list", "evidence:\n- a\n- b", ["a", "b", "c"]],
    ["shortened list", "evidence:\n  - a\n  - b", ["b", "c"]],
    ["nothing", "evidence:", ["c"]],
    ["a single text", "evidence: a", ["a", "c"]],
  ])("sets a list that was written as %s", (_name, yaml, wanted) => {
    const read = readFrontmatter(edit(`---\nbefore: 1\n${yaml}\nafter: 2\n---\n`, { evidence: wanted }));
    expect(read.kind === "ok" && Object.fromEntries(read.values)).toEqual({ before: 1, evidence: wanted, after: 2 });
  });

  it.each([
    ["duplicate keys", "---\na: 1\na: 2\nsupport: 1\n---\n"],
    ["broken YAML", "---\na: [1\nsupport: 1\n---\n"],
    ["an unquoted link pair", "---\na: [[x]] y\nsupport: 1\n---\n"],
    ["another language", "---js\nprocess.exit(1)\n---\n"],
    ["a list instead of properties", "---\n- a\n---\n"],
    ["an alias of the value", "---\nx: &a 1\nsupport: *a\n---\n"],
    ["an anchor on the value", "---\nsupport: &a 1\nx: *a\n---\n"],
    ["no frontmatter", "support: 1\n"],
    ["frontmatter that is never closed", "---\nsupport: 1\n...\n"],
    [
      "aliases that blow up",
      `---\na: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b]\nsupport: 1\n---\n`,
    ],
  ])("is left alone with %s", (_name, text) => {
    expect(edit(text, { support: 2 })).toMatch(/^refused: /);
  });

  it("keeps keys that look like parts of an object", () => {
    const read = readFrontmatter("---\n__proto__: 1\nconstructor: 2\n---\n");
    expect(read.kind === "ok" && [...read.values]).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });

  it.each([
    "yes",
    "null",
    "12",
    "1e3",
    "a: b",
    "- x",
    "# x",
    '"q"',
    "a\nb",
    "",
    " pad ",
    "2026-08-24",
    "[[x]]",
    "\u2028",
    "é",
    "@x",
    "%",
  ])("writes the text %j so that it is read back as it was", (text) => {
    const read = readFrontmatter(`---\n${renderProperty("a", text)}${renderProperty("b", [text])}---\n`);
    expect(read.kind === "ok" && [...read.values]).toEqual([
      ["a", text],
      ["b", [text]],
    ]);
  });
});
