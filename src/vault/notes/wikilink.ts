/**
 * What stands between `[[` and `]]`, and behind a markdown link's `(`: the target, the way inside it, and the text that
 * is shown. Obsidian's own reading of odd spellings is followed: only the first bar separates (and not when it comes
 * first), a backslash before it belongs to a table, empty parts of `#a##b` are dropped, and `^id` is a block only when
 * nothing but it follows the target. Pure.
 */
import { normalizeText } from "../../terminal-text/index.ts";

/** Where a link leads inside its target: headings from the outside in, or a block. */
export interface Subpath {
  headings: string[];
  block: string | null;
}

export interface LinkText {
  /** Path or name without `#…`; empty for the note itself. */
  target: string;
  subpath: Subpath;
  alias: string | null;
}

/** Reads the inside of a wikilink; undefined when it names nothing at all. */
export function readLinkText(inside: string): LinkText | undefined {
  const bar = inside.indexOf("|");
  const isAliased = bar > 0;
  const named = (isAliased ? inside.slice(0, bar) : inside).trim().replace(/\\$/, "").trim();
  if (named === "") return undefined;
  const alias = isAliased ? inside.slice(bar + 1).trim() : "";
  return { ...splitSubpath(named), alias: alias === "" ? null : alias };
}

/** Reads where a markdown link leads; undefined when that is no file of the vault (an address, or nothing). */
export function readLinkUrl(url: string): Omit<LinkText, "alias"> | undefined {
  const isRelative = url.startsWith("./") || url.startsWith("../");
  if (url === "" || url.startsWith("//") || (!isRelative && url.includes(":"))) return undefined;
  const { target, subpath } = splitSubpath(url);
  const block = subpath.block === null ? null : decode(subpath.block);
  return { target: decode(target).trim(), subpath: { headings: subpath.headings.map(decode), block } };
}

function splitSubpath(named: string): { target: string; subpath: Subpath } {
  const hash = named.indexOf("#");
  if (hash < 0) return { target: named, subpath: { headings: [], block: null } };
  const parts = named
    .slice(hash + 1)
    .split("#")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const only = parts.length === 1 ? parts[0] : undefined;
  const subpath = only?.startsWith("^") ? { headings: [], block: only.slice(1) } : { headings: parts, block: null };
  return { target: named.slice(0, hash).trim(), subpath };
}

/** Percent-decoded, or as written when that is no valid encoding. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What Obsidian takes for a space when it compares headings. */
const PUNCTUATION = /[!"#$%&()*+,.:;<=>?@^`{|}~/[\]\\\s]+/g;

/** A heading's text as it is compared. */
export function headingKey(text: string): string {
  return normalizeText(text).replace(PUNCTUATION, " ").trim().toLowerCase();
}

/**
 * What a heading and the anchors that programs make of it have in common: its letters and digits. What they put for blanks
 * and leave out differs; where a link in the heading leads is in none of them.
 */
export function anchorKey(text: string): string {
  const shown = normalizeText(text).replace(/\]\([^()\s]*\)/g, "");
  return shown
    .replace(/<[^<>]*>/g, "")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, "")
    .toLowerCase();
}

/** The lines of a paragraph, or of a part of one, as one line. */
export function joinLines(text: string): string {
  if (!text.includes("\n")) return text;
  return text
    .split("\n")
    .map((line, at) => (at === 0 ? line : line.replace(/^[ \t>]+/, "")).trimEnd())
    .join(" ");
}
