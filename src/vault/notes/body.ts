/**
 * Reads a note's body in bounded time. remark costs the square of what one block holds and of how deep it nests, so it
 * gets the body in portions: all blocks of a portion but the last are complete, and the next portion begins where the
 * last began, since nothing is open there (a list's item at the outermost level counts as a block). The result is that
 * of the whole body at once, but for references across portions, which are no links here.
 *
 * Text that no person writes is read roughly instead: one block larger than `maxBlockChars`, nested deeper than
 * `tooDeep` tells, and what is left when a note has used up its `treeBudget`.
 */
import type { BodyStructure } from "./parts.ts";
import { readRoughly } from "./rough.ts";
import { readTree } from "./tree.ts";

const portionLines = 60;
const portionGrowth = 4;
const maxBlockChars = 16 * 1024;
/** In units of `costOf`: a megabyte of prose, which takes two seconds. */
const treeBudget = 2_000_000;
const tooDeep = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){40}|^[ \t]{200}|\[{50}|`{200}|[*_~]{300}/m;

/** Adds what stands in a note's text from `bodyAt` on. */
export function readBody(text: string, bodyAt: number, into: BodyStructure): void {
  let at = bodyAt;
  let lines = portionLines;
  let budget = treeBudget;
  while (at < text.length) {
    const to = endOfPortion(text, at, lines);
    const portion = text.slice(at, to);
    budget -= costOf(portion);
    const isForced = to - at >= maxBlockChars;
    const next =
      budget > 0 && !tooDeep.test(portion) && to - at <= 2 * maxBlockChars
        ? readTree(text, at, to, false, into)
        : undefined;
    if (next === undefined) readRoughly(text, at, to, into);
    else if (next === at && to < text.length) {
      lines *= portionGrowth;
      if (isForced) readTree(text, at, to, true, into);
      else continue;
    }
    lines = portionLines;
    at = next === undefined || next === at ? to : next;
  }
}

/** The end of so many lines, or of the line in which a block becomes too large. */
function endOfPortion(text: string, from: number, lines: number): number {
  let at = from;
  for (let line = 0; line < lines && at < text.length && at - from < maxBlockChars; line += 1) {
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
