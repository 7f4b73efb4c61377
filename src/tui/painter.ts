/**
 * Turns frames into the bytes that change the screen from the last one: only rows that differ, each addressed
 * absolutely, inside one synchronized update. Last line of defence too: whatever a row holds, only its printable
 * characters and SGR sequences reach the terminal.
 */
import { cellWidth, isOneCellEach, piecesOf } from "./cells.ts";
import type { Size } from "./layout.ts";

const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";
const RESET = "\u001b[0m";
const ERASE_REST = "\u001b[K";
const CLEAR = "\u001b[0m\u001b[2J";

const CONTROL = /\p{Control}/u;

/** Remembers what is on the screen. */
export class Painter {
  #shown: readonly string[] = [];
  #size: Size = { columns: 0, rows: 0 };

  /** The bytes that bring the screen to these rows; empty when it already shows it. A new size repaints all. */
  paint(rows: readonly string[], size: Size): string {
    const isNewSize = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const before = isNewSize ? [] : this.#shown;
    let changes = "";
    for (let index = 0; index < size.rows; index += 1) {
      const row = rows[index] ?? "";
      if (before[index] === row || (before.length === 0 && row === "")) continue;
      changes += `\u001b[${index + 1};1H${drawRow(row, size.columns)}`;
    }
    this.#shown = Array.from({ length: size.rows }, (_, index) => rows[index] ?? "");
    this.#size = size;
    if (changes === "" && !isNewSize) return "";
    return BEGIN + (isNewSize ? CLEAR : "") + changes + END;
  }

  /** Forgets the screen, because something else wrote on it: the next frame is painted whole. */
  forget(): void {
    this.#shown = [];
    this.#size = { columns: 0, rows: 0 };
  }
}

/**
 * One row. After characters whose width terminals may disagree on, the cursor is put where the next one belongs, so that a
 * wide character never shifts the border behind it.
 */
function drawRow(row: string, columns: number): string {
  const width = cellWidth(row);
  const rest = RESET + (width < columns ? ERASE_REST : "");
  if (isOneCellEach(row)) return row + rest;
  let out = "";
  let column = 0;
  let isDoubtful = false;
  for (const piece of piecesOf(row)) {
    if (piece.isStyle) {
      out += piece.text;
      continue;
    }
    if (CONTROL.test(piece.text)) continue;
    if (isDoubtful && isOneCellEach(piece.text)) {
      out += `\u001b[${column + 1}G`;
      isDoubtful = false;
    }
    isDoubtful ||= !isOneCellEach(piece.text);
    out += piece.text;
    column += piece.width;
  }
  return out + rest;
}
