/**
 * The outline of a Markdown text: frontmatter, headings, fenced blocks at the top level, with their lines.
 *
 * remark decides what is a heading and what is code. It costs the square of the document's length, though (as it does
 * of a paragraph's lines and of nested quotes), and prose has no say in the outline. So:
 *
 * - remark gets a digest: every run of plain lines of the same indentation is one stand-in line (and so is a run of
 *   plain list items), other lines are cut short, inline markup is switched off, and texts are taken from the source
 *   by line. Plain lines can neither open, close nor interrupt a block, whatever surrounds them.
 * - The digest is read in portions. All blocks of a portion but the last are complete, and the next portion begins where
 *   the last began, since nothing is open there. A portion that holds one block only is enlarged.
 *
 * The outline is thus that of the whole text (a property test compares the two), but that link definitions are taken
 * for paragraphs, which matters only to an underline right after one.
 */

import type { Root, RootContent } from "mdast";
import remarkFrontmatter from "remark-frontmatter";
import remarkParse from "remark-parse";
import { type Processor, unified } from "unified";

const MAX_LINE_CHARS = 200;
/** Enough for plans of any honest size; beyond them parsing would take minutes. */
const MAX_DIGEST_LINES = 300_000;
/** Lists and quotes cost the square of their lines, code does not. */
const MAX_LIST_LINES = 4000;
const PORTION_LINES = 250;
const PORTION_GROWTH = 4;

export interface Heading {
  kind: "heading";
  depth: number;
  text: string;
  /** One-based first and last line. */
  line: number;
  endLine: number;
}

export interface CodeBlock {
  kind: "code";
  /** The words after the fence, lower case. */
  info: string;
  content: string;
  /** The characters that opened it. */
  fence: string;
  /** Lines of the fences; the content begins on the line after the first. */
  line: number;
  endLine: number;
  isClosed: boolean;
}

export interface Outline {
  lines: string[];
  frontmatter: { content: string; line: number } | null;
  /** Headings and fenced blocks in order. */
  blocks: (Heading | CodeBlock)[];
  /** Blocks where none counts as a task, in order. */
  missed: MissedBlock[];
}

/** A block inside a list, a quote or HTML, or one that is indented so far that Markdown takes it for plain code. */
export interface MissedBlock {
  where: "nested" | "comment" | "openComment" | "html" | "indented";
  /** The words after the fence, lower case. */
  info: string;
  content: string;
  line: number;
}

/** Reads the outline; null if the text has too many marked-up lines to be parsed in reasonable time. */
export function outlineMarkdown(text: string): Outline | null {
  const lines = text.split(/\r\n|\n|\r/);
  const digest = digestLines(lines);
  if (digest.lines.length > MAX_DIGEST_LINES) return null;
  const outline: Outline = { lines, frontmatter: null, blocks: [], missed: [] };
  let start = 0;
  let size = Math.max(PORTION_LINES, frontmatterLines(digest.lines));
  while (start < digest.lines.length) {
    const isLast = start + size >= digest.lines.length;
    const root = (start === 0 ? firstParser : parser).parse(digest.lines.slice(start, start + size).join("\n"));
    const open = isLast ? undefined : root.children.at(-1);
    const openLine = open?.position?.start.line ?? 1;
    if (open !== undefined && openLine === 1) {
      if (open.type !== "code" && size >= MAX_LIST_LINES) return null;
      size *= PORTION_GROWTH;
      continue;
    }
    const complete = open === undefined ? root.children : root.children.slice(0, -1);
    addBlocks(outline, complete, digest, start);
    start += open === undefined ? size : openLine - 1;
    size = PORTION_LINES;
  }
  return outline;
}

/** Lines of the frontmatter, which has to be in one portion; 0 when there is none. */
function frontmatterLines(lines: readonly string[]): number {
  const isFence = (line: string | undefined): boolean => line !== undefined && /^---[ \t]*$/.test(line);
  return isFence(lines[0]) ? lines.findIndex((line, at) => at > 0 && isFence(line)) + 1 : 0;
}

