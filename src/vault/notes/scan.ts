/**
 * Reads a note's body by its lines, many times faster than a tree, as far as it is certain to say the same as the
 * tree: paragraphs, headings, fenced and indented code, lists, quotes and callouts in their usual forms. It follows the
 * rules of Markdown for what contains what (which list item a line belongs to, what continues a paragraph), and gives
 * up at anything else: underlined headings, tables, HTML, blocks of comments and math, definitions, quotes in lists, …
 *
 * NOTES-1 A safe point is the beginning of a line at which nothing is open. What was read is handed over at safe points
 *    only.
 * NOTES-2 Giving up returns the last safe point, so that a tree can go on from there.
 */
import { addCalloutAt } from "./callout.ts";
import type { BodyStructure } from "./parts.ts";
import { htmlEnd, type Span, scanInline, withoutEndSpaces } from "./scan-inline.ts";

const MAX_QUOTE_DEPTH = 6;

/** How far the lines were read, and whether the last of them belongs to a paragraph. */
interface Scanned {
  line: number;
  isOpen: boolean;
}

/** Reads from a safe point on. Returns the line at which a tree has to go on; the number of lines when it need not. */
export function scanBlocks(text: string, lines: readonly Span[], from: number, into: BodyStructure): number {
  return new Scanner(text, lines, from, 0, into).run().line;
}

class Scanner {
  readonly #text: string;
  readonly #lines: readonly Span[];
  readonly #depth: number;
  readonly #into: BodyStructure;
  #pending: BodyStructure = emptyBody();
  #line: number;
  #safe: number;
  /** The columns at which the contents of the open list items begin. */
  #items: number[] = [];
  #paragraph: Span[] = [];
  /** Whether the line before may go on: only an empty one, or none, is sure not to. */
  #isInBlock = false;
  /** Indented code goes on over empty lines. */
  #isInCode = false;
  /** The line behind a quote that ends in a paragraph, which that line may go on with. */
  #openQuoteEnd = -1;
  /** Open code, or an open HTML comment, which a line with `-->` ends. */
  #fence: { sign: string; size: number; items: number } | undefined;

  constructor(text: string, lines: readonly Span[], from: number, depth: number, into: BodyStructure) {
    this.#text = text;
    this.#lines = lines;
    this.#line = from;
    this.#safe = from;
    this.#depth = depth;
    this.#into = into;
  }

