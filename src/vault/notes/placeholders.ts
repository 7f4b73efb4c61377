/**
 * Notes that others are made from. Their gaps (`{{title}}` of Obsidian's own templates, `<% … %>` of Templater's) are filled
 * in when a note is made, so until then what stands there is neither a value, nor a link, nor anybody's title. A template is
 * told by its gaps, or by the folder that it lies in, wherever a vault keeps its templates. Pure.
 */
import type { Note } from "./note.ts";

const GAP = /\{\{[^{}\n]{1,80}\}\}|<%/;
/** What such folders are called, in any case, with a sign or number in front. */
const FOLDER = /^[\W\d_]*templates?$/iu;

/** Whether a text has a gap that is still to be filled in. */
export function hasPlaceholder(text: string): boolean {
  return GAP.test(text);
}

/** Whether a note is a template: by its folder, or by a gap among its properties. */
export function isTemplate(note: Note): boolean {
  return (
    note.path
      .split("/")
      .slice(0, -1)
      .some((folder) => FOLDER.test(folder)) ||
    hasPlaceholder(headOf(note)) ||
    hasPlaceholder(/^.*$/m.exec(note.text.slice(note.frontmatter.bodyAt).trimStart())?.[0] ?? "")
  );
}

function headOf({ text, frontmatter }: Note): string {
  return frontmatter.kind === "ok" ? frontmatter.yaml : text.slice(0, frontmatter.bodyAt);
}
