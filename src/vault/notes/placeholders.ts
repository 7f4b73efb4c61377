/**
 * Notes that others are made from. Their gaps (`{{title}}` of Obsidian's own templates, `<% … %>` of Templater's) are filled
 * in when a note is made, so until then what stands there is neither a value, nor a link, nor anybody's title. A template is
 * told by its gaps, or by the folder that it lies in, wherever a vault keeps its templates. Pure.
 */
import type { Note } from "./note.ts";

const GAP = /\{\{[^{}\n]{1,80}\}\}|<%/;
/** What such folders are called, in any case, with a sign or number in front. */
const FOLDER = /^[\W\d_]*templates?$/iu;

/** A message that a pattern is about may hold such signs: only where a note's own name or date stands are they a gap. */
const TO_BECOME = /^(?:title|id|created|date):[ \t]*["']?(?:\{\{[^{}\n]{1,80}\}\}|<%)/m;
const TITLE_TO_BECOME = /^\s*# (?:\{\{[^{}\n]{1,80}\}\}|<%)/;
const MAX_START = 1_000;

/** Whether a text has a gap that is still to be filled in. */
export function hasPlaceholder(text: string): boolean {
  return GAP.test(text);
}

/** Whether a note is a template: by its folder, or by what its title or date is to become. */
export function isTemplate({ path, text, frontmatter }: Note): boolean {
  if (isInTemplates(path)) return true;
  const head = frontmatter.kind === "ok" ? frontmatter.yaml : text.slice(0, frontmatter.bodyAt);
  return TO_BECOME.test(head) || TITLE_TO_BECOME.test(text.slice(frontmatter.bodyAt, frontmatter.bodyAt + MAX_START));
}

/** Whether a note lies in a folder that is called so. */
export function isInTemplates(path: string): boolean {
  const folders = path.split("/").slice(0, -1);
  return folders.some((folder) => FOLDER.test(folder));
}
