/** Reading frontmatter of every kind, and editing single values in place. */
import { describe, expect, it } from "vitest";
import {
  readFrontmatter,
  removeProperty,
  renderProperty,
  setProperties,
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

function set(text: string, changes: Record<string, Value | undefined>): string {
  const after = setProperties(text, new Map(Object.entries(changes)));
  return after.kind === "ok" ? after.text : `refused: ${after.why}`;
}

describe("properties", () => {
  it("are given to a note that has none, and taken away with the last one", () => {
    expect(set("\uFEFFwords\r\n", { a: "xx", b: ["yy"] })).toBe(
      "\uFEFF---\r\na: xx\r\nb:\r\n  - yy\r\n---\r\nwords\r\n",
    );
    expect(set("\uFEFF---\r\na: x\r\n---\r\nwords\r\n", { a: undefined })).toBe("\uFEFFwords\r\n");
    expect(set("---\nnever closed\n", { a: 1 })).toBe("---\na: 1\n---\n---\nnever closed\n");
    expect(set("", { a: 1 })).toBe("---\na: 1\n---\n");
  });

  it.each([
    ["a text", "gone: x # why\n"],
    ["nothing", "gone:\n"],
    ["a quoted key", "'gone' : x\n"],
    ["a block list", "gone:\n  - a # one\n  - b\n"],
    ["an unindented list", "gone:\n- a\n- b\n"],
    ["a flow list over lines", "gone: [a,\n  b]\n"],
    ["a block of text", "gone: |\n  a\n\n  b\n"],
    ["a text over lines", "gone: a\n  b\n"],
    ["an unquoted link", "gone: [[x]]\n"],
    ["a map", "gone:\n  a: 1\n  b: {c: 2}\n"],
  ])("are removed with their lines and nothing else: %s", (_name, lines) => {
    for (const eol of ["\n", "\r\n"]) {
      const [before, after] = ["# first\nbefore: 1\n", "# of after\nafter: [[y]] # z\n"];
      const text = `---\n${before}${lines}${after}---\nbody\ngone: 1\n`.replaceAll("\n", eol);
      expect(set(text, { gone: undefined })).toBe(`---\n${before}${after}---\nbody\ngone: 1\n`.replaceAll("\n", eol));
    }
  });

  it.each([
    ["in a flow map", "---\n{gone: 1, kept: 2}\n---\n"],
    ["that another one refers to", "---\ngone: &a 1\nkept: *a\n---\n"],
    ["twice", "---\ngone: 1\ngone: 2\n---\n"],
    ["in another language", "---js\ngone: 1\n---\n"],
  ])("are not removed when they stand %s", (_name, text) => {
    expect(set(text, { gone: undefined })).toMatch(/^refused: /);
  });

  it("are set beside an unquoted link, which stays as it is", () => {
    expect(set("---\nup: [[x]]\nn: 1\n---\n", { n: 2, gone: undefined })).toBe("---\nup: [[x]]\nn: 2\n---\n");
    expect(removeProperty("text", "gone")).toEqual({ kind: "ok", text: "text" });
  });
});