function addBlocks(outline: Outline, nodes: readonly RootContent[], digest: Digest, offset: number): void {
  const { lines } = outline;
  const firstLineOf = (node: RootContent): number => digest.first[offset + (node.position?.start.line ?? 1) - 1] ?? 1;
  const lastLineOf = (node: RootContent): number => digest.last[offset + (node.position?.end.line ?? 1) - 1] ?? 1;
  for (const node of nodes) {
    const line = firstLineOf(node);
    const endLine = lastLineOf(node);
    if (node.type === "yaml") {
      outline.frontmatter = { content: lines.slice(line, endLine - 1).join("\n"), line: line + 1 };
    } else if (node.type === "heading") {
      const written = lines.slice(line - 1, endLine);
      outline.blocks.push({ kind: "heading", depth: node.depth, text: readHeading(written), line, endLine });
    } else if (node.type === "code") {
      const block = readFence(lines, line, endLine);
      if (block !== null) outline.blocks.push(block);
      else outline.missed.push(...readFences(lines, line, endLine, "indented"));
    } else collectMissed(node, lines, { firstLineOf, lastLineOf }, outline.missed);
  }
}

/** Whether the words after a fence mark a task. */
export function isTaskInfo(info: string): boolean {
  return /^ya?ml\s+task$/.test(info);
}

/** Switches off what makes remark look inside of paragraphs. */
function skipInline(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push({ disable: { null: INLINE } });
}

const INLINE = [
  "attention",
  "autolink",
  "characterEscape",
  "characterReference",
  "codeText",
  "definition",
  "hardBreakEscape",
  "htmlText",
  "labelEnd",
  "labelStartImage",
  "labelStartLink",
];

const parser: { parse(text: string): Root } = unified().use(remarkParse).use(skipInline);
/** Only the beginning of a text can hold frontmatter. */
const firstParser: { parse(text: string): Root } = unified()
  .use(remarkParse)
  .use(remarkFrontmatter, ["yaml"])
  .use(skipInline);

/**
 * What may begin, end or change a block: headings, fences, quotes, list items, rules, underlines, HTML (which may also
 * end in the middle of a line, hence any `>`).
 */
