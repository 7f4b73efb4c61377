/**
 * Makes text from outside (agents, programs, plans, notes, names of files) safe to be printed, recorded, told to an agent or
 * kept in a note. What comes out cannot act on a terminal, and hides and reorders nothing:
 *
 * TEXT-3 No escape sequence, no control character but line feed and tab, no direction control, no character without width
 *        but those that spell words (the joiners) or choose how the one before them looks, no half of a surrogate pair.
 * TEXT-4 What came out goes through unchanged.
 *
 * Not promised: that the text is true.
 */
import { type StripOptions, stripSequences } from "./strip-sequences.ts";

const PLAIN = /^[ -~\n\t]*$/;
/** What nobody sees: tags, fillers, direction controls, zero widths. Kept are U+200C, U+200D and variation selectors. */
const HIDDEN = /(?![\u200c-\u200d]|[\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu;
const SEPARATOR = /[\u2028\u2029]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;
/** What a reader of source code has to see: controls, all that has no width, and returns that would rewrite a line. */
const UNSEEN =
  /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb]|\p{Default_Ignorable_Code_Point}/gu;
/** The red heart and its like are written with a selector, which hides nothing. */
const EMOJI_STYLE = /(?<=\p{Extended_Pictographic})\ufe0f$/u;

/** Text that somebody wrote, in lines: nothing that was written to be read is lost, a carriage return ends a line. */
export function sanitizeText(text: string): string {
  return clean(text, "newline");
}

/**
 * What a program printed, as a terminal would show it in the end: a line that is written anew after a carriage return (a
 * progress bar) is the last one written. Bytes may begin and end in the middle of a character, or be no text at all.
 */
export function sanitizeOutput(output: Uint8Array | string): string {
  return clean(typeof output === "string" ? output : decode(output), "restart");
}

/** One safe line of at most `maxLength` UTF-16 units, for titles, reasons and summaries: all white space is one blank. */
export function sanitizeLine(text: string, maxLength = 200): string {
  return cutText(sanitizeText(text).replace(/\s+/g, " ").trim(), maxLength);
}

/** The text cut to `maxLength` UTF-16 units, with an ellipsis where something is missing; never within a character. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, Math.max(0, maxLength - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Source code in which a reader sees all that is there: what would not be seen is written out, `\u{202e}`. */
export function showUnseen(text: string): string {
  return text.replace(UNSEEN, (found, at: number) =>
    found === "\ufe0f" && EMOJI_STYLE.test(text.slice(Math.max(0, at - 2), at + 1))
      ? found
      : `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function clean(text: string, returns: StripOptions["returns"]): string {
  if (PLAIN.test(text)) return text;
  return stripSequences(text, { colour: false, tabs: "keep", returns })
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(SEPARATOR, " ")
    .replace(HIDDEN, "");
}

function decode(bytes: Uint8Array): string {
  let start = 0;
  // At most three continuation bytes of a character that was cut.
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  // As a stream, so that a character whose end is still to come is left out.
  return new TextDecoder().decode(bytes.subarray(start), { stream: true });
}
