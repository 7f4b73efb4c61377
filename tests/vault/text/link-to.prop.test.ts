/** A link that the program writes is one link, to the note it is meant for, whatever stands in its title or name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { readStructure } from "../../../src/vault/notes/structure.ts";
import { linkTo } from "../../../src/vault/text/link-to.ts";

const pieces = "a|b|]]|[[|]|[|#tag|^|%%|`|``|\\|*|_|$x$|<b>|<!--|-->|&amp;|!|(u)|\n|  |é|==|~~".split("|").concat("|");
const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(""));

/** The links, tags and the like of a line that holds the text between two links of its own. */
function readLine(text: string) {
  return readStructure(parseNote("n.md", `- [[before]] ${text} and \`code\` [[after]] \`x\`\n`));
}

describe("linkTo", () => {
  it("makes one link to the note, however its title reads, and harms nothing beside it", () => {
    fc.assert(
      fc.property(texts, (title) => {
        const { links, tags, headings, callouts } = readLine(linkTo("Some note", title, 60, "Tasks"));
        expect(links.map(({ target }) => target)).toEqual(["before", "Some note", "after"]);
        expect(links[1]?.subpath.headings).toEqual(["Tasks"]);
        expect([tags, headings, callouts]).toEqual([[], [], []]);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it("makes no link at all where none can name the note", () => {
    for (const name of ["a#b", "a|b", "a^b", "a[[b", "a]b", "a%%b", "a\nb"]) {
      const { links } = readLine(linkTo(name, "shown"));
      expect(
        links.map(({ target }) => target),
        name,
      ).toEqual(["before", "after"]);
    }
  });

  it("shows the title, and only the target where there is none", () => {
    expect(linkTo("Note", "A title")).toBe("[[Note|A title]]");
    expect(linkTo("Note", "Note")).toBe("[[Note]]");
    expect(linkTo("Note", " ``` ")).toBe("[[Note]]");
  });
});