const MARKED = /^(?:#|`{3}|~{3}|<|[-+*=_]|\d{1,9}[.)](?:\s|$)|\|)|>/;

interface Digest {
  lines: string[];
  /** First and last line of the source that a digest line stands for, one-based. */
  first: number[];
  last: number[];
}

function digestLines(lines: readonly string[]): Digest {
  const digest: Digest = { lines: [], first: [], last: [] };
  let previous: string | null = null;
  let beforePrevious: string | null = null;
  let blanks = 0;
  for (const [index, line] of lines.entries()) {
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    const rest = line.slice(indent.length);
    const isBlank = rest === "";
    blanks = isBlank ? blanks + 1 : 0;
    const standIn = isBlank ? null : shortenLine(rest);
    const shown = isBlank ? "" : indent.slice(0, MAX_LINE_CHARS) + (standIn ?? shorten(rest));
    // Two blank lines may mean more than one (an empty list item), three do not mean more than two; and so may two indented ones
    // (behind an empty quote).
    const isMore = isRepeatable(standIn) && shown === previous && (!isCode(indent) || shown === beforePrevious);
    if (isMore || blanks > 2) digest.last[digest.last.length - 1] = index + 1;
    else {
      digest.lines.push(shown);
      digest.first.push(index + 1);
      digest.last.push(index + 1);
    }
    beforePrevious = previous;
    previous = shown;
  }
  return digest;
}

/** Whether a line that is indented so far may be code. */
const isCode = (indent: string): boolean => indent.includes("\t") || indent.length > 3;

/** The stand-in for a line without its indentation, or null if the line must stand for itself. */
function shortenLine(rest: string): string | null {
  if (!MARKED.test(rest)) return "x";
  if (rest.includes(">")) return null;
  const heading = /^(#{1,6} )[^ \t]/.exec(rest)?.[1];
  if (heading !== undefined) return `${heading}x`;
  const item = /^([-+*] )(.*)$/.exec(rest);
  return item?.[1] !== undefined && /^\S/.test(item[2] ?? "") && !MARKED.test(item[2] ?? "") ? `${item[1]}x` : null;
}

/** A run of plain lines is like one of them, and so is a run of plain items of the same list. */
function isRepeatable(standIn: string | null): boolean {
  return standIn !== null && !standIn.startsWith("#");
}

/** Keeps both ends of a long line, since its end may close HTML. */
function shorten(line: string): string {
  if (line.length <= 2 * MAX_LINE_CHARS) return line;
  return `${line.slice(0, MAX_LINE_CHARS)}x${line.slice(-MAX_LINE_CHARS)}`;
}

/** The text of a heading of either style, as written. */
function readHeading(written: readonly string[]): string {
  const only = written.length === 1 ? written[0] : undefined;
  if (only !== undefined) {
    return only
      .trim()
      .replace(/^#{1,6}(?=\s|$)/, "")
      .replace(/(?:^|\s)#+$/, "")
      .trim();
  }
  return written.slice(0, -1).join(" ").replace(/\s+/g, " ").trim();
}

function readFence(lines: readonly string[], line: number, endLine: number): CodeBlock | null {
  const opening = /^( {0,3})(`{3,}(?!`)|~{3,}(?!~))(.*)$/.exec(lines[line - 1] ?? "");
  if (opening === null) return null;
  const [, indent = "", fence = "", info = ""] = opening;
  const closing = endLine > line ? /^ {0,3}(`+|~+)[ \t]*$/.exec(lines[endLine - 1] ?? "")?.[1] : undefined;
  const isClosed = closing !== undefined && closing[0] === fence[0] && closing.length >= fence.length;
  const inner = lines.slice(line, isClosed ? endLine - 1 : endLine);
  const strip = new RegExp(`^ {0,${indent.length}}`);
  const content = inner.map((each) => each.replace(strip, "")).join("\n");
  return { kind: "code", info: info.trim().toLowerCase(), fence, content, line, endLine, isClosed };
}

interface Span {
  firstLineOf: (node: RootContent) => number;
  lastLineOf: (node: RootContent) => number;
}

function collectMissed(top: RootContent, lines: readonly string[], span: Span, found: MissedBlock[]): void {
  const open: RootContent[] = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const line = span.firstLineOf(node);
    if (node.type === "code") {
      const info = `${node.lang ?? ""} ${node.meta ?? ""}`.trim().toLowerCase();
      if (info !== "") found.push({ where: "nested", info, content: node.value, line });
    } else if (node.type === "html") {
      const endLine = span.lastLineOf(node);
      const [first = "", last = ""] = [lines[line - 1], lines[endLine - 1]];
      const where = !first.trimStart().startsWith("<!--") ? "html" : last.includes("-->") ? "comment" : "openComment";
      found.push(...readFences(lines, line, endLine, where));
    }
    if ("children" in node) open.push(...(node.children as RootContent[]).toReversed());
  }
}

/** Blocks as they would be if nothing were around them. */
function readFences(
  lines: readonly string[],
  line: number,
  endLine: number,
  where: MissedBlock["where"],
): MissedBlock[] {
  return lines.slice(line - 1, endLine).flatMap((text, index) => {
    const info = /^[ \t]*(?:`{3,}(?!`)|~{3,}(?!~))([^`]+)$/.exec(text)?.[1]?.trim().toLowerCase();
    return info ? [{ where, info, content: "", line: line + index }] : [];
  });
}
