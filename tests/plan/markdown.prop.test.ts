import fc from "fast-check";
import type { Root } from "mdast";
import remarkFrontmatter from "remark-frontmatter";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { describe, expect, it } from "vitest";
import { outlineMarkdown } from "../../src/plan/markdown.ts";

const whole = unified().use(remarkParse).use(remarkFrontmatter, ["yaml"]);

/** Lines that open, close, continue or interrupt blocks, in all the ways that could mislead a digest. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "", "words", "more words", "  words", "    words", "\twords", " x") },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...["# A", "## B b", "### `c`", "#", "####### no", "#no", "  ## D", "    # code", "## E ##", "- ## F", "> # G"],
      ...["```", "```yaml task", "~~~", "````", "  ```", "   ```", "    ```", "```` yaml", "- ```", "> ```", "``` a`b"],
      ...["- a", "- b", "-", "- ", "  - c", "* d", "+ e", "1. f", "2. g", "12) h", "- - i", "-    j", "1.", "    - k"],
      ...["> q", ">", ">> r", "  > s", "---", "===", "***", "- - -", "--", "=", "_ _ _", "-x", "*y", "=z", "+w"],
      ...[
        "<!--",
        "-->",
        "words -->",
        "<div>",
        "</div>",
        "<script>",
        "</script> x",
        "<pre>",
        "<?x",
        "?>",
        "<b>t</b>",
        "<![CDATA[",
      ],
      ...[
        "[a] b",

        "\\# x",
        "&amp;",
        "| a | b |",
        "a: b",
        "x > y",
        "words <!-- x -->",
        "\u00a0x",
        "a\\",
        "a  ",
      ],
    ),
  },
);
const text = fc.array(line, { maxLength: 40 }).map((lines) => lines.join("\n"));
/** So long that it is read in several portions. */
const longText = fc.array(line, { minLength: 600, maxLength: 900 }).map((lines) => lines.join("\n"));

function outlineOfWhole(source: string): unknown[] {
  const root: Root = whole.parse(source);
  return root.children.flatMap((node): unknown[] => {
    const { start, end } = node.position ?? { start: { line: 0 }, end: { line: 0 } };
    if (node.type === "heading") return [["heading", node.depth, start.line, end.line]];
    if (node.type !== "code") return [];
    const first = source.split("\n")[start.line - 1] ?? "";
    return /^ {0,3}(```|~~~)/.test(first) ? [["code", simplify(node.value), start.line]] : [];
  });
}

function outlineOfDigest(source: string): unknown[] {
  return (outlineMarkdown(source)?.blocks ?? []).map((block) =>
    block.kind === "heading"
      ? ["heading", block.depth, block.line, block.endLine]
      : ["code", simplify(block.content), block.line],
  );
}

/** Whether an open fence holds the last empty lines, and what a tab in an indented fence turns into, is all the same. */
function simplify(content: string): string {
  return content.replace(/\n+$/, "").replace(/^[ \t]+/gm, "");
}

describe("the outline of a Markdown text", () => {
  it("is the same whether remark reads the digest or the whole text", () => {
    fc.assert(
      fc.property(text, (source) => {
        expect(outlineOfDigest(source)).toEqual(outlineOfWhole(source));
      }),
      {
        numRuns: 1500,
        examples: [[">\n    words\n    words\n-\n-"], [">\n    words\n    words\n    words\n-\n-"]],
      },
    );
  });

  it("knows frontmatter that ends behind the first portion", () => {
    const source = `---\n${Array.from({ length: 600 }, (_, at) => `k${at}: >\n# no heading`).join("\n")}\n---\n# A\n`;
    expect(outlineOfDigest(source)).toEqual([["heading", 1, 1203, 1203]]);
    expect(outlineOfDigest(source)).toEqual(outlineOfWhole(source));
  });

  it("is the same when the text is read in portions", () => {
    fc.assert(
      fc.property(longText, (source) => {
        expect(outlineOfDigest(source)).toEqual(outlineOfWhole(source));
      }),
      {
        numRuns: 8,
        endOnFailure: true,
      },
    );
  });
});
