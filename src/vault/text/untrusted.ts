/**
 * Makes text of unknown origin (outputs of agents and gates, names of files, goals) harmless before it enters a note:
 * it stays readable, but makes no link, embed, tag, comment, HTML, heading or code fence, ends no generated section and
 * carries no control sequence. Every such text in a note goes through one of the three functions exported here.
 */
import { cutText, sanitizeOutput, sanitizeText } from "../../terminal-text/index.ts";
import { redactSecrets } from "./redact.ts";

/** One line of plain text for a property of the frontmatter: clean, without secrets, at most `maxChars` characters. */
export function toPlainLine(text: string, maxChars: number): string {
  const line = redactSecrets(sanitizeText(text.slice(0, 16 * 1024)))
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
  let clean = redactSecrets(sanitizeOutput(text.slice(-64 * 1024))).trimEnd();
  if (clean.length > maxChars) clean = `…${clean.slice(-maxChars).replace(/^[\udc00-\udfff]/, "")}`;
  clean = clean.replaceAll("[[", "[ [").replaceAll("]]", "] ]").replaceAll("%%", "% %");
  const longest = Math.max(0, ...[...clean.matchAll(/`+|~+/g)].map((run) => run[0].length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${clean}\n${fence}`;
}
