/** The form of every zettel that the program writes: properties, title, its own section, and room for a person. Pure. */
import { toInline } from "../text/untrusted.ts";
import { renderProperty, type Value } from "./frontmatter.ts";
import { sectionEnd, sectionStart } from "./note.ts";

/** A zettel's text; `title` is plain text, `section` markdown that ends with a newline. */
export function renderZettel(properties: Iterable<readonly [string, Value]>, title: string, section: string): string {
  const frontmatter = [...properties].map(([key, value]) => renderProperty(key, value)).join("");
  return `---\n${frontmatter}---\n# ${toInline(title, 200)}\n\n${sectionStart}\n${section}${sectionEnd}\n\n## Notes\n`;
}
