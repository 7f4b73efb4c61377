/**
 * Text for a screen that counts cells: as `sanitize.ts` makes it, and besides of a width that is known. Nothing joins,
 * stacks or styles other characters; tabs are blanks; colours may stay.
 */
import { normalizeText } from "./limit-marks.ts";
import { stripSequences } from "./strip-sequences.ts";

/** A title or reason is one line: what is behind this many characters could not be shown anyway. */
const MAX_LINE = 4000;

const PRINTABLE_ASCII = /^[ -~]*$/;
/** No width, joins, reorders or hides: ZWJ, variation selectors, bidi controls, tags, fillers, skin tones, keycaps. */
const HIDDEN = /\p{Default_Ignorable_Code_Point}|\p{Emoji_Modifier}|[\u{fff9}-\u{fffb}]|\u{20e3}/gu;
const SEPARATOR = /[\u2028\u2029]/g;
const REGIONAL = /[\u{1f1e6}-\u{1f1ff}]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** One line of plain text: no escape sequences, no line feeds. For titles, ids, reasons, file names. */
export function screenLine(raw: string): string {
  if (raw.length <= MAX_LINE && PRINTABLE_ASCII.test(raw)) return raw;
  const text = stripSequences(raw.slice(0, MAX_LINE), { colour: false, tabs: "expand", returns: "newline" });
  return neutralize(text).replaceAll("\n", " ").trim();
}

/** Output of a program in lines separated by line feeds; a lone carriage return starts its line again. */
export function screenText(raw: string, { colour }: { colour: boolean }): string {
  return neutralize(stripSequences(raw, { colour, tabs: "expand", returns: "restart" }));
}

/** Takes out what has no width or changes that of its neighbours; SGR sequences pass unharmed. */
function neutralize(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  const shown = text
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(SEPARATOR, " ")
    .replace(HIDDEN, "")
    .replace(REGIONAL, (flag) => String.fromCodePoint((flag.codePointAt(0) ?? 0x1f1e6) - 0x1f1e6 + 0x41));
  return normalizeText(shown).replace(STACKED_MARKS, "$1");
}
