/**
 * Normalises text in the time of its length. `String.normalize` puts the marks of a character in order, which
 * costs the square of their number: a megabyte of marks would take hours. Unicode's own stream-safe form allows thirty, more
 * than any language uses.
 */
const MAX_MARKS = 30;
const TOO_MANY = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, "gu");

/** A text in a normal form, with at most thirty marks in a row. */
export function normalizeText(text: string, form: "NFC" | "NFKD" = "NFC"): string {
  return limitMarks(text).normalize(form);
}

/** The text with at most thirty marks in a row; every other text as it is. */
export function limitMarks(text: string): string {
  return mayHaveMany(text) ? text.replace(TOO_MANY, "$1") : text;
}

/** Quickly: whether some run is long enough of what is not surely no mark, as Latin letters, ideographs and Hangul are. */
function mayHaveMany(text: string): boolean {
  let run = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x300 || (code >= 0x3400 && code < 0xa66f) || (code >= 0xac00 && code < 0xd800)) run = 0;
    else if (++run > MAX_MARKS) return true;
  }
  return false;
}
