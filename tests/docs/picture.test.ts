/** Pictures of the screen: how cells are drawn, and that the one that is kept shows the screen as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { hintsOf } from "../../src/tui/keymap.ts";
import { ROOT } from "../helpers/compile-src.ts";

interface Cell {
  text: string;
  width: number;
  foreground: number | string | null;
  background: number | string | null;
  isBold: boolean;
  isDim: boolean;
}

const script = pathToFileURL(join(ROOT, "scripts/cells-to-svg.mjs")).href;
const { cellsToSvg } = (await import(script)) as {
  cellsToSvg: (rows: readonly (readonly Cell[])[], about: { title: string }) => string;
};

const PLAIN = { width: 1, foreground: null, background: null, isBold: false, isDim: false };
const cells = (text: string, style = {}) => [...text].map((each) => ({ ...PLAIN, text: each, ...style }));

describe("cells as a picture", () => {
  it("are texts of a told width, one for each style", () => {
    const svg = cellsToSvg([[...cells("ab ", { foreground: 2 }), ...cells("c  ", { isBold: true })]], { title: "t" });
    const texts = [...svg.matchAll(/<text x="([\d.]+)" .*?textLength="([\d.]+)".*>(.*)<\/text>/g)];
    expect(texts.map(([, ...parts]) => parts)).toEqual([
      ["14", "16.8", "ab"],
      ["39.2", "8.4", "c"],
    ]);
    expect(svg).toContain('font-weight="bold"');
  });

  it("are lines that meet, where they are lines", () => {
    const svg = cellsToSvg([cells("──"), cells("╰╯")], { title: "t" });
    expect(svg).not.toContain("<text");
    expect([...svg.matchAll(/<path d="([^"]*)"/g)].map(([, path]) => path)).toEqual([
      "M18.2 23L14 23M18.2 23L22.4 23M26.6 23L22.4 23M26.6 23L30.8 23",
      "M22.4 41Q18.2 41 18.2 32M22.4 41Q26.6 41 26.6 32",
    ]);
  });

  it("are never markup", () => {
    const svg = cellsToSvg([cells('<a href="&">')], { title: "<b>" });
    expect(svg).toContain('&lt;a href="&amp;"&gt;');
    expect(svg).toContain("<title>&lt;b&gt;</title>");
  });
});

describe("the picture of the screen", () => {
  const svg = readFileSync(join(ROOT, "docs/images/screen.svg"), "utf8");
  const texts = [...svg.matchAll(/<text x="[\d.]+" y="([\d.]+)" .*?>(.*)<\/text>/g)].map(([, y, text = ""]) => ({
    y,
    text,
  }));

  it("shows keys that the screen has; else: npm run picture", () => {
    const last = texts.filter(({ y }) => y === texts.at(-1)?.y).flatMap(({ text }) => text.trim().split(/ {2,}/));
    const known = hintsOf("overview").flatMap(({ key, word }) => [key, word]);
    expect(last.length).toBeGreaterThan(5);
    expect(last.filter((word) => !known.includes(word))).toEqual([]);
  });

  it("shows tasks that run and such that are merged", () => {
    expect(texts.map(({ text }) => text).join("\n")).toMatch(/running[\s\S]*merged/);
  });
});
