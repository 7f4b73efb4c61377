/**
 * A word as it is compared: lower case, without accents, vowel points and other marks that people leave out when they
 * type, in one width, with the letters that a keyboard lacks written out. Notes and questions are folded alike. Marks that
 * spell (the vowels of Indic scripts, the voicing of kana) stay. Pure.
 */

const NOT_ASCII = /[^\0-\x7f]/;
/** Accents of Latin, Greek and Cyrillic; points of Hebrew; vowel signs, Koranic signs and the stretcher of Arabic. */
const LEFT_OUT =
  /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]|[\u1ab0-\u1aff\u1dc0-\u1dff]|\u0640/g;
/** What normal forms put between letters: `½` is `1⁄2`, and some ligatures are whole sentences. */
const BETWEEN = /[^\p{L}\p{N}\p{M}]+/gu;
/** Letters that no normal form takes apart, as they are usually written instead. */
const WRITTEN_OUT: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ł: "l",
  ŋ: "n",
  þ: "th",
  ŧ: "t",
  ς: "σ",
  ی: "ي",
  ى: "ي",
  ک: "ك",
};
const TO_WRITE_OUT = new RegExp(`[${Object.keys(WRITTEN_OUT).join("")}]`, "g");

/** Forms of words that are not ASCII: normal forms are slow, and words (pairs of Han, above all) come again and again. */
const known = new Map<string, string>();
const MAX_KNOWN = 10_000;
const MAX_KNOWN_CHARS = 32;

/** The word's one form for the index. */
export function foldWord(word: string): string {
  if (!NOT_ASCII.test(word)) return word.toLowerCase();
  if (word.length > MAX_KNOWN_CHARS) return foldLetters(word);
  let folded = known.get(word);
  if (folded === undefined) {
    if (known.size === MAX_KNOWN) known.clear();
    folded = foldLetters(word);
    known.set(word, folded);
  }
  return folded;
}

function foldLetters(word: string): string {
  const lower = word.toLowerCase();
  if (!NOT_ASCII.test(lower)) return lower;
  const plain = lower.normalize("NFKD").replace(LEFT_OUT, "").replace(BETWEEN, "").toLowerCase();
  const folded = plain.replace(TO_WRITE_OUT, (letter) => WRITTEN_OUT[letter] ?? letter).normalize("NFC");
  // A mark that stands alone is still something.
  return folded === "" ? lower : folded;
}
