import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyParser } from "../../src/tui/keys.ts";

function keysOf(text: string): string[] {
  const parser = new KeyParser();
  return [...parser.push(Buffer.from(text)), ...parser.flush()];
}

const SAMPLES = [
  "j",
  "G",
  "?",
  "é",
  "日",
  "🚀",
  "\r",
  "\t",
  "\u0003",
  "\u001b",
  "\u001b[A",
  "\u001bOB",
  "\u001b[1;5C",
  "\u001b[6~",
  "\u001b[Z",
  "\u001b[I",
  "\u001b[O",
  "\u001b[<0;12;5M",
  "\u001b[M !!",
  "\u001b[200~rm -rf /\nq\u001b[201~",
  "\u001b]11;rgb:0/0/0\u0007",
  "\u001bP1$r0m\u001b\\",
];

describe("the key parser", () => {
  it("keeps fast keys apart", () => {
    expect(keysOf("jjj")).toEqual(["j", "j", "j"]);
  });

  it("names control keys, arrows and keys with modifiers", () => {
    expect(keysOf("\u0003\u0004\u0015\t\r \u007f")).toEqual([
      "ctrl-c",
      "ctrl-d",
      "ctrl-u",
      "tab",
      "enter",
      "space",
      "backspace",
    ]);
    expect(keysOf("\u001b[A\u001bOB\u001b[1;5C\u001b[5~\u001b[Z\u001bx")).toEqual([
      "up",
      "down",
      "ctrl-right",
      "pageup",
      "shift-tab",
      "alt-x",
    ]);
  });

  it("takes a lone escape for a key only when it is told that nothing follows", () => {
    const parser = new KeyParser();
    expect(parser.push(Buffer.from("\u001b"))).toEqual([]);
    expect(parser.hasPendingEscape).toBe(true);
    expect(parser.flush()).toEqual(["esc"]);
    expect(parser.push(Buffer.from("q"))).toEqual(["q"]);
  });

  it("ignores what is pasted, the mouse, focus and answers of the terminal", () => {
    const noise =
      "\u001b[200~q\u001b[A d\u001b[201~\u001b[I\u001b[O\u001b[<0;12;5M\u001b[M !!\u001b]11;rgb:0\u001b\\\u001b[?1;2c";
    expect(keysOf(`j${noise}k`)).toEqual(["j", "k"]);
  });

  it("comes back from a control sequence that never ends", () => {
    expect(keysOf(`\u001b[${"1;".repeat(60)}jjk`).slice(-1)).toEqual(["k"]);
  });

  it("gives the same keys however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...SAMPLES), fc.string({ maxLength: 3 })), { maxLength: 12 }),
        fc.array(fc.nat(60), { maxLength: 12 }),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(""));
          const parser = new KeyParser();
          const keys: string[] = [];
          let from = 0;
          for (const cut of cuts.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b)) {
            keys.push(...parser.push(bytes.subarray(from, cut)));
            from = cut;
          }
          keys.push(...parser.push(bytes.subarray(from)), ...parser.flush());
          expect(keys).toEqual(keysOf(parts.join("")));
        },
      ),
      { numRuns: 300 },
    );
  });
});
