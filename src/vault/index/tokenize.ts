/**
 * Words of a text as the index knows them: letters and digits of any script, lower case; the parts of camelCase
 * besides the whole; pairs of characters for scripts written without spaces. Unlike lunr's own tokenizer it is not
 * limited to ASCII. Pure.
 */

const wordPattern = /[\p{L}\p{N}\p{M}]+/gu;
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const unspacedRun = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+/gu;
const camelPart = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lu}+/gu;

/** Longer runs of letters are no words (keys, minified code); they are cut so that they cost little. */
const maxTokenChars = 64;

/** The tokens of a text, in order, with repetition. */
export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (const [word] of text.normalize("NFC").matchAll(wordPattern)) {
    if (unspaced.test(word)) tokens.push(...splitUnspaced(word));
    else {
      tokens.push(word.slice(0, maxTokenChars).toLowerCase());
      if (word.length <= maxTokenChars) tokens.push(...splitCamel(word));
    }
  }
  return tokens;
}

function splitCamel(word: string): string[] {
  if (!/\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u.test(word)) return [];
  const parts = word.match(camelPart) ?? [];
  return parts.length < 2 ? [] : parts.map((part) => part.toLowerCase());
}

/** Pairs for the unspaced part of a word, the rest whole. */
function splitUnspaced(word: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  for (const run of word.matchAll(unspacedRun)) {
    if (run.index > at) tokens.push(word.slice(at, run.index).toLowerCase());
    const chars = [...run[0]];
    if (chars.length === 1) tokens.push(run[0]);
    for (let index = 0; index + 1 < chars.length; index += 1) tokens.push(`${chars[index]}${chars[index + 1]}`);
    at = run.index + run[0].length;
  }
  if (at < word.length) tokens.push(word.slice(at).toLowerCase());
  return tokens;
}
