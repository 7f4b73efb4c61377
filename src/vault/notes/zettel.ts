/** The zettels of the program: patterns, runs and insights. Pure. */
import { toInline } from "../text/untrusted.ts";
import { renderProperty, type Value } from "./frontmatter.ts";
import { sectionEnd, sectionStart } from "./note.ts";

/** Frontmatter that is longer holds no note of these types. */
const maxHeadChars = 100_000;

/** A zettel's text: properties, title, the program's section, and room for a person; `title` is plain text, `section` markdown that ends with a newline. */
export function renderZettel(properties: Iterable<readonly [string, Value]>, title: string, section: string): string {
  const frontmatter = [...properties].map(([key, value]) => renderProperty(key, value)).join("");
  return `---\n${frontmatter}---\n# ${toInline(title, 200)}\n\n${sectionStart}\n${section}${sectionEnd}\n\n## Notes\n`;
}

/** Whether a note is worth parsing: most notes of a vault are a person's. */
export function mayBeZettel(path: string, text: string): boolean {
  const isOfType = /^type:[ \t]*["']?(?:pattern|run|insight)\b/m.test(text.slice(0, maxHeadChars));
  return isOfType || path.startsWith("patterns/");
}
