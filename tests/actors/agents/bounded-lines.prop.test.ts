import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedLines } from "../../../src/actors/agents/conversation.ts";

/** What becomes of these chunks: lines, and sizes of lines that were left out. */
function cut(chunks: Buffer[], longest: number): (string | number)[] {
  const seen: (string | number)[] = [];
  const lines = new BoundedLines({ line: (text) => seen.push(text), tooLong: (bytes) => seen.push(bytes) }, longest);
  for (const chunk of chunks) {
    lines.push(chunk);
    // Nobody may hold on to what is not his: the reader of a pipe uses its buffer again.
    chunk.fill(0);
  }
  lines.finish();
  return seen;
}

describe("bounded lines", () => {
  it("are the lines of the text wherever it is cut, and those beyond the bound only counted", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "ü", "€", "😀", "\u2028", " "), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 200 })), fc.boolean(), (lines, cuts, isEnded) => {
        const whole = Buffer.from(lines.join("\n") + (isEnded ? "\n" : ""));
        const places = [...new Set(cuts.filter((at) => at < whole.length))].sort((a, b) => a - b);
        const chunks = [0, ...places].map((at, index) =>
          Buffer.from(whole.subarray(at, places[index] ?? whole.length)),
        );
        const wanted = lines
          .filter((text) => text !== "")
          .map((text) => (Buffer.byteLength(text) > 16 ? Buffer.byteLength(text) : text));
        expect(cut(chunks, 16)).toEqual(wanted);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("end at a carriage return and newline as well", () => {
    expect(cut([Buffer.from("one\r\ntwo\r\n")], 100)).toEqual(["one", "two"]);
  });
});
