/** Edits of sections: what is edited, what is left as it is to the byte, what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Splice } from "../../../src/vault/notes/frontmatter.ts";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { findHeadingSection, type HeadingPath, replaceSection } from "../../../src/vault/notes/sections.ts";
import { readStructure } from "../../../src/vault/notes/structure.ts";

const note = (text: string) => parseNote("n.md", text);
const shown = (splice: Splice) => (splice.kind === "ok" ? splice.text : `refused: ${splice.why}`);
const replace = (text: string, path: HeadingPath, by: string) => shown(replaceSection(note(text), path, by));

describe("a section", () => {
  it("is replaced with all that lies in it, up to the next heading that is not deeper", () => {
    const text = "---\na: 1\n---\n# A\n\none\n\n## Inner\n\ntwo\n\n# B\n\nthree\n";
    expect(replace(text, "a", "new")).toBe("---\na: 1\n---\n# A\n\nnew\n\n# B\n\nthree\n");
    expect(replace(text, ["A", "inner!"], "new")).toBe(text.replace("two", "new"));
    expect(replace(text, "B", "new")).toBe(text.replace("three", "new"));
  });

  it("keeps a byte order mark, the note's line ends, and a file without a final one", () => {
    expect(replace("\uFEFF# A\r\nold\r\n# B\r\n", "A", "x\ny")).toBe("\uFEFF# A\r\n\r\nx\r\ny\r\n\r\n# B\r\n");
    expect(replace("# A", "A", "x")).toBe("# A\n\nx\n");
    expect(replace("# A\r\none\n# B\n", "A", "\r\none\n")).toBe("# A\r\none\n# B\n");
  });

  it("is only begun by a heading that is one", () => {
    const text = "%%\n# A\n%%\n\n```\n# A\n```\n\n> # A\n\n- # A\n\n# A\n\nold\n";
    expect(replace(text, "A", "new")).toBe(text.replace("old", "new"));
  });

  it.each([
    ["no such heading", "# A\n", "B", "x"],
    ["several", "# A\n\n# A\n", "A", "x"],
    ["text that swallows what follows", "# A\n\n# B\n", "A", "```\nopen"],
    ["a comment that swallows what follows", "# A\n\n# B\n", "A", "%%\nopen"],
    ["text that ends the section", "## A\n", "A", "# B"],
    ["text that ends the heading before it", "# A\n\n# B\n\n# A2\n", "A", "\n<!--\n"],
  ])("is left alone with %s", (_name, text, path, by) => {
    expect(replace(text, path, by)).toMatch(/^refused: /);
  });

  it("is named by the headings around it when its own is there twice", () => {
    const text = "# A\n\n## Notes\n\none\n\n# B\n\n## Notes\n\ntwo\n";
    expect(replace(text, ["B", "Notes"], "new")).toBe(text.replace("two", "new"));
    expect(replace(text, "Notes", "new")).toBe('refused: several headings are "Notes"');
  });
});

const line = fc.oneof(
  fc.constantFrom("# A", "## B", "### C ###", "Set\n===", "- item", "> quote", "```", "%%", "words", "", "  ", "\0"),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const body = fc
  .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\n\n")), { maxLength: 12 })
  .map((lines) => lines.flat().join(""));

describe("any edit of a section", () => {
  it("changes nothing else, and is undone by putting the old text back", () => {
    let edited = 0;
    fc.assert(
      fc.property(body, fc.oneof(body, fc.constant("plain words")), fc.boolean(), (text, by, isMarked) => {
        const before = note(isMarked ? `\uFEFF${text}` : text);
        const enclosing: { level: number; text: string }[] = [];
        for (const heading of readStructure(before).headings) {
          while ((enclosing.at(-1)?.level ?? 0) >= heading.level) enclosing.pop();
          enclosing.push(heading);
          const path = enclosing.map((one) => one.text);
          const section = findHeadingSection(before, path);
          if (section.kind !== "ok") continue;
          expect(shown(replaceSection(before, path, section.text))).toBe(before.text);
          const after = replaceSection(before, path, by);
          if (after.kind === "refused") continue;
          expect(after.text.startsWith(before.text.slice(0, section.from))).toBe(true);
          expect(after.text.endsWith(before.text.slice(section.to))).toBe(true);
          const back = replaceSection(note(after.text), path, section.text);
          // New text may hold the same heading again; then nobody knows which one is meant.
          if (back.kind === "refused") expect(back.why).toMatch(/^several/);
          else expect(back.text).toBe(before.text);
          edited += 1;
        }
      }),
      { numRuns: 500, seed: 20_260_824 },
    );
    expect(edited).toBeGreaterThan(100);
  });
});
