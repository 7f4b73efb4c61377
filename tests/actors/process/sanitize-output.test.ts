import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sanitizeLine, sanitizeOutput, sanitizeText } from "../../../src/actors/process/index.ts";

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
  });

  it("becomes one short line for a reason", () => {
    expect(sanitizeLine(" a\n\x1b[31mb\t c ")).toBe("a b c");
    expect(sanitizeLine("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
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
});
