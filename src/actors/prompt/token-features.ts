/**
 * What of a text says how many tokens it is. Tokenizers of today cut a text into words, numbers and marks first, nearly
 * all of them alike, and then look each of them up in a vocabulary. The cut is made here as they make it; in place of
 * the vocabulary stands what makes a piece likely to be in it: its length, its kind, its pairs of letters.
 *
 * A feature is a whole number, an index of the weights. Every piece is bounded, so is the work for it.
 */

/** Characters of a word, of a run of marks, of white space. Longer ones are cut. */
const [MAX_WORD, MAX_MARKS, MAX_SPACE] = [24, 16, 48];

const PIECE = new RegExp(
  [
    `[^\\r\\n\\p{L}\\p{N}]?(?:[\\p{Lu}\\p{Lt}]{0,${MAX_WORD}}[\\p{Ll}\\p{Lo}\\p{Lm}\\p{M}]{1,${MAX_WORD}}|[\\p{Lu}\\p{Lt}]{1,${MAX_WORD}})`,
    "\\p{N}{1,3}",
    ` ?[^\\s\\p{L}\\p{N}]{1,${MAX_MARKS}}[\\r\\n]{0,${MAX_SPACE}}`,
    `\\s{0,${MAX_SPACE}}[\\r\\n]{1,${MAX_SPACE}}`,
    `\\s{1,${MAX_SPACE}}(?!\\S)`,
    `\\s{1,${MAX_SPACE}}`,
  ].join("|"),
  "gu",
);
const [WORD, LATIN_WORD, NUMBER, SPACE, LETTER] = [
  /^[^\p{L}\p{N}]?\p{L}/u,
  /^([^\p{L}\p{N}]?)([A-Za-z\u00c0-\u024f]+)$/u,
  /^\p{N}/u,
  /^\s+$/,
  /^\p{L}/u,
];

/** One after the other, so that each feature has an index of its own. */
let count = 0;
function table(size: number): number {
  const begin = count;
  count += size;
  return begin;
}

const LATIN_SHAPE = table(3 * 4);
const LATIN_LENGTH = table(3 * (2 * MAX_WORD + 1));
const [MIXED_UPPER, MIXED_LOWER] = [table(8), table(8)];
/** Pairs of letters; the end of a word and any letter beyond a to z are two more. */
const LETTERS = 28;
const PAIRS = table(LETTERS * LETTERS);
const ACCENTED = table(0x250 - 0xc0);
const PREFIX = table(128);
/** Where a word stands in a run of letters and digits without a mark between: names in code have few parts, hashes many. */
const MAX_RUN = 4;
const RUN = table((MAX_RUN + 1) * 2 * 4);
const [SPACES, LINES] = [table(8), table(8)];
const [MARKS, MARKS_SPACED, MARKS_BEFORE_LINE] = [table(MAX_MARKS + 1), table(1), table(7)];
const [MARK_CHANGES, MARK] = [table(8), table(128)];
const SCRIPTS = [
  0x370, 0x400, 0x530, 0x590, 0x780, 0x0e00, 0x0e80, 0x1e00, 0x3040, 0x30a0, 0x3400, 0xa000, 0xac00, 0xd7b0,
];
const OTHER_LENGTH = table((SCRIPTS.length + 1) * (2 * MAX_WORD + 2));
/** Characters of Chinese differ in how common they are, which is all that counts there. */
const HAN = table(509);

/** How many features there are. */
export const FEATURES = count;

/** A piece of text; `features` is null for one that is always a token. Its tokens are at most its bytes. */
export interface Piece {
  text: string;
  features: number[] | null;
}

/** The pieces of a text, in order; a feature may be listed more than once. */
export function* cutText(text: string): Generator<Piece, void, undefined> {
  let parts = 0;
  let hasDigits = false;
  for (const [piece] of text.matchAll(PIECE)) {
    const isNumber = NUMBER.test(piece);
    if (!isNumber && !LETTER.test(piece)) {
      parts = 0;
      hasDigits = false;
    }
    yield { text: piece, features: isNumber ? null : listFeatures(piece, parts, hasDigits) };
    parts += 1;
    hasDigits ||= isNumber;
  }
}

