/**
 * Reads a note's body fast and in bounded time: by its lines as long as that is certain to say what a tree would say,
 * else by a tree, for a few lines. What it says is always what the tree of the whole body says.
 *
 * remark costs the square of what one block holds and of how deep it nests, so it gets the body in portions: all blocks
 * of a portion but the last are complete, and the next portion begins where the last began, since nothing is open there
 * (a list's item at the outermost level counts as a block). The result is that of the whole body at once, but for
 * references across portions, which are no links here.
 *
 * Text that no person writes is read roughly instead: one block larger than `MAX_BLOCK_CHARS`, nested deeper than
 * `TOO_DEEP` tells, and what is left when a note has used up its `TREE_BUDGET`.
 */

import { fallbackScan } from "./fallback-scan.ts";
import type { BodyStructure } from "./parts.ts";
import { scanBlocks } from "./scan.ts";
import type { Span } from "./scan-inline.ts";
import { readTree } from "./tree.ts";

const PORTION_LINES = 24;
const PORTION_GROWTH = 4;
const MAX_BLOCK_CHARS = 16 * 1024;
/** In units of `costOf`: a megabyte of prose, which takes two seconds. */
const TREE_BUDGET = 2_000_000;
const TOO_DEEP =
  /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){40}|^[ \t]{200}|(?<!\[)\[{50}|(?<!`)`{200}|(?<![*_~])[*_~]{300}/m;

/** Adds what stands in a note's text from `bodyAt` on. */
export function readBody(text: string, bodyAt: number, into: BodyStructure): void {
  // Other line ends than usual, and marks that remark drops in some places, are left to the tree.
  const lines = /\r(?!\n)|\uFEFF/.test(text.slice(bodyAt)) ? [] : splitLines(text, bodyAt);
  let at = bodyAt;
  let size = PORTION_LINES;
  let budget = TREE_BUDGET;
  while (at < text.length) {
    if (size === PORTION_LINES && lines.length > 0) {
      const line = scanBlocks(text, lines, findLine(lines, at), into);
      at = lines[line]?.[0] ?? text.length;
      if (at >= text.length) return;
    }
    const to = endOfPortion(text, at, size);
    const portion = text.slice(at, to);
    budget -= costOf(portion);
    if (budget < 0 || TOO_DEEP.test(portion) || portion.length > 2 * MAX_BLOCK_CHARS) {
      fallbackScan(text, at, to, into);
      at = to;
      size = PORTION_LINES;
      continue;
    }
    const next = readTree(text, at, to, false, into);
    if (next === at && to < text.length && portion.length < MAX_BLOCK_CHARS) {
      size *= PORTION_GROWTH;
      continue;
    }
    // A block that is too large is cut.
    if (next === at) readTree(text, at, to, true, into);
    at = next === at ? to : next;
    size = PORTION_LINES;
  }
}

function splitLines(text: string, from: number): Span[] {
  const lines: Span[] = [];
  for (let at = from; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    lines.push([at, end < 0 ? next : text[end - 1] === "\r" && end > at ? end - 1 : end]);
    at = next;
  }
  return lines;
}

/** The line that begins at an offset. */
function findLine(lines: readonly Span[], at: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.[0] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The end of so many lines, or of the line in which a block becomes too large. */
function endOfPortion(text: string, from: number, lines: number): number {
  let at = from;
  for (let line = 0; line < lines && at < text.length && at - from < MAX_BLOCK_CHARS; line += 1) {
    const end = text.indexOf("\n", at);
    at = end < 0 ? text.length : end + 1;
  }
  return at;
}

/** What a text costs a tree: by its length, its lines, and the signs that make remark look back. */
function costOf(source: string): number {
  let cost = source.length;
  for (let at = 0; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === 10) cost += 64;
    else if (code === 91 || code === 42 || code === 95 || code === 96 || code === 126) cost += 100;
  }
  return cost;
}
