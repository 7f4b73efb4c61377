import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { screenLine, screenText } from "../../src/terminal-text/index.ts";

const SGR = /\u001b\[[\d;]*m/g;
const FORBIDDEN = /[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/u;

/** What is left of a text once its colours and line feeds are taken out: must hold nothing that acts. */
function bare(text: string): string {
  return text.replace(SGR, "").replaceAll("\n", "");
}

describe("text for the screen", () => {
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
    expect(screenText(raw, { colour: true })).toBe(clean);
  });

  it("keeps colours and plain attributes, and drops hiding, blinking and the malformed", () => {
    const raw = "\u001b[1;31mred\u001b[8mhidden\u001b[5m\u001b[38;5;208mo\u001b[48:2:1:2:3mb\u001b[38;5;999mx\u001b[0m";
    const clean = "\u001b[1m\u001b[31mredhidden\u001b[38;5;208mo\u001b[48;2;1;2;3mbx\u001b[0m";
    expect(screenText(raw, { colour: true })).toBe(clean);
    expect(screenText(raw, { colour: false })).toBe("redhiddenobx");
  });

  it("begins a line anew as a terminal does: in the first column, in the colour that is open", () => {
    expect(screenText("\u001b[31mold\rnew", { colour: true })).toBe("\u001b[31mnew");
    expect(screenText("abcdef\ra\tb", { colour: false })).toBe("a       b");
  });

  it("makes one plain line of a title", () => {
    expect(screenLine("  two\r\nlines \u001b[31mred\u001b[0m")).toBe("two lines red");
    // A title hides nothing: a return is no way to write over it.
    expect(screenLine("rm -rf / #\rnpm test")).toBe("rm -rf / # npm test");
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
          expect(bare(screenText(raw, { colour: true }))).not.toMatch(FORBIDDEN);
          expect(screenText(raw, { colour: false }).replaceAll("\n", "")).not.toMatch(FORBIDDEN);
          expect(screenLine(raw)).not.toMatch(FORBIDDEN);
          // What came out goes through unchanged.
          for (const colour of [true, false]) {
            const once = screenText(raw, { colour });
            expect(screenText(once, { colour })).toBe(once);
          }
          expect(screenLine(screenLine(raw))).toBe(screenLine(raw));
        },
      ),
      { numRuns: 300 },
    );
  });
});
