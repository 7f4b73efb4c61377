/**
 * Reads what stands in one paragraph or heading without a tree, from left to right as remark's tokenizer goes. It
 * answers only where it is certain to say the same: `undefined` means that a tree has to look (HTML, math, odd
 * addresses, emphasis right at a tag, …).
 */
import type { BodyStructure } from "./parts.ts";
import { isTag, tagAt } from "./tag.ts";
import { joinLines, readLinkText, readLinkUrl } from "./wikilink.ts";

/** Lines of the note's text, without what indents or quotes them. */
export type Span = readonly [at: number, end: number];

interface Opener {
  at: number;
  isImage: boolean;
  isActive: boolean;
}

const SPECIAL = /[`\\<$%![\]#^]/g;
/** An address without what is escaped, with its title. */
const DESTINATION =
  /\((?:<([^<>\n\\&]*)>|((?:[^\s()<>\\&]|&(?![A-Za-z0-9#]+;)|\((?:[^\s()<>\\&]|&(?![A-Za-z0-9#]+;))*\))*))(?:[ \t]+"[^"\\\n&]*")?[ \t]*\)/y;

/** Adds what the lines hold and says true; false when it is not certain, having added something or nothing. */
export function scanInline(text: string, lines: readonly Span[], into: BodyStructure): boolean {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return true;
  const isOne = lines.length === 1;
  const source = withoutEndSpaces(
    isOne ? text.slice(first[0], first[1]) : lines.map(([at, end]) => text.slice(at, end)).join("\n"),
  );
  if (!/\[\[|\]\(|[#^]/.test(source)) return true;
  const starts = isOne ? [] : startsOf(lines);
  const scan: Scan = { source, place: (at) => (isOne ? first[0] + at : placeOf(lines, starts, at)), into, openers: [] };
  const links = into.links.length;
  SPECIAL.lastIndex = 0;
  for (let found = SPECIAL.exec(source); found !== null; found = SPECIAL.exec(source)) {
    const next = step(scan, found[0], found.index);
    if (next === undefined) return false;
    SPECIAL.lastIndex = next;
  }
  const added = into.links.splice(links);
  into.links.push(...added.sort((a, b) => a.at - b.at));
  return true;
}

/** Without the spaces and tabs at its end, which Markdown drops. */
export function withoutEndSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === " " || text[end - 1] === "\t") end -= 1;
  return text.slice(0, end);
}

function startsOf(lines: readonly Span[]): number[] {
  let at = 0;
  return lines.map(([from, end]) => {
    const start = at;
    at += end - from + 1;
    return start;
  });
}

/** Where a place in the joined lines stands in the note. */
function placeOf(lines: readonly Span[], starts: readonly number[], at: number): number {
  let line = 0;
  for (let [low, high] = [0, starts.length - 1]; low <= high; ) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= at) [line, low] = [middle, middle + 1];
    else high = middle - 1;
  }
  return (lines[line]?.[0] ?? 0) + at - (starts[line] ?? 0);
}

interface Scan {
  source: string;
  place: (at: number) => number;
  into: BodyStructure;
  openers: Opener[];
  /** Ends of runs of backticks ahead, by their size; read when the first is met. */
  codeEnds?: Map<number, number[]>;
}

/** Reads what begins with a special character, and says where to go on; undefined when that is not certain. */
function step(scan: Scan, char: string, at: number): number | undefined {
  const { source, openers } = scan;
  switch (char) {
    case "`":
      return skipCode(scan, at);
    case "\\":
      return at + (/[!-/:-@[-`{-~]/.test(source[at + 1] ?? "") ? 2 : 1);
    case "<":
      return /[A-Za-z/!?]/.test(source[at + 1] ?? "") ? htmlEnd(source, at) : at + 1;
    case "$":
      return source.includes("$", at + 1) || source.lastIndexOf("$", at - 1) >= 0 ? undefined : at + 1;
    case "%":
      return source[at + 1] === "%" ? skipComment(source, at) : at + 1;
    case "!":
      if (source[at + 1] !== "[") return at + 1;
      if (source[at + 2] === "[") return readWikiLink(scan, at, at + 3);
      openers.push({ at, isImage: true, isActive: true });
      return at + 2;
    case "[":
      if (source[at + 1] === "[") return readWikiLink(scan, at, at + 2);
      openers.push({ at, isImage: false, isActive: true });
      return at + 1;
    case "]":
      return closeLink(scan, at);
    case "#":
      return readTag(scan, at);
    default:
      return readBlock(scan, at);
  }
}

const TAG =
  /<(?:[A-Za-z][A-Za-z0-9-]*(?: +[A-Za-z_][\w.-]*(?:="[^"\n]*"|='[^'\n]*'|=[\w.:/#-]+)?)* *\/?|\/[A-Za-z][A-Za-z0-9-]* *)>/y;
const ADDRESS = /<[A-Za-z][A-Za-z0-9+.-]{1,31}:[!-;=?-~]*>/y;

/** Where an HTML tag or comment, or an address in angle brackets, ends; undefined when it is not certain to be one. */
export function htmlEnd(source: string, at: number): number | undefined {
  if (source.startsWith("<!--", at)) {
    const end = source.indexOf("-->", at + 4);
    return end < 0 || /^-?>/.test(source.slice(at + 4, at + 6)) ? undefined : end + 3;
  }
  for (const pattern of [TAG, ADDRESS]) {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) return at + found[0].length;
  }
  return undefined;
}

function skipCode(scan: Scan, at: number): number {
  const from = at + runOf(scan.source, at);
  scan.codeEnds ??= listCodeEnds(scan.source);
  const ends = scan.codeEnds.get(from - at) ?? [];
  // The scan only goes on: nobody asks again for what lies before it.
  while (ends.length > 0) {
    const end = ends.pop() ?? 0;
    if (end > from) return end;
  }
  return from;
}

/** Where runs of backticks end, the last first, by their size. */
function listCodeEnds(source: string): Map<number, number[]> {
  const ends = new Map<number, number[]>();
  for (const { 0: run, index } of [...source.matchAll(/`+/g)].reverse()) {
    const end = index + run.length;
    const known = ends.get(run.length);
    if (known === undefined) ends.set(run.length, [end]);
    else known.push(end);
  }
  return ends;
}

