/**
 * The structure of a note's body by its full Markdown tree: remark with GFM (tables, where wikilinks are written with
 * `\|`) and Obsidian's syntax. Only what the tree holds as text, headings, quotes and links counts; code, math, HTML
 * and comments hide what they hold. Positions are taken from the source.
 */
import type { Nodes, Parents, Root } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { type Processor, unified } from "unified";
import { addCalloutAt } from "./callout.ts";
import type { BodyStructure } from "./parts.ts";
import { obsidianSyntax } from "./syntax.ts";
import { findTags, isTag } from "./tag.ts";
import { joinLines, readLinkText, readLinkUrl } from "./wikilink.ts";

const parser: { parse(text: string): Root } = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(obsidianSyntax)
  .use(withoutTransforms);

/** GFM's extensions search finished trees for addresses, which costs time and loses the positions of texts. */
function withoutTransforms(this: Processor): void {
  for (const extension of (this.data().fromMarkdownExtensions ?? []).flat()) delete extension.transforms;
}

/**
 * Adds what stands between `from` and `to`, and says where to go on: when `to` is not the text's end, what comes last
 * is not known to be complete and is left out, unless `isForced`. `from` has to begin a block that lies in no other.
 */
export function readTree(text: string, from: number, to: number, isForced: boolean, into: BodyStructure): number {
  // At its beginning remark drops a byte order mark, which is one only at the beginning of the body.
  const isMark = text.charCodeAt(from) === 0xfeff;
  const start = isMark && text[from - 1] === "\n" ? from - 1 : from;
  const shift = isMark && start === from ? from + 1 : start;
  const root = parser.parse(text.slice(start, to));
  const next = to >= text.length || isForced ? to : cutLast(root, to, text, shift);
  walk(root, { text, shift, into });
  return next;
}

/** Takes away what may go on behind `to`, and says where it begins: the last block, or the last item of a list. */
function cutLast(root: Root, to: number, text: string, shift: number): number {
  const lineOf = (node: Nodes | undefined, side: "start" | "end"): number => node?.position?.[side].line ?? 0;
  let last = root.children.pop();
  if (last === undefined) return to;
  if (last.type === "list" && last.children.length > 1) {
    const item = last.children.pop();
    root.children.push(last);
    last = undefined;
    return startOfLine(text, spanOf(item as Nodes, shift)[0]);
  }
  // What follows a comment on its last line goes with it, and so does what stands before indented code.
  while (
    root.children.length > 0 &&
    (lineOf(root.children.at(-1), "end") === lineOf(last, "start") || isIndentedCode(last, text, shift))
  ) {
    last = root.children.pop() as typeof last;
  }
  return startOfLine(text, spanOf(last, shift)[0]);
}

