/** `.canvas` files, against the specification of JSON Canvas 1.0 (jsoncanvas.org/spec/1.0): each of its rules can be broken. */
import { describe, expect, it } from "vitest";
import { checkCanvas } from "../../../src/vault/formats/check-canvas.ts";

const sound = {
  nodes: [
    {
      id: "g",
      type: "group",
      x: -20,
      y: -20,
      width: 700,
      height: 300,
      label: "Stream",
      background: "a.png",
      backgroundStyle: "cover",
    },
    { id: "a", type: "text", x: 0, y: 0, width: 250, height: 60, color: "4", text: "**hello**" },
    {
      id: "b",
      type: "file",
      x: 300,
      y: 0,
      width: 250,
      height: 60,
      color: "#a1B2c3",
      file: "Home.md",
      subpath: "#Start",
    },
    { id: "c", type: "link", x: 0, y: 100, width: 250, height: 60, url: "https://jsoncanvas.org" },
  ],
  edges: [
    {
      id: "e",
      fromNode: "a",
      fromSide: "right",
      fromEnd: "none",
      toNode: "b",
      toSide: "left",
      toEnd: "arrow",
      color: "1",
      label: "needs",
    },
  ],
};

const tell = (document: unknown) => checkCanvas(JSON.stringify(document)).problems.map(({ message }) => message);

/** The sound canvas with one node or edge changed. */
function change(kind: "nodes" | "edges", at: number, values: object): object {
  return { ...sound, [kind]: sound[kind].map((item, index) => (index === at ? { ...item, ...values } : item)) };
}

describe("checkCanvas", () => {
  it("finds nothing wrong with a sound canvas, and gives its files", () => {
    expect(checkCanvas(JSON.stringify(sound))).toMatchObject({ problems: [], files: ["Home.md"], canvas: sound });
    expect(checkCanvas("")).toMatchObject({ problems: [], canvas: { nodes: [], edges: [] } });
    expect(tell({})).toEqual([]);
  });

  it("leaves keys alone that the specification does not name", () => {
    expect(tell({ ...sound, metadata: { version: "1.0" } })).toEqual([]);
    expect(tell(change("nodes", 1, { styleAttributes: {} }))).toEqual([]);
  });

  it.each([
    ["a position that is no whole number", change("nodes", 1, { x: 0.5 }), '"x" is no whole number'],
    ["a size that is text", change("nodes", 1, { width: "250" }), '"width" is no whole number'],
    ["a type that does not exist", change("nodes", 1, { type: "note" }), 'its type is "note"'],
    ["a text node without text", change("nodes", 1, { text: undefined }), 'a text node has "text"'],
    ["a file node without file", change("nodes", 2, { file: 1 }), 'a file node has "file"'],
    ["a subpath without #", change("nodes", 2, { subpath: "Start" }), "its subpath does not begin"],
    ["a link node without address", change("nodes", 3, { url: null }), 'a link node has "url"'],
    ["a colour beyond the presets", change("nodes", 1, { color: "7" }), 'its color is "7"'],
    ["a colour that is a number", change("nodes", 1, { color: 4 }), "its color is 4"],
    ["a background drawn in no known way", change("nodes", 0, { backgroundStyle: "fill" }), "backgroundStyle"],
    ["a label that is no text", change("nodes", 0, { label: 1 }), "its label is no text"],
    ["two nodes of one id", change("nodes", 1, { id: "b" }), 'two nodes have the id "b"'],
    ["a node without id", change("nodes", 3, { id: undefined }), "node 4 has no id"],
    ["an edge from nowhere", change("edges", 0, { fromNode: "z" }), '"fromNode" is "z"'],
    ["an edge to nowhere", change("edges", 0, { toNode: undefined }), '"toNode" is undefined'],
    ["an edge at no side", change("edges", 0, { toSide: "middle" }), '"toSide" is "middle"'],
    ["an edge that ends in no known way", change("edges", 0, { toEnd: "dot" }), '"toEnd" is "dot"'],
    ["nodes that are no list", { nodes: {} }, '"nodes" is no list'],
    ["a node that is no object", { nodes: [1] }, "node 1 is no object"],
    ["a list", [], "no object with nodes and edges"],
  ])("tells of %s", (_what, document, said) => {
    const found = tell(document);
    expect(found.join("\n")).toContain(said);
    expect(checkCanvas(JSON.stringify(document)).canvas).toBeUndefined();
  });

  it("tells of text that is no JSON", () => {
    expect(checkCanvas("{").problems[0]?.message).toContain("not valid JSON");
  });
});
