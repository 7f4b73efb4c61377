/**
 * The zettels of the program (patterns, runs, insights): their form, and how one is told from any other note by its
 * lines alone. Reading YAML costs more, most notes of a vault are a person's, and broken frontmatter still tells whose
 * note it is. Pure.
 */
import { toInline } from "../text/untrusted.ts";
import { renderProperty, type Value } from "./frontmatter.ts";
import { idOf, listProperty, type Note, numberProperty, SECTION_END, SECTION_START, textProperty } from "./note.ts";

/** Longer frontmatter is no zettel's. */
const MAX_HEAD_CHARS = 100_000;

/** A zettel's text, with room for a person; `title` is plain text, `section` markdown that ends with a newline. */
export function renderZettel(properties: Iterable<readonly [string, Value]>, title: string, section: string): string {
  const frontmatter = [...properties].map(([key, value]) => renderProperty(key, value)).join("");
  return `---\n${frontmatter}---\n# ${toInline(title, 200)}\n\n${SECTION_START}\n${section}${SECTION_END}\n\n## Notes\n`;
}

/** Whether a note is worth parsing. */
export function mayBeZettel(path: string, text: string): boolean {
  return path.startsWith("patterns/") || typeLine(text) !== undefined || signatureLine(text) !== undefined;
}

/**
 * Whether a note of a type that the program writes is the program's: people have runs and insights of their own. Its id is
 * of the program's form, and the note bears the program's mark.
 */
export function isOwnZettel(note: Note): boolean {
  if (!/^\d{14}-[0-9a-z]{4}$/.test(idOf(note))) return false;
  const type = textProperty(note, "type") ?? "";
  return numberProperty(note, "schema") > 0 || listProperty(note, "tags").includes(`zettel/${type}`);
}

/** The type that a line names. */
export function typeLine(text: string): string | undefined {
  return /^type:[ \t]*["']?(pattern|run|insight)\b/m.exec(text.slice(0, MAX_HEAD_CHARS))?.[1];
}

/** The signature of a pattern that the program keeps, as a line names it. */
export function signatureLine(text: string): string | undefined {
  return /^signature:[ \t]*["']?([0-9a-f]{16})\b/m.exec(text.slice(0, MAX_HEAD_CHARS))?.[1];
}
