import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellWidth } from "../../src/tui/cells.ts";
import { linesOf, sanitizeLine, sanitizeText } from "../../src/tui/sanitize.ts";

const SGR = /\u001b\[[\d;]*m/g;
const FORBIDDEN = /[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/u;

/** What is left of a text once its colours and line feeds are taken out: must hold nothing that acts. */
function bare(text: string): string {
  return text.replace(SGR, "").replaceAll("\n", "");
}

describe("the sanitiser", () => {
  it.each([
    ["a title change", "a\u001b]0;owned\u0007b", "ab"],
    ["a clipboard write", "a\u001b]52;c;cHduZWQ=\u001b\\b", "ab"],
    ["a link", "\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\", "click"],
    ["cursor movement and clearing", "a\u001b[2J\u001b[1;1H\u001b[3Jb", "ab"],
    ["the alternate screen", "\u001b[?1049hx\u001b[?25l", "x"],
    ["a device control string", "a\u001bP+q544e\u001b\\b", "ab"],
    ["eight-bit controls", "a\u009b2Jb\u009d0;t\u009cc\u0085", "abc"],
    ["a string without end, up to its line", "a\u001b]0;hidden\nb", "a\nb"],
    ["a sequence cut by the end", "a\u001b[12", "a"],
    ["joiners and emoji variation", "👩\u200d👩\ufe0f", "👩👩"],
    ["bidirectional overrides", "user\u202egnp.exe\u2066x\u2069", "usergnp.exex"],
    ["flags, which terminals measure differently", "🇩🇪", "DE"],
    ["tabs", "a\tb", "a       b"],
    ["a progress line that overwrites itself", "10%\r50%\r100%\r\ndone", "100%\ndone"],
    ["bells and backspaces", "a\u0007\u0008b\u007f", "ab"],
    ["stacked marks", "Z\u0301\u0302\u0303\u0304\u0305", "Ź\u0302\u0303"],
    ["a lone surrogate", "a\ud800b", "a\ufffdb"],
  ])("takes out %s", (_, raw, clean) => {
    expect(sanitizeText(raw, { colour: true })).toBe(clean);
  });

  it("keeps colours and plain attributes, and drops hiding, blinking and the malformed", () => {
    const raw = "\u001b[1;31mred\u001b[8mhidden\u001b[5m\u001b[38;5;208mo\u001b[48:2:1:2:3mb\u001b[38;5;999mx\u001b[0m";
    const clean = "\u001b[1m\u001b[31mredhidden\u001b[38;5;208mo\u001b[48;2;1;2;3mbx\u001b[0m";
    expect(sanitizeText(raw, { colour: true })).toBe(clean);
    expect(sanitizeText(raw, { colour: false })).toBe("redhiddenobx");
  });

  it("makes one plain line of a title", () => {
    expect(sanitizeLine("  two\r\nlines \u001b[31mred\u001b[0m")).toBe("two lines red");
  });

  it("lets no control character and no escape but colours through, whatever comes", () => {
    const hostile = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "31m",
      "2J",
      "\u0007",
      "\u009b",
      "\u0090",
      "\\",
      "\u200d",
      "\u202e",
      "\r",
      "\n",
      "\t",
      "\ud800",
      "é",
      "日",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 30 }),
        (parts) => {
          const raw = parts.join("");
          expect(bare(sanitizeText(raw, { colour: true }))).not.toMatch(FORBIDDEN);
          expect(sanitizeText(raw, { colour: false }).replaceAll("\n", "")).not.toMatch(FORBIDDEN);
          expect(sanitizeLine(raw)).not.toMatch(FORBIDDEN);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("lines of output", () => {
  it("carry the colour that was open where they begin and close it", () => {
    expect(linesOf(Buffer.from("\u001b[31ma\nb\u001b[0m\nc\n"), { colour: true })).toEqual([
      "\u001b[31ma\u001b[0m",
      "\u001b[31mb\u001b[0m",
      "c",
    ]);
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