  run(): Scanned {
    while (this.#line < this.#lines.length) {
      if (!this.#readLine()) return { line: this.#safe, isOpen: false };
      this.#line += 1;
    }
    const isOpen = this.#paragraph.length > 0 || this.#openQuoteEnd === this.#lines.length;
    if (!this.#endParagraph()) return { line: this.#safe, isOpen: false };
    this.#handOver();
    return { line: this.#lines.length, isOpen };
  }

  /** False when a tree has to look. */
  #readLine(): boolean {
    const [start, end] = this.#lines[this.#line] ?? [0, 0];
    let [at, column] = this.#indent(start, end, 0);
    if (at === end) {
      this.#isInBlock &&= this.#isInCode;
      return this.#fence !== undefined || this.#endParagraph();
    }
    let matched = this.#items.findIndex((content) => content > column);
    if (matched < 0) matched = this.#items.length;
    if (this.#fence !== undefined) {
      if (matched >= this.#fence.items) return this.#readFence(at, end, column - (this.#items[matched - 1] ?? 0));
      this.#fence = undefined;
    }
    // A line may begin several items, one in the other.
    for (;;) {
      const rest = this.#text.slice(at, end);
      const isNested = matched === this.#items.length;
      if (column - (this.#items[matched - 1] ?? 0) >= 4) return this.#readIndented(at, end, matched);
      const item = isRule(rest) ? null : /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/.exec(rest);
      if (item === null) return this.#readBlock(at, end, rest, matched, isNested);
      const gap = /^ {1,4}(?=[^ \t])/.exec(rest.slice(item[0].length))?.[0];
      if (gap === undefined) return false;
      // What interrupts a paragraph, or code, begins with 1.
      if (this.#isInBlock && isNested && item[1] !== undefined && item[1] !== "1") return false;
      if (!this.#startBlock(matched)) return false;
      at += item[0].length + gap.length;
      column += item[0].length + gap.length;
      this.#items.push(column);
      matched += 1;
      this.#isInBlock = false;
    }
  }

  #readBlock(at: number, end: number, rest: string, matched: number, isNested: boolean): boolean {
    const isOpen = this.#paragraph.length > 0;
    if (isRule(rest)) return (!isOpen || !rest.startsWith("-") || !isNested) && this.#startBlock(matched);
    if (needsTree(rest, isOpen)) return false;
    if (rest.startsWith(">")) return matched === 0 && this.#readQuote(at);
    const heading = /^(#{1,6})(?:[ \t]+|$)/.exec(rest);
    if (heading !== null) return this.#startBlock(matched) && this.#readHeading(at, heading, rest, matched);
    if (rest.startsWith("<!--")) {
      if (/^-?>/.test(rest.slice(4)) || !this.#startBlock(matched)) return false;
      if (!rest.includes("-->", 4)) this.#fence = { sign: "<", size: 0, items: matched };
      return true;
    }
    const fence = /^(`{3,}(?!`)|~{3,}(?!~))(.*)$/.exec(rest);
    if (fence !== null) {
      const [, signs = "", info = ""] = fence;
      if (signs.startsWith("`") && info.includes("`")) return false;
      if (!this.#startBlock(matched)) return false;
      this.#fence = { sign: signs[0] ?? "", size: signs.length, items: matched };
      return true;
    }
    if (!isOpen && !this.#startBlock(matched)) return false;
    this.#paragraph.push([at, end]);
    return true;
  }

  #readFence(at: number, end: number, indent: number): boolean {
    const { sign = "", size = 0 } = this.#fence ?? {};
    if (sign === "<") {
      if (this.#text.slice(at, end).includes("-->")) this.#fence = undefined;
      return true;
    }
    const closing = /^(`+|~+)[ \t]*$/.exec(this.#text.slice(at, end))?.[1];
    if (indent < 4 && closing?.[0] === sign && closing.length >= size) this.#fence = undefined;
    return true;
  }

  /** Goes on with a paragraph, or is code. */
  #readIndented(at: number, end: number, matched: number): boolean {
    if (this.#paragraph.length > 0) {
      this.#paragraph.push([at, end]);
      return true;
    }
    // Code right behind a list is no safe point: what remark takes for an interruption behind it depends on the list.
    if (matched < this.#items.length || !this.#startBlock(matched)) return false;
    this.#isInCode = true;
    return true;
  }

  #readHeading(at: number, opening: RegExpExecArray, rest: string, matched: number): boolean {
    const line = withoutEndSpaces(rest);
    const from = Math.min(opening[0].length, line.length);
    const content = withoutEndSpaces(line.slice(from).replace(/(?:^|[ \t])#+$/, ""));
    if (matched === 0 && this.#depth === 0) {
      const level = opening[1]?.length ?? 1;
      this.#pending.headings.push({ level, text: content.trim(), at, end: at + rest.length });
    }
    return scanInline(this.#text, [[at + from, at + from + content.length]], this.#pending);
  }

  #readQuote(at: number): boolean {
    if (this.#depth >= MAX_QUOTE_DEPTH || !this.#startBlock(0)) return false;
    const inner: Span[] = [];
    let line = this.#line;
    for (; line < this.#lines.length; line += 1) {
      const [start, end] = this.#lines[line] ?? [0, 0];
      const sign = /^ {0,3}> ?/.exec(this.#text.slice(start, Math.min(end, start + 5)))?.[0];
      if (sign === undefined) break;
      inner.push([start + sign.length, end]);
      // Columns are counted from the quote's sign on.
      if (/^[ ]*\t/.test(this.#text.slice(start + sign.length, end))) return false;
    }
    const [first, firstEnd] = inner[0] ?? [at, at];
    addCalloutAt(
      this.#text,
      first + (/^ {0,3}/.exec(this.#text.slice(first, firstEnd))?.[0].length ?? 0),
      firstEnd,
      this.#pending,
    );
    const scanner = new Scanner(this.#text, inner, 0, this.#depth + 1, this.#pending);
    const scanned = scanner.run();
    if (scanned.line < inner.length) return false;
    const [next, nextEnd] = this.#lines[line] ?? [0, 0];
    if (scanned.isOpen && this.#indent(next, nextEnd, 0)[0] < nextEnd) return false;
    this.#openQuoteEnd = scanned.isOpen ? line : -1;
    this.#line = line - 1;
    return true;
  }

  /** Ends what does not contain the line, and makes its beginning a safe point when nothing does. */
  #startBlock(matched: number): boolean {
    if (!this.#endParagraph()) return false;
    this.#items.length = matched;
    this.#isInBlock = true;
    this.#isInCode = false;
    if (matched > 0) return true;
    this.#handOver();
    this.#safe = this.#line;
    return true;
  }

  #endParagraph(): boolean {
    const lines = this.#paragraph;
    this.#paragraph = [];
    return scanInline(this.#text, lines, this.#pending);
  }

  #handOver(): void {
    const { tags, headings, blocks, callouts, links } = this.#pending;
    if (tags.length + headings.length + blocks.length + callouts.length + links.length === 0) return;
    for (const tag of tags) this.#into.tags.push(tag);
    for (const heading of headings) this.#into.headings.push(heading);
    for (const block of blocks) this.#into.blocks.push(block);
    for (const callout of callouts) this.#into.callouts.push(callout);
    for (const link of links) this.#into.links.push(link);
    this.#pending = emptyBody();
  }

  /** The first character that is no space or tab, and its column. */
  #indent(start: number, end: number, from: number): [at: number, column: number] {
    let [at, column] = [start, from];
    for (; at < end; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 32) column += 1;
      else if (code === 9) column += 4 - (column % 4);
      else break;
    }
    return [at, column];
  }
}

/** A structure that holds nothing yet. */
export function emptyBody(): BodyStructure {
  return { tags: [], headings: [], blocks: [], callouts: [], links: [] };
}

function isRule(rest: string): boolean {
  return /^([*_-])[ \t]*(?:\1[ \t]*){2,}$/.test(rest);
}

/** Whether a line begins with an address or a tag as it stands in paragraphs, and something follows that. */
function beginsInline(rest: string): boolean {
  const end = htmlEnd(rest, 0);
  if (end === undefined || rest.slice(end).trim() === "") return false;
  return /^<(?:\/?(?:a|b|br|code|del|em|font|i|img|ins|kbd|mark|s|small|span|strong|sub|sup|u)[\s/>]|[a-z]+:)/i.test(
    rest,
  );
}

/** Whether a line may begin or end something that only the tree knows. */
function needsTree(rest: string, isOpen: boolean): boolean {
  switch (rest[0]) {
    case "<":
      return !rest.startsWith("<!--") && /^<[A-Za-z/!?]/.test(rest) && !beginsInline(rest);
    case "%":
      return /^%%+[^%]*$/.test(rest);
    case "$":
      return /^\$\$+[^$]*$/.test(rest);
    case "[":
      return /^\[\^[^\]]*\]:/.test(rest) || (!isOpen && (/\]:/.test(rest) || !rest.includes("]")));
    default:
      return isOpen && /^[-=|:][-=|: \t]*$/.test(rest);
  }
}
