/**
 * Aliases, tags and links in a note's frontmatter. A text that is a wikilink as a whole is a link, wherever it stands;
 * so is an unquoted `[[x]]`, which YAML takes for a list in a list. Malformed frontmatter holds nothing.
 */
import { isMap, isScalar, isSeq, type Node } from "yaml";
import type { Note } from "./note.ts";
import type { NoteLink } from "./parts.ts";
import { isTag } from "./tag.ts";
import { readLinkText } from "./wikilink.ts";
import { readYamlDocument } from "./yaml-document.ts";

interface Properties {
  aliases: string[];
  tags: string[];
  links: NoteLink[];
}

/** Reads what a note's frontmatter says about the note; empty when it has none or it is malformed. */
export function readProperties(note: Note): Properties {
  return {
    aliases: listOf(note, "aliases"),
    tags: listOf(note, "tags")
      .map((tag) => tag.replace(/^#/, ""))
      .filter(isTag),
    links: readLinks(note),
  };
}

/** A list's texts, or a single text split at its commas; the name's case does not matter. */
function listOf(note: Note, name: string): string[] {
  if (note.frontmatter.kind !== "ok") return [];
  for (const [key, value] of note.frontmatter.values) {
    if (key.toLowerCase() !== name) continue;
    const items: unknown[] = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [];
    const texts = items.filter((item): item is string => typeof item === "string").map((item) => item.trim());
    return [...new Set(texts.filter((text) => text !== ""))];
  }
  return [];
}

function readLinks(note: Note): NoteLink[] {
  const { frontmatter } = note;
  if (frontmatter.kind !== "ok" || !frontmatter.yaml.includes("[[")) return [];
  const links: NoteLink[] = [];
  const open: unknown[] = [readYamlDocument(frontmatter.yaml).contents];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    const span = linkSpan(next, frontmatter.yaml);
    if (span !== undefined) addLink(note.text, frontmatter.yamlAt + span[0], frontmatter.yamlAt + span[1], links);
    else if (isMap(next)) open.push(...next.items.map((pair) => pair.value).reverse());
    else if (isSeq(next)) open.push(...next.items.toReversed());
  }
  return links.sort((a, b) => a.at - b.at);
}

/** From `[[` to `]]` when a value is a link as a whole. */
function linkSpan(node: unknown, yaml: string): [number, number] | undefined {
  const isText = isScalar(node) && typeof node.value === "string" && /^\[\[[\s\S]*\]\]$/.test(node.value);
  const isNested = isSeq(node) && node.items.length === 1 && isSeq(node.items[0]) && node.items[0].items.length > 0;
  const range = isText || isNested ? (node as Node).range : undefined;
  if (!range) return undefined;
  const source = yaml.slice(range[0], range[1]);
  const [at, end] = [source.indexOf("[["), source.lastIndexOf("]]") + 2];
  if (at < 0 || end < at + 4 || (isNested && (at > 0 || end < source.length || /[\r\n]/.test(source))))
    return undefined;
  return [range[0] + at, range[0] + end];
}

function addLink(text: string, at: number, end: number, links: NoteLink[]): void {
  const read = readLinkText(text.slice(at + 2, end - 2));
  if (read !== undefined) links.push({ kind: "wiki", isEmbed: false, where: "properties", ...read, at, end });
}
