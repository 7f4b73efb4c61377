import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { screenText } from "../../src/terminal-text/index.ts";
import { cellWidth, fit, spread, truncate, truncateMessage, wrap, wrapWords } from "../../src/tui/cells.ts";
import { composeRows, sliceCells } from "../../src/tui/compose.ts";

const coloured = fc
  .array(fc.constantFrom("a", "é", "日", "🚀", " ", "\u001b[31m", "\u001b[0m", "word", "━"), { maxLength: 40 })
  .map((parts) => screenText(parts.join(""), { colour: true }));

describe("text in cells", () => {
  it("shortens the paths of a message before its words", () => {
    const message = "kept /home/me/code/x.worktrees/run/t.1: disk full";
    expect(truncateMessage(message, 24)).toBe("kept /…/t.1: disk full");
    expect(truncateMessage(message, 80)).toBe(message);
    expect(truncateMessage(message, 12)).toBe("kept /…/t.1…");
  });

  it("is cut before a wide character that would not fit", () => {
    expect(truncate("日本語", 4)).toBe("日…");
    expect(truncate("abc", 3)).toBe("abc");
    expect(truncate("abc", 0)).toBe("");
  });

  it("closes a style that it cuts", () => {
    expect(truncate("\u001b[31mabcdef", 3)).toBe("\u001b[31mab…\u001b[0m");
  });

  it("fits exactly, whatever it holds", () => {
    fc.assert(
      fc.property(coloured, fc.nat(30), (text, width) => {
        expect(cellWidth(fit(text, width))).toBe(width);
        expect(cellWidth(spread(text, "end", width))).toBe(width);
      }),
    );
  });

  it("wraps into rows that are never too wide and lose nothing", () => {
    const plain = (text: string) => text.replace(/\u001b\[[\d;]*m/g, "");
    fc.assert(
      fc.property(coloured, fc.integer({ min: 2, max: 20 }), (text, width) => {
        const rows = wrap(text, width);
        for (const row of rows) expect(cellWidth(row)).toBeLessThanOrEqual(width);
        expect(plain(rows.join(""))).toBe(plain(text));
      }),
    );
  });

  it("repeats the open style on each wrapped row", () => {
    expect(wrap("\u001b[31mabcd\u001b[0me", 2)).toEqual(["\u001b[31mab\u001b[0m", "\u001b[31mcd\u001b[0m", "e"]);
  });

  it("breaks prose at spaces and long words anywhere", () => {
    expect(wrapWords("keeps order underneath", 6)).toEqual(["keeps", "order", "undern", "eath"]);
  });
});

describe("parts of a screen", () => {
  it("cover what lies below, and half a wide character becomes a space", () => {
    const below = { x: 0, y: 0, width: 10, text: "\u001b[31m日本日本日\u001b[0m" };
    const [row] = composeRows([below, { x: 3, y: 0, width: 2, text: "[]" }], { columns: 10, rows: 1 });
    const red = "\u001b[31m";
    const reset = "\u001b[0m";
    expect(row).toBe(`${red}日 ${reset}${reset}[]${red} 本日${reset}${reset}`);
  });

  it("fill gaps and leave out what is outside", () => {
    const parts = [
      { x: 4, y: 1, width: 3, text: "abc" },
      { x: 0, y: 7, width: 1, text: "x" },
    ];
    expect(composeRows(parts, { columns: 6, rows: 2 })).toEqual(["", "    ab"]);
  });

  it("are cut to the cells asked for, whatever they hold", () => {
    fc.assert(
      fc.property(coloured, fc.nat(20), fc.nat(20), (text, from, length) => {
        const room = Math.max(0, Math.min(length, cellWidth(text) - from));
        expect(cellWidth(sliceCells(text, from, from + length))).toBe(room);
      }),
    );
  });
});
