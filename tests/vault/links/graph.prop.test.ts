/** After any changes the graph answers as one built afresh. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLinkGraph, type LinkGraph } from "../../../src/vault/links/graph.ts";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { readStructure } from "../../../src/vault/notes/structure.ts";

const names = ["Note", "note", "NOTE.v2", "Caf\u00e9", "Cafe\u0301", "x", "a b"];
const notePath = fc
  .tuple(fc.constantFrom("", "a/", "b/", "a/b/"), fc.constantFrom(...names))
  .map(([folder, name]) => `${folder}${name}.md`);
const filePath = fc.constantFrom("pic.png", "a/pic.png", "b/PIC.png", "board.canvas", "a/x.md.png");
const link = fc
  .record({
    shape: fc.constantFrom("[[$]]", "![[$]]", "[[$|shown]]", "[t](<$>)", "[t](<./$>)", "[t](<../$>)"),
    target: fc.oneof(
      fc.constantFrom(...names),
      notePath,
      filePath,
      fc.constantFrom("", "/a/x", "a/", "../x", "./x", "constructor", "__proto__"),
    ),
    subpath: fc.constantFrom("", "#One", "#one#Two", "#Two", "#^id", "#^none"),
  })
  .map(({ shape, target, subpath }) => shape.replace("$", () => `${target}${subpath}`));
const text = fc
  .array(fc.oneof(link, fc.constantFrom("# One", "## Two", "words ^id", "`[[x]]`")), { maxLength: 6 })
  .map((parts) => parts.join("\n\n"));

const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), path: notePath, text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), path: notePath }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename" as const), path: notePath, to: notePath }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("setFile" as const), path: filePath }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deleteFile" as const), path: filePath }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("ask" as const), path: notePath }) },
);

function put(graph: LinkGraph, path: string, content: string | null): void {
  if (content === null) graph.setFile(path);
  else graph.set(path, readStructure(parseNote(path, content)));
}

/** All that a graph says of the paths. */
function answersOf(graph: LinkGraph, paths: readonly string[]) {
  return {
    links: paths.map((path) => graph.linksOf(path)),
    back: paths.map((path) => graph.backlinksOf(path)),
    troubles: graph.linkProblems(),
  };
}

describe("the graph after changes", () => {
  it("is the graph of what is there", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), (changes) => {
        const graph = createLinkGraph();
        const files = new Map<string, string | null>();
        const mentioned = new Set<string>();
        for (const one of changes) {
          mentioned.add(one.path);
          if (one.kind === "set") files.set(one.path, one.text);
          else if (one.kind === "setFile") files.set(one.path, null);
          else if (one.kind === "delete" || one.kind === "deleteFile") files.delete(one.path);
          else if (one.kind === "rename") {
            const moved = files.get(one.path);
            if (moved === undefined || one.to === one.path) continue;
            files.delete(one.path);
            files.set(one.to, moved);
            mentioned.add(one.to);
            graph.delete(one.path);
            put(graph, one.to, moved);
          }
          if (one.kind === "set") put(graph, one.path, one.text);
          else if (one.kind === "setFile") put(graph, one.path, null);
          else if (one.kind === "delete") graph.delete(one.path);
          else if (one.kind === "deleteFile") graph.deleteFile(one.path);
          // What was asked for before is remembered, and has to be forgotten when it changes.
          else if (one.kind === "ask") answersOf(graph, [one.path]);
        }
        const fresh = createLinkGraph();
        for (const [path, content] of files) put(fresh, path, content);
        const paths = [...mentioned];
        expect(answersOf(graph, paths)).toEqual(answersOf(fresh, paths));
      }),
      { numRuns: 300, seed: 20_260_824 },
    );
  });
});
