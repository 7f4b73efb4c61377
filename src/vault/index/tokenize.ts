/**
 * Words of a text as the index knows them: letters and digits of any script, lower case; the parts of camelCase
 * besides the whole; pairs of characters for scripts written without spaces. Unlike lunr's own tokenizer it is not
 * limited to ASCII. Notes and questions also have the names that words are joined to (`src/auth/login.ts`,
 * `ERR_NOT_FOUND`), so that a name asked for outranks its parts. Time grows with the length of the text only. Pure.
 */

/** Changes whenever the tokens of some text change, so that nobody goes on with counts of other tokens. */
export const tokenizerVersion = "words-2";

const wordPattern = /[\p{L}\p{N}\p{M}]+/gu;
const asciiWordPattern = /[A-Za-z0-9]+/g;
const notAscii = /[^\0-\x7f]/;
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const unspacedRun = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+/gu;
const camelHint = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u;
const asciiCamelHint = /[a-z][A-Z]|[A-Z]{2}[a-z]/;
const camelPart = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lu}+/gu;
/** What may stand between two words of one name. */
const joint = /^[-_./\\:]{1,2}$/;

/** Longer runs of letters are no words (keys, minified code); they are cut so that they cost little. */
const maxTokenChars = 64;

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
  const normal = text.normalize("NFC");
  const isAscii = !notAscii.test(normal);
  for (const found of normal.matchAll(isAscii ? asciiWordPattern : wordPattern)) each(found[0], found.index, isAscii);
  return normal;
}

/** Calls `each` for every run of words joined without spaces, lower case, with `/` between parts of a path. */
function pushNames(normal: string, each: (name: string) => void): void {
  const pattern = notAscii.test(normal) ? wordPattern : asciiWordPattern;
  let [from, end, parts] = [0, 0, 0];
  const finish = () => {
    if (parts > 1 && end - from <= maxTokenChars) each(normal.slice(from, end).toLowerCase().replaceAll("\\", "/"));
  };
  for (const found of normal.matchAll(pattern)) {
    const isJoined = parts > 0 && found.index - end <= 2 && joint.test(normal.slice(end, found.index));
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
  if (!isAscii && unspaced.test(word)) pushUnspaced(tokens, word, withSingles);
  else {
    tokens.push(word.slice(0, maxTokenChars).toLowerCase());
    if (word.length <= maxTokenChars && (isAscii ? asciiCamelHint : camelHint).test(word)) pushCamel(tokens, word);
  }
}

function pushCamel(tokens: string[], word: string): void {
  const parts = word.match(camelPart) ?? [];
  if (parts.length >= 2) for (const part of parts) tokens.push(part.toLowerCase());
}

/** Pairs for the unspaced part of a word, the rest whole. */
function pushUnspaced(tokens: string[], word: string, withSingles: boolean): void {
  let at = 0;
  for (const run of word.matchAll(unspacedRun)) {
    if (run.index > at) tokens.push(word.slice(at, Math.min(run.index, at + maxTokenChars)).toLowerCase());
    let before = "";
    for (const char of run[0]) {
      if (withSingles || char === run[0]) tokens.push(char);
      if (before !== "") tokens.push(before + char);
      before = char;
    }
    at = run.index + run[0].length;
  }
  if (at < word.length) tokens.push(word.slice(at, at + maxTokenChars).toLowerCase());
}
