/**
 * The last resort for text that is too much for a tree: nested deeper than anybody writes, or larger than a person's
 * note. What looks like a wikilink or a tag is taken for one; code, math and comments are not told apart.
 */
import type { BodyStructure } from "./parts.ts";
import { isTag } from "./tag.ts";
import { readLinkText } from "./wikilink.ts";

const WIKI_LINK = /(!?)\[\[((?:[^\]\r\n[]|\[(?!\[)|\](?!\]))+)\]\]|(?<=\s|^)#([^\s#[\]]+)/gm;

/** Adds the wikilinks and tags between `from` and `to`; its time grows with the text and nothing else. */
export function fallbackScan(text: string, from: number, to: number, into: BodyStructure): void {
  for (const found of text.slice(from, to).matchAll(WIKI_LINK)) {
    const [all, mark, inside, tag] = found;
    if (tag !== undefined) {
      if (isTag(tag)) into.tags.push(tag);
      continue;
    }
    const read = readLinkText(inside ?? "");
    const at = from + found.index;
    if (read === undefined) continue;
    into.links.push({ kind: "wiki", isEmbed: mark === "!", where: "body", ...read, at, end: at + all.length });
  }
}
