import { describe, expect, it } from "vitest";
import { cellWidth } from "../../src/tui/cells.ts";
import { linesOf } from "../../src/tui/output-lines.ts";

describe("lines of output", () => {
  it("carry the colour that was open where they begin and close it", () => {
    expect(linesOf(Buffer.from("\u001b[31ma\nb\u001b[0m\nc\n"), { colour: true })).toEqual([
      "\u001b[31ma\u001b[0m",
      "\u001b[31mb\u001b[0m",
      "c",
    ]);
  });

  it("carry no colour on when it takes more to open than a line has", () => {
    const [first = "", second] = linesOf(Buffer.from(`${"\u001b[1m".repeat(100)}a\nb\n`), { colour: true });
    expect(first).toMatch(/a$/);
    expect(second).toBe("b");
  });

  it("show binary parts as a placeholder and the text around them", () => {
    const lines = linesOf(
      Buffer.concat([Buffer.from("before\n"), Buffer.from([0, 1, 2, 10, 0, 3, 10]), Buffer.from("after")]),
      {
        colour: true,
      },
    );
    expect(lines).toEqual(["before", "▒▒ binary output, about 7 bytes, not shown ▒▒", "after"]);
  });

  it("drop the first line when the bytes begin in the middle of the output", () => {
    expect(linesOf(Buffer.from("\ufffd;31mhalf\nwhole"), { colour: true, isCut: true })).toEqual(["whole"]);
    expect(linesOf(Buffer.from("one line without end"), { colour: true, isCut: true })).toEqual([
      "one line without end",
    ]);
  });

  it("have a width that does not depend on how characters join", () => {
    const [line = ""] = linesOf(Buffer.from("👩‍👩‍👧 👍🏽 ❤️ 1️⃣ 日本"), { colour: true });
    const apart = [...line].reduce((sum, character) => sum + cellWidth(character), 0);
    expect(cellWidth(line)).toBe(apart);
  });
});
