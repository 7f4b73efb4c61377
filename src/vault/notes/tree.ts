/**
 * The structure of a note's body by its full Markdown tree: remark with GFM (tables, where wikilinks are written with
 * `\|`) and Obsidian's syntax. Only what the tree holds as text, headings, quotes and links counts; code, math, HTML and
 * comments hide what they hold. Positions are taken from the source.
 */
import type { Nodes, Parents, Root } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { type Processor, unified } from "unified";
import type { BodyStructure } from "./parts.ts";
import { obsidianSyntax } from "./syntax.ts";
import { isTag, tagPattern } from "./tag.ts";
import { readLinkText, readLinkUrl } from "./wikilink.ts";

const parser: { parse(text: string): Root } = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(obsidianSyntax)
  .use(withoutTransforms);

/** GFM's extensions search finished trees for addresses, which costs time and loses the positions of texts. */
function withoutTransforms(this: Processor): void {
  for (const extension of (this.data().fromMarkdownExtensions ?? []).flat()) delete extension.transforms;
}

/** Adds what stands in `text` from `from` on. */
export function readTree(text: string, from: number, into: BodyStructure): void {
  const root = parser.parse(text.slice(from));
  const shift = from + (text.charCodeAt(from) === 0xfeff ? 1 : 0);
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
    if (node.type === "text") addTags(text, at, end, isChunkStart(text, parent, index, shift), quotes, into);
    else if (node.type === "wikiLink") addWikiLink(text, at, end, into);
    else if (node.type === "link" || node.type === "image") addMarkdownLink(text, node, at, end, shift, into);
    else if (node.type === "heading" && parent === root) {
      into.headings.push({ level: node.depth, text: innerOf(text, node, shift), at, end });
    } else if (node.type === "blockquote") addCallout(text, node, shift, into);
    if (node.type === "paragraph" || node.type === "heading") {
      addBlock(text, node, end, parent === root && index === 0, shift, into);
    }
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
  return text
    .slice(spanOf(first, shift)[0], spanOf(last, shift)[1])
    .replace(/\s*\r?\n[ \t>]*/g, " ")
    .trim();
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
function isChunkStart(text: string, parent: Parents, index: number, shift: number): boolean {
  const previous = parent.children[index - 1];
  if (previous === undefined) return true;
  return previous.type !== "break" || /\s/.test(text[spanOf(previous, shift)[1] - 1] ?? "");
}

function addTags(text: string, at: number, end: number, isStart: boolean, quotes: number, into: BodyStructure): void {
  const source = text.slice(at, end);
  for (const found of source.matchAll(tagPattern)) {
    const tag = found[1] ?? "";
    if (!isTag(tag)) continue;
    if (found.index === 0 ? isStart : isAfterSpace(source, found.index, quotes)) into.tags.push(tag);
  }
}

/** After white space, or after the signs of the quotes that a line lies in. */
function isAfterSpace(source: string, at: number, quotes: number): boolean {
  if (/\s/.test(source[at - 1] ?? "")) return true;
  if (quotes === 0 || source[at - 1] !== ">") return false;
  const lead = source.slice(source.lastIndexOf("\n", at) + 1, at);
  return lead.length < at && /^[ \t>]*$/.test(lead) && lead.replace(/[^>]/g, "").length <= quotes;
}

/** `^id` behind white space at the end of a paragraph or heading, or alone in a paragraph that follows something. */
function addBlock(
  text: string,
  node: Parents,
  end: number,
  isFirst: boolean,
  shift: number,
  into: BodyStructure,
): void {
  const last = node.children.at(-1);
  if (last?.type !== "text") return;
  const [from] = spanOf(last, shift);
  const found = /(^|\s)\^([A-Za-z0-9-]+)$/.exec(text.slice(Math.max(from, end - 200), end));
  if (found === null) return;
  const id = found[2] ?? "";
  const at = end - id.length - 1;
  const isAlone = node.children.length === 1 && at === from;
  if (isAlone ? isFirst : at === from) return;
  into.blocks.push({ id, at });
}

const calloutLine = /^\[!([^\]\r\n]+)\]([+-]?)[ \t]*([^\r\n]*)/;

function addCallout(text: string, node: Parents, shift: number, into: BodyStructure): void {
  const first = node.children[0];
  if (first?.type !== "paragraph" || first.position?.start.line !== node.position?.start.line) return;
  const [at, end] = spanOf(first, shift);
  const found = calloutLine.exec(text.slice(at, Math.min(end, at + 1000)));
  const type = found?.[1]?.split("|")[0]?.trim().toLowerCase();
  if (!type) return;
  const fold = found?.[2] === "+" || found?.[2] === "-" ? found[2] : null;
  into.callouts.push({ type, fold, title: found?.[3]?.trim() ?? "", at });
}
