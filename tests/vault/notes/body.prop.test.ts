/** Whichever way a body is read, line by line or by a tree, it says what the tree of all of it says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBody } from "../../../src/vault/notes/body.ts";
import { emptyBody, scanBlocks } from "../../../src/vault/notes/scan.ts";
import type { Span } from "../../../src/vault/notes/scan-inline.ts";
import { readTree } from "../../../src/vault/notes/tree.ts";

/** What the tree of the whole text says. */
function byTree(text: string) {
  const body = emptyBody();
  readTree(text, 0, text.length, true, body);
  return body;
}

function byLines(text: string) {
  const body = emptyBody();
  readBody(text, 0, body);
  return body;
}

const word = fc.constantFrom(
  "word",
  "a_b",
  "x",
  "*bold*",
  "_em_",
  "~~s~~",
  "==m==",
  "1",
  "é",
  "漢字",
  "$",
  "%",
  "!",
  "|",
  "^",
  "-",
  "\\",
  "&amp;",
);
const piece = fc.oneof(
  { weight: 6, arbitrary: word },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "[[a]]",
      "![[b.png|9]]",
      "[[c#d|e]]",
      "[[a [[b]]",
      "[[[c]]]",
      "[[a]](b)",
      "[[",
      "]]",
      "[[]]",
      "[[x`y]]",
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "[t](n.md)",
      "![i](p.png)",
      "[t](<n o.md>)",
      "[a [t](n.md) b](m.md)",
      '[t](n.md "ti")',
      "[t](n(1).md)",
      "[t](n&m.md)",
      "[t](n&amp;m.md)",
      "[t](n((1).md)",
      "[![i](p.png)](q.md)",
      "[t [[w]] u](v.md)",
      "[t][r]",
      "[t]",
      "[x](",
      "](",
      "![",
      "[",
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "#tag",
      "#a/b",
      "#12",
      "#a_b",
      "#_a_",
      "*#t*",
      "(#t)",
      "a#t",
      "#é-1",
      "##",
      "`c`#t",
      "[[a]]#t",
      "#t#u",
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "`code`",
      "`[[a]]`",
      "``a`b``",
      "`",
      "$m$",
      "$[[a]]$",
      "$$",
      "%%c%%",
      "%%[[a]]%%",
      "%%",
      "<b>",
      "</b>",
      '<span a="[[b]]">',
      "<br/>",
      "<i a=b>",
      "<i a=b/>",
      "<https://a.b#c>",
      "<a@b.c>",
      "<!-- x",
      "<!-- [[a]] -->",
      "<https://a.b/[[c]]>",
      "<",
      "https://a.b/#c",
      "www.a.b/[[c]]",
      "a@b.co#t",
      "\\[[a]]",
      "\\`",
      "\\#t",
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom("^id", "^id-2", "x^id", "[^1]", "[!note] Title", "[ ]", "[x]") },
  { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
);
const inline = fc
  .array(fc.tuple(piece, fc.constantFrom(" ", " ", " ", "", "  ")), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.flat().join(""));
const marker = fc.constantFrom(
  "",
  "",
  "",
  "",
  "- ",
  "* ",
  "1. ",
  "2) ",
  "-   ",
  "- [ ] ",
  "> ",
  ">",
  "> > ",
  "> - ",
  "- > ",
  "# ",
  "## ",
  "####### ",
  "-\t",
  "- - ",
  "10. ",
);
const indent = fc.constantFrom("", "", "", "", " ", "  ", "   ", "    ", "\t", "\t\t", "      ");
const line = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(indent, marker, inline).map((parts) => parts.join("")) },
  { weight: 4, arbitrary: fc.constantFrom("", "", "  ") },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        indent,
        fc.constantFrom(
          "```",
          "~~~",
          "```js",
          "````",
          "---",
          "===",
          "***",
          "- - -",
          "|a|b|",
          "|-|-|",
          "$$",
          "%%",
          "%%x",
          "<div>",
          "<b>",
          "<b> [[a]]",
          "<b>[[a",
          "<!-- [[a]] -->",
          "<!-->",
          "</div>",
          "<!--",
          "-->",
          "[r]: n.md",
          "[^1]: note",
          "-",
          ">",
          "> [!note]- T",
          "> ```",
          "# ",
          "#",
          "## a ##",
          "%% pleach:start %%",
        ),
      )
      .map((parts) => parts.join("")),
  },
);
const text = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 14 }), fc.constantFrom("\n", "\n", "\n", "\r\n"), fc.boolean())
  .map(([lines, eol, isEnded]) => lines.join(eol) + (isEnded ? eol : ""));

describe("reading a body", () => {
  it("says what the tree of the whole body says", () => {
    fc.assert(
      fc.property(text, (source) => {
        expect(byLines(source)).toEqual(byTree(source));
      }),
      { numRuns: 800, seed: 20_260_824 },
    );
  });

  it("says so from line to line for ordinary notes, without a tree", () => {
    const source =
      "# Title\n\nWords with [[a]], `code`, #tag and [t](n.md).\n\n## List ^h\n\n- one [[b]]\n  - two #x\n    more\n\n    and more\n- [ ] three ^id\n\n1. a\n2. b\n\n> [!note]- Title\n> [[c]]\n\n```js\n[[no]]\n```\n\n***\nend [[d|e]]\n";
    const lines: Span[] = [];
    for (const found of source.matchAll(/(.*)\n/g)) lines.push([found.index, found.index + (found[1]?.length ?? 0)]);
    const body = emptyBody();
    expect(scanBlocks(source, lines, 0, body)).toBe(lines.length);
    expect(body).toEqual(byTree(source));
    expect(body.links.map((link) => link.target)).toEqual(["a", "n.md", "b", "c", "d"]);
  });
});
