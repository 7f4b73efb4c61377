/**
 * Text from elsewhere inside of a prompt: bounded, without control characters, and fenced by more backticks than it
 * holds in a row, so that nothing in it can end the fence and pass for the prompt. A model may still believe what it reads
 * there; the words around a fence say that it is data.
 */
import { sanitizeLine, sanitizeOutput, sanitizeText } from "../../terminal-text/index.ts";

const MIN_TICKS = 3;

/** A fenced block. `info` is a word of ours after the opening fence. */
export function codeBlock(text: string, info = "text"): string {
  const content = sanitizeText(text).replace(/(?<!\n)\n+$/, "");
  const ticks = "`".repeat(Math.max(MIN_TICKS, longestRun(content) + 1));
  return `${ticks}${info}\n${content}\n${ticks}`;
}

/** Text as code within a line; what has several lines becomes one. */
export function inlineCode(text: string, maxLength = 300): string {
  const line = sanitizeLine(text, maxLength);
  const ticks = "`".repeat(longestRun(line) + 1);
  const gap = /^`|`$/.test(line) || line === "" ? " " : "";
  return `${ticks}${gap}${line}${gap}${ticks}`;
}

/** The last bytes of a text, from the beginning of a line where there is one, with a word on what is missing. */
export function keepEnd(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const kept = sanitizeOutput(bytes.subarray(bytes.length - maxBytes));
  const newline = kept.indexOf("\n");
  const whole = newline === -1 ? kept : kept.slice(newline + 1);
  return `[${bytes.length - Buffer.byteLength(whole)} bytes before this are left out]\n${whole}`;
}

/** As many whole lines of the beginning of a text as fit, without the last newline; a first line that is too long is cut. */
export function keepLines(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const newline = bytes.lastIndexOf(10, Math.max(0, maxBytes - 1));
  if (newline > 0 && newline < maxBytes) return bytes.subarray(0, newline).toString();
  // Not in the middle of a character.
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
