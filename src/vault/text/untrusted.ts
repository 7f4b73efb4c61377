/**
 * Makes text of unknown origin (outputs of agents and gates, names of files, goals) harmless before it enters a note:
 * it stays readable, but makes no link, embed, tag, comment, HTML, heading or code fence, ends no generated section and
 * carries no control sequence. Every such text in a note goes through one of the four functions exported here.
 */
import { redactSecrets } from "./redact.ts";

const ESCAPES =
  /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|[PX^_][^\u001b]*(?:\u001b\\|$)|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Direction overrides, zero-width characters and line separators: invisible, and able to make text read as another. */
const INVISIBLE = /[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * Removes terminal sequences and control characters; keeps newlines and tabs. A line rewritten with CR keeps its end.
 */
export function stripControls(text: string): string {
  return text
    .replace(ESCAPES, "")
    .replace(/\r\n/g, "\n")
    .replace(/^.*\r(?=[^\n])/gm, "")
    .replace(CONTROLS, "")
    .replace(INVISIBLE, "");
}

/** One line of plain text for a property of the frontmatter: clean, without secrets, at most `maxChars` characters. */
export function toPlainLine(text: string, maxChars: number): string {
  const line = redactSecrets(stripControls(text.slice(0, 16 * 1024)))
    .replace(/\s+/g, " ")
    .trim();
  return cutText(line, maxChars).replaceAll("[[", "[ [").replaceAll("]]", "] ]").replaceAll("%%", "% %");
}

/** One line of markdown that shows the text as it is. */
export function toInline(text: string, maxChars: number): string {
  return toPlainLine(text, maxChars)
    .replace(/[\\`*_~=#[\]<>|^!$&]/g, "\\$&")
    .replace(/%(?=%)/g, "% ");
}

/** A code block that shows the text as it is, at most `maxChars` characters of it, its end being kept. */
export function toFence(text: string, maxChars: number): string {
  let clean = redactSecrets(stripControls(text.slice(-64 * 1024))).trimEnd();
  if (clean.length > maxChars) clean = `…${trimBroken(clean.slice(-maxChars))}`;
  clean = clean.replaceAll("[[", "[ [").replaceAll("]]", "] ]").replaceAll("%%", "% %");
  const longest = Math.max(0, ...[...clean.matchAll(/`+|~+/g)].map((run) => run[0].length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${clean}\n${fence}`;
}

/** The text cut to `maxChars`, with an ellipsis where something is missing; never in the middle of a character. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${trimBroken(text.slice(0, Math.max(0, maxChars - 1)))}…`;
}

/** Drops halves of surrogate pairs left by a cut. */
function trimBroken(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, "").replace(/[\ud800-\udbff]$/, "");
}