function listFeatures(piece: string, parts: number, hasDigits: boolean): number[] {
  if (SPACE.test(piece)) return [(/[\r\n]/.test(piece) ? LINES : SPACES) + lengthClass(piece.length)];
  if (!WORD.test(piece)) return listMarks(piece);
  const [, prefix, letters] = LATIN_WORD.exec(piece) ?? [];
  if (letters === undefined || prefix === undefined) return listOther(piece);
  return listLatin(prefix, letters, Math.min(parts, MAX_RUN), hasDigits);
}

function listLatin(prefix: string, letters: string, parts: number, hasDigits: boolean): number[] {
  let upper = 0;
  const features: number[] = [];
  let before = 0;
  for (let at = 0; at < letters.length; at++) {
    const code = letters.charCodeAt(at);
    if (code >= 65 && code <= 90) upper += 1;
    const folded = code | 32;
    const letter = code < 128 ? folded - 96 : 27;
    if (code >= 0xc0) features.push(ACCENTED + code - 0xc0);
    features.push(PAIRS + before * LETTERS + letter);
    before = letter;
  }
  features.push(PAIRS + before * LETTERS);
  const size = letters.length;
  const shape = upper === 0 ? 0 : upper === size ? 2 : upper === 1 && /^[A-Z]/.test(letters) ? 1 : 3;
  const stand = prefix === "" ? 0 : prefix === " " ? 1 : 2;
  features.push(LATIN_SHAPE + stand * 4 + shape);
  features.push(LATIN_LENGTH + Math.max(0, shape - 1) * (2 * MAX_WORD + 1) + size);
  if (shape === 3) features.push(MIXED_UPPER + Math.min(upper, 7), MIXED_LOWER + Math.min(size - upper, 7));
  if (stand === 2) features.push(PREFIX + asciiOf(prefix));
  if (parts > 0) {
    features.push(RUN + (parts * 2 + (hasDigits ? 1 : 0)) * 4 + (size < 3 ? 0 : shape === 1 ? 1 : shape === 3 ? 3 : 2));
  }
  return features;
}

function listMarks(piece: string): number[] {
  const line = piece.trimEnd();
  const marks = line.trimStart();
  const features = [MARKS + Math.min(marks.length, MAX_MARKS)];
  if (marks.length < line.length) features.push(MARKS_SPACED);
  if (line.length < piece.length) features.push(MARKS_BEFORE_LINE + Math.min(marks.length, 6));
  let changes = 0;
  for (let at = 0; at < marks.length; at++) {
    if (at > 0 && marks[at] !== marks[at - 1]) changes += 1;
    if (at < 8) features.push(MARK + asciiOf(marks.charAt(at)));
  }
  features.push(MARK_CHANGES + Math.min(changes, 7));
  return features;
}

/** A word of another script, or of several. */
function listOther(piece: string): number[] {
  const features: number[] = [];
  let script = 0;
  for (let at = 0; at < piece.length; at++) {
    const code = piece.charCodeAt(at);
    if (code < 128) continue;
    script = SCRIPTS.findLastIndex((from) => code >= from) + 1;
    if (code >= 0x3400 && code < 0xa000) features.push(HAN + (code % 509));
  }
  features.push(OTHER_LENGTH + script * (2 * MAX_WORD + 2) + Math.min(piece.length, 2 * MAX_WORD + 1));
  return features;
}

function asciiOf(mark: string): number {
  return Math.min(mark.charCodeAt(0), 127);
}

function lengthClass(length: number): number {
  return length <= 4 ? length - 1 : length <= 8 ? 4 : length <= 16 ? 5 : length <= 32 ? 6 : 7;
}