function isIndentedCode(node: Nodes, text: string, shift: number): boolean {
  return node.type === "code" && !/^[ \t]*(?:`{3}|~{3})/.test(text.slice(...spanOf(node, shift)));
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

interface Walk {
  text: string;
  /** Added to the tree's offsets. */
  shift: number;
  into: BodyStructure;
}

function walk(root: Root, { text, shift, into }: Walk): void {
  const open: { node: Nodes; parent: Parents; index: number; quotes: number }[] = [];
  const openChildren = (parent: Parents, quotes: number): void => {
    for (let index = parent.children.length - 1; index >= 0; index -= 1) {
      open.push({ node: parent.children[index] as Nodes, parent, index, quotes });
    }
  };
  openChildren(root, 0);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent, index, quotes } = next;
    const [at, end] = spanOf(node, shift);
    if (node.type === "text") addTags(text, at, end, isChunkStart(parent, index), quotes, into);
    else if (node.type === "wikiLink") addWikiLink(text, at, end, into);
    else if (node.type === "link" || node.type === "image") addMarkdownLink(text, node, at, end, shift, into);
    else if (node.type === "heading" && parent === root) {
      into.headings.push({ level: node.depth, text: innerOf(text, node, shift), at, end });
    } else if (node.type === "blockquote") addCallout(text, node, shift, into);
    if (node.type === "paragraph" || node.type === "heading") addBlock(text, node, shift, into);
    if ("children" in node) openChildren(node, quotes + (node.type === "blockquote" ? 1 : 0));
  }
}

function spanOf(node: Nodes, shift: number): [number, number] {
  const { start, end } = node.position ?? {};
  return [(start?.offset ?? 0) + shift, (end?.offset ?? 0) + shift];
}

/** The source of a node's children, on one line. */
function innerOf(text: string, node: Parents, shift: number): string {
  const [first, last] = [node.children[0], node.children.at(-1)];
  if (first === undefined || last === undefined) return "";
  return joinLines(text.slice(spanOf(first, shift)[0], spanOf(last, shift)[1])).trim();
}

function addWikiLink(text: string, at: number, end: number, into: BodyStructure): void {
  const isEmbed = text[at] === "!";
  const read = readLinkText(text.slice(at + (isEmbed ? 3 : 2), end - 2));
  if (read !== undefined) into.links.push({ kind: "wiki", isEmbed, where: "body", ...read, at, end });
}

function addMarkdownLink(
  text: string,
  node: Extract<Nodes, { type: "link" | "image" }>,
  at: number,
  end: number,
  shift: number,
  into: BodyStructure,
): void {
  const read = readLinkUrl(node.url);
  if (read === undefined) return;
  const shown = node.type === "image" ? (node.alt ?? "").trim() : innerOf(text, node, shift);
  const alias = shown === "" ? null : shown;
  into.links.push({ kind: "markdown", isEmbed: node.type === "image", where: "body", ...read, alias, at, end });
}

/** Whether a text begins where an inline thing begins or another one ended: a tag may stand there without a space. */
function isChunkStart(parent: Parents, index: number): boolean {
  const before = (parent.children[index - 1] ?? parent).type;
  // Whether words in brackets refer to a definition elsewhere makes no difference.
  return before !== "text" && !before.endsWith("Reference");
}

function addTags(text: string, at: number, end: number, isStart: boolean, quotes: number, into: BodyStructure): void {
  const source = text.slice(at, end);
  for (const found of findTags(source)) {
    if (isTag(found.tag) && (found.at === 0 ? isStart : isAfterSpace(source, found.at, quotes)))
      into.tags.push(found.tag);
  }
}

/** After white space, or after the signs of the quotes that a line lies in. */
function isAfterSpace(source: string, at: number, quotes: number): boolean {
  if (/\s/.test(source[at - 1] ?? "")) return true;
  if (quotes === 0 || source[at - 1] !== ">") return false;
  const lead = source.slice(source.lastIndexOf("\n", at) + 1, at);
  return lead.length < at && /^[ \t>]*$/.test(lead) && lead.replace(/[^>]/g, "").length <= quotes;
}

/** `^id` at the end of a paragraph or heading, behind white space or at the beginning of a line. */
function addBlock(text: string, node: Parents, shift: number, into: BodyStructure): void {
  const last = node.children.at(-1);
  if (last?.type !== "text") return;
  const [from, end] = spanOf(last, shift);
  const found = /(^|\s|[\r\n][ \t>]*)\^([A-Za-z0-9-]+)$/.exec(text.slice(Math.max(from, end - 200), end));
  if (found === null) return;
  const id = found[2] ?? "";
  const at = end - id.length - 1;
  const before = node.children.at(-2);
  if (at === from && before !== undefined && before.type !== "break") return;
  into.blocks.push({ id, at });
}

function addCallout(text: string, node: Parents, shift: number, into: BodyStructure): void {
  const first = node.children[0];
  if (first?.type !== "paragraph" || first.position?.start.line !== node.position?.start.line) return;
  addCalloutAt(text, ...spanOf(first, shift), into);
}
