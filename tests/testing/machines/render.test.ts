/** Diagrams and documents of machines: what they show, and that no name in a machine can mean anything to who draws them. */
import fc from "fast-check";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, createMachine } from "xstate";
import { pathsOf, renderDot, renderMermaid, renderReport } from "../../../src/testing/machines/index.ts";
import { mediaPlayer } from "./fixtures/media-player.ts";
import { trafficLight } from "./fixtures/traffic-light.ts";

/** A machine with these names everywhere; each state once, each event once. */
function namedWith(names: readonly string[]): AnyStateMachine {
  const [first = "a", inner = "b", event = "c", guard = "d", id = "e"] = names;
  // XState takes targets apart at backslashes, too.
  const outer = first.replace(/\\/g, "/");
  return createMachine({
    id: id.replace(/\./g, "") || "m",
    initial: outer,
    states: {
      [outer]: {
        initial: inner,
        states: {
          [inner]: { on: { [event]: { guard: { type: guard }, actions: "note" } } },
          [`${inner}2`]: { type: "final" },
        },
      },
      [`${outer}2`]: { always: `${outer}3` },
      [`${outer}3`]: { type: "parallel", states: { [inner]: {}, [event]: {} } },
    },
    on: { [`${event}2`]: { actions: "note" } },
  } as never);
}

/** Names that hold what diagrams and documents are made of. No dots: XState takes targets apart at them. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."\"\\`'#:;{}[]()<>|%*_-~!&/\n\r\t\u2028\u001b", "-->", "[*]", "--", "end", "état", "\u202e"),
      fc.string(),
    ),
  )
  .map((parts) => parts.join("").replace(/[.*#]/g, "#").replace(/^#+/, ""))
  .filter((text) => text.trim() !== "");
const machine = fc.uniqueArray(name, { minLength: 5, maxLength: 5 }).map(namedWith);

describe("a Mermaid diagram", () => {
  it("shows boxes in boxes, regions, first and final states, guards, and arrows where Mermaid takes them", async () => {
    await expect(renderMermaid(mediaPlayer)).toMatchFileSnapshot("snapshots/media-player.mmd");
    expect(renderMermaid(trafficLight)).toContain("  s__any --> s_red_flashing : POWER_OUTAGE\n");
    expect(renderMermaid(trafficLight)).toContain("    s_red_stop --> [*]\n");
  });

  it("is made of lines that Mermaid knows, whatever the names", () => {
    const label = String.raw`(?:[\p{L}\p{N} .,_[\]()→…-]|#\d+;)*`;
    const line = new RegExp(
      String.raw`^ *(?:stateDiagram-v2|state "${label}" as \w+(?: \{)?|\}|--|(?:\w+|\[\*\]) --> (?:\w+|\[\*\])(?: : ${label})?)$`,
      "u",
    );
    fc.assert(
      fc.property(machine, (made) => {
        const lines = renderMermaid(made).trimEnd().split("\n");
        expect(lines.filter((each) => !line.test(each))).toEqual([]);
        expect(lines.filter((each) => each.includes(" : "))).toHaveLength(3);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe("a Graphviz graph", () => {
  it("shows clusters, and arrows that end at their rims", async () => {
    await expect(renderDot(mediaPlayer)).toMatchFileSnapshot("snapshots/media-player.dot");
  });

  it("holds names in strings only", () => {
    fc.assert(
      fc.property(machine, (made) => {
        const bare = renderDot(made).replace(/"(?:[^"\\\n]|\\["\\])*"/g, '""');
        expect(bare).toMatch(/^digraph "" \{\n[\w\s=",;[\]{}>-]*\}\n$/);
        expect(bare.split("{").length).toBe(bare.split("}").length);
        expect(bare.split('label="", ltail').length + bare.split('[label=""]').length).toBeGreaterThan(2);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe("a report as Markdown", () => {
  it("reads like a page about the machine", async () => {
    const report = pathsOf(mediaPlayer, { bounds: { volume: 1 }, coverage: "states" });
    await expect(renderReport(report)).toMatchFileSnapshot("snapshots/media-player.paths.md");
  });

  it("holds no markup but its own, whatever the names", () => {
    const own = new Set(["root", "heading", "paragraph", "text", "list", "listItem", "inlineCode", "strong"]);
    const typesIn = (node: { type: string; children?: object[] }): string[] => [
      node.type,
      ...(node.children ?? []).flatMap((child) => typesIn(child as typeof node)),
    ];
    fc.assert(
      fc.property(machine, (made) => {
        const page = renderReport(pathsOf(made));
        expect(typesIn(unified().use(remarkParse).parse(page)).filter((type) => !own.has(type))).toEqual([]);
        expect(page.split("\n").filter((line) => line.startsWith("# "))).toHaveLength(1);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
