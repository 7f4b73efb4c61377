/**
 * Text measured in terminal cells. Every function here takes text that may hold SGR sequences (`ESC [ … m`) and nothing
 * else that a terminal acts on: what comes from outside went through `src/terminal-text` first. Widths are those of
 * `string-width`, which Ink uses too, so that Ink's idea of a row and ours never differ.
 */
import stringWidth from "string-width";
import { shortenPaths } from "../terminal-text/index.ts";

/** One piece of a text: a style change of no width, or a grapheme. */
export interface Piece {
  text: string;
  /** Cells; 0 for an SGR sequence. */
  width: number;
  isStyle: boolean;
}

const ESC = "\u001b";
const RESET = `${ESC}[0m`;
const ELLIPSIS = "…";
/** ASCII, lines and boxes, and the glyphs of this screen: one cell and one code unit each, never joined to another. */
const ONE_CELL = /^[ -~\u2500-\u257f✔✖●▲◌❯…↵⇥↑↓→←×·▒]*$/;
const segmenter = new Intl.Segmenter();

/** Cells that a text takes on a terminal; SGR sequences take none. */
export function cellWidth(text: string): number {
  const plain = text.includes(ESC) ? dropStyles(text) : text;
  return ONE_CELL.test(plain) ? plain.length : stringWidth(plain);
}

/** Whether every character of a text (SGR aside) is one that all terminals show in one cell. */
export function isOneCellEach(text: string): boolean {
  return ONE_CELL.test(text.includes(ESC) ? dropStyles(text) : text);
}

/** A text without its SGR sequences. */
function dropStyles(text: string): string {
  let plain = "";
  let at = 0;
  for (let start = text.indexOf(ESC); start !== -1; start = text.indexOf(ESC, at)) {
    plain += text.slice(at, start);
    const end = text.indexOf("m", start);
    if (end === -1) return plain;
    at = end + 1;
  }
  return plain + text.slice(at);
}

/** The graphemes and style changes of a text, in order. */
export function* piecesOf(text: string): Generator<Piece> {
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf(ESC, at);
    const plainEnd = start === -1 ? text.length : start;
    if (plainEnd > at) yield* graphemesOf(text.slice(at, plainEnd));
    if (start === -1) return;
    const end = text.indexOf("m", start);
    if (end === -1) return;
    yield { text: text.slice(start, end + 1), width: 0, isStyle: true };
    at = end + 1;
  }
}

function* graphemesOf(plain: string): Generator<Piece> {
  if (ONE_CELL.test(plain)) {
    for (const text of plain) yield { text, width: 1, isStyle: false };
    return;
  }
  for (const { segment } of segmenter.segment(plain)) {
    yield { text: segment, width: cellWidth(segment), isStyle: false };
  }
}

/** At most `width` cells of a text, ending in `…` when something was cut; styles opened in it are closed. */
export function truncate(text: string, width: number): string {
  if (width <= 0) return "";
  if (cellWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  let isStyled = false;
  for (const piece of piecesOf(text)) {
    if (used + piece.width > width - 1) break;
    kept += piece.text;
    used += piece.width;
    isStyled ||= piece.isStyle;
  }
  return kept + ELLIPSIS + (isStyled ? RESET : "");
}

/** A message as `truncate` makes it, but that its paths give way first: a reason is worth more than where it happened. */
export function truncateMessage(text: string, width: number): string {
  return truncate(cellWidth(text) <= width ? text : shortenPaths(text), width);
}

/** Exactly `width` cells: cut with `…`, or filled with spaces on the right (on the left with `align` "right"). */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const own = cellWidth(text);
  const cut = own <= width ? text : truncate(text, width);
  const gap = " ".repeat(Math.max(0, width - (own <= width ? own : cellWidth(cut))));
  return align === "left" ? cut + gap : gap + cut;
}

/** `left` and `right` at the two ends of exactly `width` cells; `left` gives way first. */
export function spread(left: string, right: string, width: number): string {
  const rightPart = truncate(right, width);
  const room = width - cellWidth(rightPart);
  return fit(left, room) + rightPart;
}

/**
 * Breaks one line into rows of at most `width` cells. Each row carries the styles that were open where it begins and
 * closes them at its end, so that rows can be shown without the ones before. An empty line is one empty row.
 */
export function wrap(line: string, width: number): string[] {
  if (width <= 0) return [];
  if (cellWidth(line) <= width) return [line];
  const rows: string[] = [];
  let open = "";
  let row = "";
  let used = 0;
  for (const piece of piecesOf(line)) {
    if (piece.isStyle) {
      open = piece.text === RESET ? "" : open + piece.text;
      row += piece.text;
      continue;
    }
    if (used + piece.width > width && used > 0) {
      rows.push(open === "" ? row : row + RESET);
      row = open;
      used = 0;
    }
    row += piece.text;
    used += piece.width;
  }
  rows.push(open === "" ? row : row + RESET);
  return rows;
}

/** Breaks prose at spaces into rows of at most `width` cells; words longer than a row are broken. No SGR in `text`. */
export function wrapWords(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    const joined = row === "" ? word : `${row} ${word}`;
    if (cellWidth(joined) <= width) {
      row = joined;
      continue;
    }
    if (row !== "") rows.push(row);
    const parts = wrap(word, width);
    row = parts.pop() ?? "";
    rows.push(...parts);
  }
  if (row !== "" || rows.length === 0) rows.push(row);
  return rows;
}
