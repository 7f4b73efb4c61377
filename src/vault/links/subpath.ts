/**
 * Whether the way inside a note leads somewhere: a block by its id, a heading by its text. Headings are walked as
 * Obsidian does: each named one must come after the one before it, on a deeper level; case and punctuation do not
 * matter. Pure.
 */
import type { NoteStructure } from "../notes/structure.ts";
import { headingKey, type Subpath } from "../notes/wikilink.ts";

/** What of the subpath is missing in the note; undefined when it leads somewhere, or there is none. */
export function findMissing(subpath: Subpath, structure: NoteStructure): "heading" | "block" | undefined {
  if (subpath.block !== null) {
    const wanted = subpath.block.toLowerCase();
    return structure.blocks.some((block) => block.id.toLowerCase() === wanted) ? undefined : "block";
  }
  const wanted = subpath.headings.map(headingKey);
  let [found, level] = [0, 0];
  for (const heading of structure.headings) {
    if (found === wanted.length) break;
    if (heading.level <= level || headingKey(heading.text) !== wanted[found]) continue;
    found += 1;
    level = heading.level;
  }
  return found < wanted.length ? "heading" : undefined;
}
