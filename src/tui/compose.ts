/** Lays texts over one another on a grid of cells: the later one covers the earlier, cut at the cells it covers. */
import { piecesOf } from "./cells.ts";
import type { Size } from "./layout.ts";

/** A row of text at a place; `text` takes exactly `width` cells, may hold SGR and closes the styles it opens. */
export interface Placed {
  x: number;
  y: number;
  width: number;
  text: string;
}

/** The rows of a screen, from its parts in the order in which they are painted. What lies outside is left out. */
export function composeRows(parts: readonly Placed[], size: Size): string[] {
  const rows: Placed[][] = Array.from({ length: size.rows }, () => []);
  for (const part of parts) {
    const row = rows[part.y];
    if (row === undefined || part.x < 0 || part.width <= 0) continue;
    rows[part.y] = [...row.flatMap((under) => uncover(under, part)), part];
  }
  return rows.map((row) => joinRow(row, size.columns));
}

/** What is still seen of a part below another: nothing, one side of it, or both. */
function uncover(under: Placed, over: Placed): Placed[] {
  const overEnd = over.x + over.width;
  const underEnd = under.x + under.width;
  if (overEnd <= under.x || over.x >= underEnd) return [under];
  const seen: Placed[] = [];
  if (under.x < over.x) seen.push(cut(under, under.x, over.x));
  if (underEnd > overEnd) seen.push(cut(under, overEnd, underEnd));
  return seen;
}

function cut(part: Placed, from: number, to: number): Placed {
  return { x: from, y: part.y, width: to - from, text: sliceCells(part.text, from - part.x, to - part.x) };
}

/** The cells `from` to `to` of a text with the styles that hold there; half of a wide character becomes a space. */
export function sliceCells(text: string, from: number, to: number): string {
  let out = "";
  let column = 0;
  let isStyled = false;
  for (const piece of piecesOf(text)) {
    if (piece.isStyle) {
      out += piece.text;
      isStyled = true;
      continue;
    }
    const end = column + piece.width;
    if (column >= from && end <= to) out += piece.text;
    else if (end > from && column < to) out += " ".repeat(Math.min(end, to) - Math.max(column, from));
    column = end;
  }
  return isStyled ? `${out}\u001b[0m` : out;
}

function joinRow(parts: readonly Placed[], columns: number): string {
  let out = "";
  let column = 0;
  for (const part of parts.toSorted((a, b) => a.x - b.x)) {
    if (part.x >= columns) break;
    out += " ".repeat(Math.max(0, part.x - column));
    const isWhole = part.x + part.width <= columns;
    out += isWhole ? part.text : sliceCells(part.text, 0, columns - part.x);
    column = part.x + part.width;
  }
  return out;
}
