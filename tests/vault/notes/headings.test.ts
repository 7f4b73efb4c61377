/** What a note is called: by its property, else by the first heading of level one that is one, else by its file. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeadings } from "../../../src/vault/notes/headings.ts";
import { parseNote, titleOf } from "../../../src/vault/notes/note.ts";
import { readStructure } from "../../../src/vault/notes/structure.ts";

describe("a note's title", () => {
  it.each([
    ["a language that ends in a sign", "# C#", "C#"],
    ["signs that close", "# C ##", "C"],
    ["signs only", "# ##\n\n# Next", "Next"],
    ["code before it", "```sh\n# a comment\n```\n\n# Real", "Real"],
    ["code with longer fences", "~~~~\n# no\n~~~\n# no\n~~~~\n# Real", "Real"],
    ["code that is never closed", "```\n# no\n", "note"],
    ["indented code", "    # no\n\n# Real", "Real"],
    ["a comment", "%%\n# no\n%%\n\n# Real", "Real"],
    ["a comment of HTML", "<!--\n# no\n-->\n# Real", "Real"],
    ["HTML", "<div>\n# no\n</div>\n\n# Real", "Real"],
    ["math", "$$\n# no\n$$\n\n# Real", "Real"],
    ["an underlined one", "Real\n====\n\n# Other", "Real"],
    ["an underlined one of two lines", "Really\nso\n===\n", "Really so"],
    ["a rule", "words\n\n===\n\n# Real", "Real"],
    ["a list", "- # no\n\n  # no\n\n# Real", "Real"],
    ["a quote", "> # no\n\n# Real", "Real"],
    ["a tag", "#tag\n\n# Real", "Real"],
    ["a lower heading first", "## Lower\n\n# Real", "Real"],
    ["indentation", "  # Real", "Real"],
    ["no heading", "words", "note"],
    ["other line ends", "words\r\n\r\n# Real\r\n", "Real"],
    ["a property", "---\ntitle: Named\n---\n# Real", "Named"],
    ["a generated section", "%% pleach:start %%\n# Real\n%% pleach:end %%", "Real"],
  ])("is read with %s", (_what, text, title) => {
    const note = parseNote("folder/note.md", text);
    expect([titleOf(note), readStructure(note).title]).toEqual([title, title]);
  });

  it("is what the structure says, whatever the lines are", () => {
    const line = fc.constantFrom(
      ...[
        "# One",
        "## Two",
        "words",
        "more",
        "",
        "",
        "===",
        "---",
        "```",
        "~~~",
        "- item",
        "  # in it",
        "> quote",
        "%%",
      ],
      ...["<!--", "-->", "<div>", "$$", "    code", "1. one", "   # three", "# C#", "# D ##", "#tag", "%% a %%"],
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        const note = parseNote("note.md", lines.join("\n"));
        const first = (all: readonly { level: number; text: string }[]) => all.find(({ level }) => level === 1)?.text;
        expect(first(readHeadings(note.text, note.frontmatter.bodyAt))).toBe(first(readStructure(note).headings));
      }),
      { seed: 1, numRuns: 1_500 },
    );
  });
});
