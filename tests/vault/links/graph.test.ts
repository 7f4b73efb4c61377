/** Where links lead, who links to a note, and what is wrong with links. */
import { describe, expect, it } from "vitest";
import { createLinkGraph, type LinkGraph } from "../../../src/vault/links/graph.ts";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { readStructure } from "../../../src/vault/notes/structure.ts";

function put(graph: LinkGraph, path: string, text: string): void {
  graph.set(path, readStructure(parseNote(path, text)));
}

/** A graph of notes by path, and of other files where the text is null. */
function graphOf(files: Record<string, string | null>): LinkGraph {
  const graph = createLinkGraph();
  for (const [path, text] of Object.entries(files)) text === null ? graph.setFile(path) : put(graph, path, text);
  return graph;
}

/** Where the links of a note lead: a path, `?` for nowhere, all candidates when there are several. */
function leads(graph: LinkGraph, path: string): string[] {
  return graph.linksOf(path).map(({ resolution, missing }) => {
    if (resolution.kind === "unresolved") return "?";
    const to = resolution.kind === "ambiguous" ? resolution.candidates.join(" ") : resolution.path;
    return missing === null ? to : `${to} without ${missing}`;
  });
}

function troublesOf(graph: LinkGraph): string[] {
  return graph.linkProblems().map((trouble) => `${trouble.from}: ${trouble.kind} ${trouble.link.target}`);
}

describe("a link", () => {
  it.each([
    ["a name", "[[Note]]", "x/Note.md"],
    ["a name with its ending", "[[Note.md]]", "x/Note.md"],
    ["a name in another case and Unicode form", "[[NOTE]] [[CAFE\u0301]]", "x/Note.md x/Café.md"],
    ["the end of a path", "[[y/Deep]]", "x/y/Deep.md"],
    ["a path from the root", "[[x/y/Deep]] [[/x/y/Deep]]", "x/y/Deep.md x/y/Deep.md"],
    ["a path that only looks like an end", "[[oo/Deep]] [[te]]", "? ?"],
    ["a path from the wrong root", "[[/y/Deep]]", "?"],
    [
      "an attachment by its full name",
      "[[pic.png]] ![[pic.png]] [[pic]] [[board.canvas]]",
      "x/pic.png x/pic.png ? b/board.canvas",
    ],
    ["a name with a dot", "[[v1.2]]", "v1.2.md"],
    [
      "a Markdown link from the note's folder",
      "[t](Deep.md) [t](./Deep.md) [t](../Note.md)",
      "x/y/Deep.md x/y/Deep.md x/Note.md",
    ],
    ["a Markdown link from the root", "[t](x/Note.md) [t](./x/Note.md)", "x/Note.md ?"],
    ["a path out of the vault", "[t](../../../Note.md)", "?"],
    ["an alias", "[[Other name]]", "?"],
    ["the root before a folder", "[[Home]]", "Home.md"],
    ["several files of the name", "[[Twin]]", "a/Twin.md b/Twin.md"],
    ["one of several by its path", "[[a/Twin]]", "a/Twin.md"],
    ["files that differ in case only", "[[case]] [[Case]] [[CASE]]", "case.md Case.md Case.md case.md"],
    [
      "a heading",
      "[[Note#first, part]] [[Note#First part#Inner]] [[Note#Inner#First part]]",
      "x/Note.md x/Note.md x/Note.md without heading",
    ],
    ["a block", "[[Note#^Id-1]] [[Note#^id-2]]", "x/Note.md x/Note.md without block"],
    ["the note itself", "[[#Here]] [[#There]]\n\n# Here", "x/y/from.md x/y/from.md without heading"],
  ])("by %s", (_name, text, wanted) => {
    const graph = graphOf({
      "x/Note.md": "---\naliases: [Other name]\n---\n# First part!\n\n## Inner\n\ntext ^id-1\n",
      "x/Café.md": "",
      "x/y/Deep.md": "",
      "x/pic.png": null,
      "b/board.canvas": null,
      "v1.2.md": "",
      "Home.md": "",
      "a/Home.md": "",
      "a/Twin.md": "",
      "b/Twin.md": "",
      "Case.md": "",
      "x/y/from.md": text,
    });
    if (text.includes("case")) put(graph, "case.md", "");
    expect(leads(graph, "x/y/from.md").join(" ")).toBe(wanted);
  });
});

describe("the graph", () => {
  it("follows a note that comes, changes, moves and goes", () => {
    const graph = graphOf({ "a.md": "[[b#H]]", "c.md": "![[b]] [[a]]" });
    expect(troublesOf(graph)).toEqual(["a.md: unresolved b", "c.md: unresolved b"]);
    put(graph, "b.md", "text");
    expect(troublesOf(graph)).toEqual(["a.md: missing-heading b"]);
    put(graph, "b.md", "# H");
    expect(troublesOf(graph)).toEqual([]);
    expect(graph.backlinksOf("b.md").map(({ from, link }) => [from, link.at, link.end])).toEqual([
      ["a.md", 0, 7],
      ["c.md", 0, 6],
    ]);
    put(graph, "old/b.md", "");
    graph.delete("b.md");
    expect(leads(graph, "c.md")).toEqual(["old/b.md", "a.md"]);
    put(graph, "new/b.md", "");
    expect(troublesOf(graph)).toEqual(["a.md: ambiguous b", "c.md: ambiguous b"]);
    graph.delete("c.md");
    graph.delete("old/b.md");
    expect(graph.linksOf("c.md")).toEqual([]);
    expect(graph.backlinksOf("new/b.md").map(({ from }) => from)).toEqual(["a.md"]);
    expect(graph.backlinksOf("a.md")).toEqual([]);
  });

  it("counts a link of a note to itself by name, and none without a name", () => {
    expect(graphOf({ "a.md": "[[a]] [[#a]]" }).backlinksOf("a.md")).toHaveLength(1);
  });
});
