/**
 * What a note consists of, as Obsidian reads it: headings, blocks, callouts, tags, and links of all kinds with their
 * places. Positions are UTF-16 offsets into the note's text, so that they slice what they name. Never throws, whatever
 * the text; nothing of it is ever run.
 */
import { normalizeText } from "../../terminal-text/index.ts";
import { readBody } from "./body.ts";
import { type Note, titleWith } from "./note.ts";
import type { BodyStructure, NoteStructure } from "./parts.ts";
import { readProperties } from "./properties.ts";

export type { Heading, NoteLink, NoteStructure } from "./parts.ts";

/** Reads a note's structure; never throws. */
export function readStructure(note: Note): NoteStructure {
  const properties = readProperties(note);
  const body: BodyStructure = { tags: [], headings: [], blocks: [], callouts: [], links: [] };
  readBody(note.text, note.frontmatter.bodyAt, body);
  return {
    ...body,
    title: titleWith(note, () => body.headings),
    aliases: properties.aliases,
    tags: withoutRepetition([...properties.tags, ...body.tags]),
    links: [...properties.links, ...body.links],
  };
}

function withoutRepetition(tags: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const tag of tags) {
    const key = normalizeText(tag).toLowerCase();
    if (!seen.has(key)) seen.set(key, tag);
  }
  return [...seen.values()];
}