function runOf(source: string, at: number): number {
  let end = at;
  while (source[end] === "`") end += 1;
  return end - at;
}

function skipComment(source: string, at: number): number {
  const close = source.indexOf("%%", at + 3);
  return close < 0 || source.slice(at, close).includes("\n") ? at + 1 : close + 2;
}

/** What ends a wikilink, or says that it is none. */
const WIKI_END = /\]\]|\[\[|\n/g;

function readWikiLink(scan: Scan, at: number, from: number): number | undefined {
  const { source } = scan;
  WIKI_END.lastIndex = from;
  const found = source[from] === "]" ? null : WIKI_END.exec(source);
  if (found?.[0] !== "]]") {
    scan.openers.push({ at, isImage: source[at] === "!", isActive: true });
    return from - 1;
  }
  const close = found.index;
  const inside = source.slice(from, close);
  if (isInAddress(source, at)) return undefined;
  const read = readLinkText(inside);
  const span = { at: scan.place(at), end: scan.place(close + 1) + 1 };
  if (read) scan.into.links.push({ kind: "wiki", isEmbed: source[at] === "!", where: "body", ...read, ...span });
  return close + 2;
}

/** Whether the word that a place belongs to may be an address, which GFM links by itself. */
function isInAddress(source: string, at: number): boolean {
  let from = at;
  while (from > 0 && at - from < 300 && !/\s/.test(source[from - 1] ?? "")) from -= 1;
  return at - from >= 300 || /:\/\/|www\.|@/i.test(source.slice(from, at));
}

function closeLink(scan: Scan, at: number): number | undefined {
  const { source, openers, into } = scan;
  const opener = openers.pop();
  if (opener === undefined || source[at + 1] !== "(") return at + 1;
  DESTINATION.lastIndex = at + 1;
  const found = DESTINATION.exec(source);
  if (found === null) return undefined;
  if (!opener.isActive) return at + 1;
  const shown = source.slice(opener.at + (opener.isImage ? 2 : 1), at);
  if (/:\/\/|www\.|@/i.test(shown) || isInAddress(source, opener.at)) return undefined;
  // What an image shows is read without its markup.
  if (opener.isImage && /[*_`[\]\\&<!~$%\n]/.test(shown)) return undefined;
  if (!opener.isImage) for (const outer of openers) outer.isActive &&= outer.isImage;
  const end = at + 1 + found[0].length;
  const read = readLinkUrl(found[1] ?? found[2] ?? "");
  const alias = joinLines(shown).trim();
  if (read !== undefined) {
    into.links.push({
      kind: "markdown",
      isEmbed: opener.isImage,
      where: "body",
      ...read,
      alias: alias === "" ? null : alias,
      at: scan.place(opener.at),
      end: scan.place(end - 1) + 1,
    });
  }
  return end;
}

function readTag({ source, into }: Scan, at: number): number | undefined {
  const before = source[at - 1];
  const isFree = before === undefined || /\s/.test(before);
  if (!isFree && !/[\p{L}\p{N}&/=?.,:;'"+(|-]/u.test(before)) return undefined;
  if (!isFree && isInAddress(source, at)) return undefined;
  const tag = isFree ? tagAt(source, at) : "";
  if (tag === "") return at + 1;
  // Underscores that may be emphasis.
  if (/(?:^|[^A-Za-z0-9])_|_(?:[^A-Za-z0-9]|$)/.test(tag)) return undefined;
  if (isTag(tag)) into.tags.push(tag);
  return at + 1 + tag.length;
}

function readBlock(scan: Scan, at: number): number | undefined {
  const { source, into } = scan;
  const before = source[at - 1];
  if (before !== undefined && !/\s/.test(before)) return at + 1;
  const id = /^[A-Za-z0-9-]+$/.exec(source.slice(at + 1, at + 200))?.[0];
  if (id === undefined) return at + 1;
  if (at + 1 + id.length < source.length || id.length > 150) return undefined;
  into.blocks.push({ id, at: scan.place(at) });
  return source.length;
}
