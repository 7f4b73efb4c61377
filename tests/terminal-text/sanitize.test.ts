import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  sanitizeLine,
  sanitizeOutput,
  sanitizeText,
  screenLine,
  screenText,
  showUnseen,
} from "../../src/terminal-text/index.ts";

describe("output made safe", () => {
  it.each([
    ["colours", "\x1b[1;31mred\x1b[0m", "red"],
    ["cursor movement and modes", "\x1b[2J\x1b[H\x1b[?1049hx\x1b7\x1b(B", "x"],
    ["titles, links and the clipboard", "\x1b]0;t\x07a\x1b]8;;http://x\x1b\\b\x1b]52;c;aGk=\x07", "ab"],
    ["device strings", "\x1bPq#0\x1b\\a\x1b_x\x1b\\b", "ab"],
    ["eight-bit sequences", "\x9b31mred\x9d0;t\x9cx", "redx"],
    ["a sequence that is cut", "abc\x1b[31", "abc"],
    ["control characters", "a\0b\x07c\x7fd\x85e\tf\n", "abcde\tf\n"],
    ["progress bars", "1%\r2%\r\ndone", "1%\n2%\ndone"],
    ["characters that reorder text", "a\u202eb\u2066c\u200fd", "abcd"],
  ])("loses %s", (_what, raw, safe) => {
    expect(sanitizeText(raw)).toBe(safe);
  });

  it("keeps text of any language whole when its beginning was cut in a character", () => {
    const bytes = Buffer.from("aüß☃𝕏");
    expect(sanitizeOutput(bytes.subarray(2))).toBe("ß☃𝕏");
    expect(sanitizeOutput(bytes.subarray(7))).toBe("𝕏");
    expect(sanitizeOutput(Buffer.from("𝕏b").subarray(1))).toBe("b");
  });

  it("becomes one short line for a reason", () => {
    expect(sanitizeLine(" a\n\x1b[31mb\t c ")).toBe("a b c");
    expect(sanitizeLine("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
  });

  it.each([
    ["a string without end hides its line only", "a\x1b]0;hidden\nb\x9dx\rc", "a\nb\nc"],
    ["what only begins like a sequence hides little", `a\x1b[${"1;".repeat(500)}mb`, `a${"1;".repeat(468)}mb`],
    ["every direction control", "a\u061cb\u200ec\u202ad\u2069e", "abcde"],
    [
      "what nobody sees, tags and fillers included",
      "a\u00adb\u200bc\u2060d\u{e0041}e\u3164f\ufeffg\ufff9h\u{e0100}i",
      "abcdefghi",
    ],
    ["separators of lines that are none", "a\u2028b\u2029c", "a b c"],
    ["half a surrogate pair", "a\ud83db\ude00", "a\ufffdb\ufffd"],
    ["a pair that a control had parted, as the tag that it is", "a\udb40\x07\udc41b", "ab"],
    ["no joiners, and no style of an emoji", "می\u200cخواهم 👩\u200d👧 ❤\ufe0f", "می\u200cخواهم 👩\u200d👧 ❤\ufe0f"],
  ])("loses %s", (_what, raw, safe) => {
    expect(sanitizeText(raw)).toBe(safe);
  });

  it("loses nothing of what was written, and of what was printed what was printed over", () => {
    const raw = "10%\r50%\r100%\r\ndone\r";
    expect(sanitizeText(raw)).toBe("10%\n50%\n100%\ndone\n");
    expect(sanitizeOutput(raw)).toBe("100%\ndone");
    expect(sanitizeOutput("100%\r\r\ndone")).toBe("100%\ndone");
    expect(sanitizeLine("rm -rf / #\rnpm test")).toBe("rm -rf / # npm test");
  });

  it("shows a reader of code what is hidden in it, and leaves an emoji its style", () => {
    expect(showUnseen("a\u200bb\u202ec\rd\r\ne\x1b[2Jf\tg")).toBe("a\\u{200b}b\\u{202e}c\\u{d}d\r\ne\\u{1b}[2Jf\tg");
    expect(showUnseen("❤\ufe0f\ufe0f ❤\ufe0f\u{e0101} x\ufe0f")).toBe("❤\ufe0f\\u{fe0f} ❤\ufe0f\\u{e0101} x\\u{fe0f}");
  });

  it("leaves out a character of which only a part is there", () => {
    const bytes = Buffer.from("a𝕏b𝕏");
    for (const missing of [1, 2, 3]) {
      expect(sanitizeOutput(bytes.subarray(0, bytes.length - missing))).toBe("a𝕏b");
    }
    expect(sanitizeLine("aa😀bb", 4)).toBe("aa…");
  });
});

/** Whatever a worker may print: pieces of sequences, controls, and everything that hides, joins or reorders. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...["\x1b", "[", "]", "P", "31m", "0;1m", "\x07", "\x9b", "\x9d", "\x9c", "\\", "\r", "\n", "\t", "\0"],
      ),
      fc.constantFrom(
        ...["\u200d", "\u200b", "\u202e", "\u2066", "\u061c", "\ufeff", "\u2028", "\ufe0f", "\u{e0041}", "\ufff9"],
      ),
      fc.constantFrom(...["\ud83d", "\ude00", "\udb40", "\udc41", "é", "e\u0301", "\u0316", "日", "👩", " ", "…"]),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));
const ACTS = /[\p{Bidi_Control}\p{Surrogate}\u2028\u2029]|(?![\n\t])\p{Cc}/u;

describe("any text made safe", () => {
  it("holds nothing that acts on a terminal or reorders text, and goes through again unchanged", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 50 }), (raw, maxLength) => {
        for (const clean of [sanitizeText, sanitizeOutput]) {
          const once = clean(raw);
          expect(once).not.toMatch(ACTS);
          expect(clean(once)).toBe(once);
        }
        const line = sanitizeLine(raw, maxLength);
        expect(line).not.toMatch(ACTS);
        expect(line).not.toMatch(/[\n\t]|^\s|\s$/);
        expect(line.length).toBeLessThanOrEqual(maxLength);
        expect(sanitizeLine(line, maxLength)).toBe(line);
        expect(showUnseen(raw)).not.toMatch(/\p{Default_Ignorable_Code_Point}(?<!\p{Extended_Pictographic}\ufe0f)/u);
      }),
      { numRuns: 1_000 },
    );
  });

  it("never holds a control character, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const character of sanitizeOutput(Buffer.from(bytes))) {
          const code = character.codePointAt(0) ?? 0;
          expect(code === 9 || code === 10 || (code >= 32 && !(code >= 127 && code < 160))).toBe(true);
        }
      }),
    );
  });

  it("says the same as before of text that holds nothing of the kind", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (raw) => {
        const plain = raw.replace(
          /(?!\u200d|[\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|[\p{Cc}\u2028\u2029\ufff9-\ufffb]/gu,
          "",
        );
        expect(sanitizeText(plain)).toBe(plain);
        expect(sanitizeOutput(plain)).toBe(plain);
      }),
    );
  });
});

describe("megabytes made to be slow", () => {
  // A cost that grows with the square of the length would take hours for these, and the limit of the test would end it.
  const many = (piece: string): string => piece.repeat(300_000 / piece.length);
  it.each([
    ["escapes", many("\x1b")],
    ["beginnings of control sequences", many("\x1b[")],
    ["long parameters", many(`\x1b[${"1;".repeat(40)}`)],
    ["beginnings of strings", many("\x1b]0;")],
    ["eight-bit strings", many("\x9d")],
    ["colours", many("\x1b[1m")],
    ["returns after many lines", many("line\n") + many("a\r")],
    ["returns with open colours", `${"\x1b[1m".repeat(50)}${many("a\r")}`],
    ["marks in an order that is not theirs", `a${many("\u0301")}${many("\u0316")}`],
    ["white space", `${many(" ")}x${many("\t")}`],
    ["joiners", many("👩\u200d")],
  ])("take their time only once: %s", (_what, raw) => {
    for (const clean of [sanitizeText, sanitizeOutput, sanitizeLine, showUnseen, screenLine]) clean(raw);
    for (const colour of [true, false]) screenText(raw, { colour });
  });
});
