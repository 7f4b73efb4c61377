/**
 * Words of a text as the index knows them: letters and digits of any script, lower case; the parts of camelCase
 * besides the whole; pairs of characters for scripts written without spaces. Unlike lunr's own tokenizer it is not
 * limited to ASCII. Notes and questions also have the names that words are joined to (`src/auth/login.ts`,
 * `ERR_NOT_FOUND`), so that a name asked for outranks its parts. Time grows with the length of the text only. Pure.
 */
import { normalizeText } from "../../terminal-text/index.ts";

/** Changes whenever the tokens of some text change, so that nobody goes on with counts of other tokens. */
export const TOKENIZER_VERSION = "words-2";

const WORD_PATTERN = /[\p{L}\p{N}\p{M}]+/gu;
const ASCII_WORD_PATTERN = /[A-Za-z0-9]+/g;
const NOT_ASCII = /[^\0-\x7f]/;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const UNSPACED_RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+/gu;
const CAMEL_HINT = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u;
const ASCII_CAMEL_HINT = /[a-z][A-Z]|[A-Z]{2}[a-z]/;
const CAMEL_PART = /\p{Lu}{1,64}(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lu}+/gu;
/** What may stand between two words of one name. */
const JOINT = /^[-_./\\:]{1,2}$/;

/** Longer runs of letters are no words (keys, minified code); they are cut so that they cost little. */
const MAX_TOKEN_CHARS = 64;

/** A word of a text: where it stands in the text's NFC form, and its tokens. */
export interface WordAt {
  at: number;
  end: number;
  tokens: string[];
}

/** The tokens of a text's words, in order, with repetition. */
export function tokenize(text: string): string[] {
  return readWords(text).flatMap((word) => word.tokens);
}

/** The words of a text, in order. */
export function readWords(text: string): WordAt[] {
  const words: WordAt[] = [];
  scan(text, (word, at, isAscii) => {
    const tokens: string[] = [];
    pushWord(tokens, word, { isAscii, withSingles: false });
    words.push({ at, end: at + word.length, tokens });
  });
  return words;
}

/** The tokens of a note: of its words, its names with their last parts, and single characters of unspaced scripts. */
export function tokenizeNote(text: string): string[] {
  const tokens: string[] = [];
  const normal = scan(text, (word, _at, isAscii) => pushWord(tokens, word, { isAscii, withSingles: true }));
  pushNames(normal, (name) => {
    tokens.push(name);
    const tail = name.slice(name.lastIndexOf("/") + 1);
    if (tail !== name && /[^\p{L}\p{N}\p{M}]/u.test(tail)) tokens.push(tail);
  });
  return tokens;
}

/** The tokens of what a person searches for: of its words and names, each once. */
export function tokenizeQuery(text: string): string[] {
  const tokens = new Set<string>();
  const normal = scan(text, (word, _at, isAscii) => {
    const own: string[] = [];
    pushWord(own, word, { isAscii, withSingles: false });
    for (const token of own) tokens.add(token);
  });
  pushNames(normal, (name) => tokens.add(name));
  return [...tokens];
}

/** Calls `each` for every word of the text's NFC form, which is returned. */
function scan(text: string, each: (word: string, at: number, isAscii: boolean) => void): string {
  const normal = normalizeText(text);
  const isAscii = !NOT_ASCII.test(normal);
  for (const found of normal.matchAll(isAscii ? ASCII_WORD_PATTERN : WORD_PATTERN))
    each(found[0], found.index, isAscii);
  return normal;
}

/** Calls `each` for every run of words joined without spaces, lower case, with `/` between parts of a path. */
function pushNames(normal: string, each: (name: string) => void): void {
  const pattern = NOT_ASCII.test(normal) ? WORD_PATTERN : ASCII_WORD_PATTERN;
  let [from, end, parts] = [0, 0, 0];
  const finish = () => {
    if (parts > 1 && end - from <= MAX_TOKEN_CHARS) each(normal.slice(from, end).toLowerCase().replaceAll("\\", "/"));
  };
  for (const found of normal.matchAll(pattern)) {
    const isJoined = parts > 0 && found.index - end <= 2 && JOINT.test(normal.slice(end, found.index));
    if (!isJoined) {
      finish();
      [from, parts] = [found.index, 0];
    }
    end = found.index + found[0].length;
    parts += 1;
  }
  finish();
}

function pushWord(
  tokens: string[],
  word: string,
  { isAscii, withSingles }: { isAscii: boolean; withSingles: boolean },
) {
  if (!isAscii && UNSPACED.test(word)) pushUnspaced(tokens, word, withSingles);
  else {
    tokens.push(word.slice(0, MAX_TOKEN_CHARS).toLowerCase());
    if (word.length <= MAX_TOKEN_CHARS && (isAscii ? ASCII_CAMEL_HINT : CAMEL_HINT).test(word)) pushCamel(tokens, word);
  }
}

function pushCamel(tokens: string[], word: string): void {
  const parts = word.match(CAMEL_PART) ?? [];
  if (parts.length >= 2) for (const part of parts) tokens.push(part.toLowerCase());
}

/** Pairs for the unspaced part of a word, the rest whole. */
function pushUnspaced(tokens: string[], word: string, withSingles: boolean): void {
  let at = 0;
  for (const run of word.matchAll(UNSPACED_RUN)) {
    if (run.index > at) tokens.push(word.slice(at, Math.min(run.index, at + MAX_TOKEN_CHARS)).toLowerCase());
    let before = "";
    for (const char of run[0]) {
      if (withSingles || char === run[0]) tokens.push(char);
      if (before !== "") tokens.push(before + char);
      before = char;
    }
    at = run.index + run[0].length;
  }
  if (at < word.length) tokens.push(word.slice(at, at + MAX_TOKEN_CHARS).toLowerCase());
}
