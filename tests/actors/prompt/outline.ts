/** A prompt as any reader of Markdown sees it. */
import remarkParse from "remark-parse";
import { unified } from "unified";

/** Headings and fenced blocks of a text, in order. */
export function outline(text: string): { headings: string[]; blocks: string[] } {
  const headings: string[] = [];
  const blocks: string[] = [];
  for (const node of unified().use(remarkParse).parse(text).children) {
    if (node.type === "heading") headings.push(text.split("\n")[(node.position?.start.line ?? 1) - 1] ?? "");
    if (node.type === "code") blocks.push(node.value);
  }
  return { headings, blocks };
}
