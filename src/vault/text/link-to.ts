/**
 * Links in markdown that the program writes: they lead where they say, whatever a title or a file's name holds. Pure.
 */
import { toInline, toPlainLine } from "./untrusted.ts";

/** Signs that end a link, or begin something else inside it. */
const MEANING = /[[\]|\\`*_~=#<>^$&!]/g;

/**
 * A wikilink to a note (or to `name#Heading`) that reads as `shown`; plain text when no link can name the note. `name`
 * is a file name without `.md`, or a path where the name alone would be ambiguous.
 */
export function linkTo(name: string, shown: string, maxChars = 120, heading = ""): string {
  if (/[#|^[\]\r\n]|%%/.test(name)) return toInline(shown, maxChars);
  const target = heading === "" ? name : `${name}#${heading}`;
  const alias = toPlainLine(shown, maxChars)
    .replace(MEANING, " ")
    .replace(/%(?=%)/g, "% ")
    .replace(/\s+/g, " ")
    .trim();
  return alias === "" || alias === target ? `[[${target}]]` : `[[${target}|${alias}]]`;
}
