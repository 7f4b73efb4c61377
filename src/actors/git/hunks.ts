/** Which lines a diff without context takes away and brings. */

/** A range of lines `[from, to)`, one-based. */
export interface Range {
  from: number;
  to: number;
}

export interface Hunks {
  /** In the numbering of the side before. */
  removed: Range[];
  /** In that of the side after. */
  added: Range[];
}

export const everything: Range = { from: 1, to: Number.POSITIVE_INFINITY };

/** Reads hunk headers; every other line of such a diff starts with `+`, `-`, `\\` or belongs to the file header. */
export function parseHunks(diff: string): Hunks {
  if (/^Binary files /m.test(diff)) return { removed: [everything], added: [everything] };
  const hunks: Hunks = { removed: [], added: [] };
  for (const [, oldFrom, oldCount, newFrom, newCount] of diff.matchAll(
    /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm,
  )) {
    // A count of nothing names the line after which the other side's lines go: that is no range.
    if (oldCount !== "0") hunks.removed.push(asRange(oldFrom, oldCount));
    if (newCount !== "0") hunks.added.push(asRange(newFrom, newCount));
  }
  return hunks;
}

function asRange(from: string | undefined, count: string | undefined): Range {
  const start = Number(from);
  return { from: start, to: start + (count === undefined ? 1 : Number(count)) };
}

/** Where a line of the side before is on the side after; null where it is not there any more. Ranges are in order. */
export function followLine(line: number, { removed, added }: Hunks): number | null {
  if (removed.some(({ from, to }) => line >= from && line < to)) return null;
  let at = line - removed.reduce((sum, { from, to }) => (to <= line ? sum + to - from : sum), 0);
  for (const { from, to } of added) if (from <= at) at += to - from;
  return at;
}
