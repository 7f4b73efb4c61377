/** What counts in a note as a heading, a tag, a block, a callout, a link, and what does not. */
import { describe, expect, it } from "vitest";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { type NoteStructure, readStructure } from "../../../src/vault/notes/structure.ts";

function read(text: string): NoteStructure {
  return readStructure(parseNote("folder/note.md", text));
}

/** Links in short: `!` for embeds, target, subpath, alias. */
function linksOf(text: string): string[] {
  return read(text).links.map((link) => {
    const inside =
      link.subpath.block === null
        ? link.subpath.headings.map((part) => `#${part}`).join("")
        : `#^${link.subpath.block}`;
    return `${link.isEmbed ? "!" : ""}${link.target}${inside}${link.alias === null ? "" : `|${link.alias}`}`;
  });
}

describe("links in a note", () => {
  it.each([
    ["a plain one", "see [[Note]]", ["Note"]],
    ["one with everything", "[[a b/Note.md#H1#H2|shown | so]]", ["a b/Note.md#H1#H2|shown | so"]],
    ["a block", "[[Note#^id-1]]", ["Note#^id-1"]],
    ["the note itself", "[[#Heading]] [[#^id]]", ["#Heading", "#^id"]],
    ["embeds", "![[pic.png|100]] ![[N#H]]", ["!pic.png|100", "!N#H"]],
    ["a bar in a table", "| a | b |\n|---|---|\n| [[N\\|x]] | ![[p.png\\|9]] |\n", ["N|x", "!p.png|9"]],
    ["single brackets inside", "[[[draft] Note]] [[a[0] b]]", ["[draft] Note", "a[0] b"]],
    ["another link inside", "[[a [[b]] c]]", ["b"]],
    ["what looks like a Markdown link", "[[a]](b)", ["a"]],
    ["emphasis inside", "[[a *b* _c_]] and *[[d]]*", ["a *b* _c_", "d"]],
    ["an escape before", "\\[[a]] \\![[b]]", ["b"]],
    ["a line break, nothing, white space", "[[a\nb]] [[]] [[ ]]", []],
    [
      "Markdown links",
      "[t](My%20Note.md#A%20b) [t](<b c.md>) ![i](p.png)",
      ["My Note.md#A b|t", "b c.md|t", "!p.png|i"],
    ],
    ["addresses", "<https://a.b/[[x]]> [t](https://a.b) [t](mailto:a@b.c) [t](//x) https://c.d/[[y]]", []],
    ["code", "`[[a]]` ``[[`b]]`` \n\n    [[c]]\n\n```\n[[d]]\n```\n~~~\n[[e]]", []],
    ["math", "$[[a]]$ $$[[b]]$$\n\n$$\n[[c]]\n$$\n\n[[d]]", ["d"]],
    ["money", "$5 [[a]] $6", ["a"]],
    ["HTML", "x <!-- [[a]] --> <b title='[[b]]'>[[c]]</b>\n\n<div>\n[[d]]\n</div>\n\n<!--\n\n[[e]]\n-->", ["c"]],
    ["comments", "%%[[a]]%% [[b]]\n\n%%\n[[c]]\n\n[[d]]\n%% [[e]]\n", ["b", "e"]],
    ["a comment that is never closed", "a %% [[b]]\n\n%%\n[[c]]", ["b"]],
    ["code and links that begin in each other", "[[a `b]] c`\n\n`d [[e` f]]", ["a `b"]],
  ])("are found: %s", (_name, text, wanted) => {
    expect(linksOf(text)).toEqual(wanted);
  });

  it("are found between the lines of a generated section, and those hide nothing", () => {
    expect(linksOf("%% pleach:start %%\n[[a]]\n%% pleach:end %%\n[[b]]\n")).toEqual(["a", "b"]);
  });
});
