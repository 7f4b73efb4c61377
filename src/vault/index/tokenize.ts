/**
 * Words of a text as the index knows them: letters and digits of any script, folded (`fold-word.ts`); the parts of
 * camelCase besides the whole; pairs of characters for scripts written without spaces, and for Korean, whose words end in
 * particles. Unlike lunr's own tokenizer it is not limited to ASCII.
 *
 * Notes and questions also have the names that words are joined to (`src/auth/login.ts`, `ERR_NOT_FOUND`), so that a name
 * asked for outranks its parts. A name is known by each of its ends, since it is written shorter here (`auth/login.ts`) and
 * longer there (`/home/me/repo/src/auth/login.ts:12:5`), and without the place in the file. Questions ask for other forms
 * of their words, too (`word-forms.ts`), but not of what stands in names. Time grows with the length of the text only. Pure.
 */
import { normalizeText } from "../../terminal-text/index.ts";
import { foldWord } from "./fold-word.ts";
import { formsOf, partToken } from "./word-forms.ts";

/** Changes whenever the tokens of some text change, so that nobody goes on with counts of other tokens. */
export const TOKENIZER_VERSION = "words-3";

const WORD_PATTERN = /[\p{L}\p{N}\p{M}]+/gu;
const NOT_WORD = /[^\p{L}\p{N}\p{M}]/u;
const ASCII_WORD_PATTERN = /[A-Za-z0-9]+/g;
const NOT_ASCII = /[^\0-\x7f]/;
const CAMEL_HINT = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u;
const ASCII_CAMEL_HINT = /[a-z][A-Z]|[A-Z]{2}[a-z]/;
const CAMEL_PART = /\p{Lu}{1,64}(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lu}+/gu;
/** What may stand between two words of one name. */
const JOINT = /^[-_./\\:]{1,2}$/;
/** What makes a name of the words that it joins; a hyphen also joins words of a language. */
const NAME_JOINT = /[_./\\:]/;
/** A place in a file, behind its name: `:12`, `:12:5`, `(12,5)`, `#L12`. */
const PLACE = /:\d{1,7}(?::\d{1,7})?(?![\p{L}\p{N}_]|[.:]\d)|\(\d{1,7}, ?\d{1,7}\)|#L\d{1,7}(?:-L?\d{1,7})?/uy;
/** What `:8080` behind is no line of. */
const HOST = /\.(?:app|com|dev|edu|gov|io|local|net|org)$/i;

/** Longer runs of letters are no words (keys, minified code); they are cut so that they cost little. */
const MAX_TOKEN_CHARS = 64;
/** Of a path, the last ends: what stands before them says where somebody keeps the repository. */
const MAX_ENDS = 8;

/** How words become tokens. */
interface Manner {
  fold: (word: string) => string;
  /** Whether a word holds characters of a script that is read in pairs, and runs of these. */
  unspaced: RegExp;
  unspacedRun: RegExp;
}

const FOLDED: Manner = {
  fold: foldWord,
  unspaced:
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u,
  unspacedRun:
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu,
};
/** As signatures are made: notes on disk hold them. */
const AS_SIGNED: Manner = {
  fold: (word) => word.toLowerCase(),
  unspaced: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u,
  unspacedRun: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+/gu,
};

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

/** The words of a text as signatures hold them: what they are must never change. */
export function tokenizeSigned(text: string): string[] {
  return readWith(AS_SIGNED, text).flatMap((word) => word.tokens);
}

/** The words of a text, in order. */
export function readWords(text: string): WordAt[] {
  return readWith(FOLDED, text);
}

function readWith(manner: Manner, text: string): WordAt[] {
  const { words } = scan(text);
  return words.map((word) => {
    const tokens: string[] = [];
    pushWord(tokens, word, { manner, withSingles: false, ofPart: (part) => part });
    return { at: word.at, end: word.at + word.text.length, tokens };
  });
}

/** The tokens of a note: of its words, its names with their ends, and single characters of unspaced scripts. */
export function tokenizeNote(text: string): string[] {
  const tokens: string[] = [];
  const scanned = scan(text);
  for (const word of scanned.words) pushWord(tokens, word, { manner: FOLDED, withSingles: true, ofPart: partToken });
  const ends = new Map<string, string[]>();
  for (const { text: name } of findNames(scanned)) {
    let own = ends.get(name);
    if (own === undefined) {
      own = endsOf(name);
      ends.set(name, own);
    }
    tokens.push(...own);
  }
  return tokens;
}

/** The tokens of what a person searches for, each once: of its words, forms of these, and its names with their ends. */
export function tokenizeQuery(text: string): string[] {
  const tokens = new Set<string>();
  const scanned = scan(text);
  const names = findNames(scanned);
  const roles = rolesOf(names, scanned.words.length);
  const seen = new Set<string>();
  for (const [at, word] of scanned.words.entries()) {
    const role = roles[at] ?? PROSE;
    const key = `${role}${word.text}`;
    if (role === PLACED || seen.has(key)) continue;
    seen.add(key);
    const own: string[] = [];
    const forms: string[] = [];
    pushWord(own, word, {
      manner: FOLDED,
      withSingles: false,
      ofPart: (part) => {
        const all = formsOf(part);
        if (all !== undefined) forms.push(all);
        return all === undefined ? part : undefined;
      },
    });
    const [whole, ...others] = own;
    // A code, a name, or a word in capitals is meant as it is written.
    const isWord = others.length === 0 && forms.length === 0 && role !== NAMED && !/^\p{Lu}{2,}$/u.test(word.text);
    const all = isWord && whole !== undefined ? formsOf(whole) : undefined;
    for (const token of [...own, ...forms, ...(all === undefined ? [] : [all])]) tokens.add(token);
  }
  for (const name of new Set(names.map((each) => each.text))) for (const end of endsOf(name)) tokens.add(end);
  return [...tokens];
}

interface Word {
  text: string;
  at: number;
  isAscii: boolean;
}

interface Scanned {
  /** The text's NFC form. */
  normal: string;
  words: Word[];
}

function scan(text: string): Scanned {
  const normal = normalizeText(text);
  const isAscii = !NOT_ASCII.test(normal);
  const words: Word[] = [];
  for (const found of normal.matchAll(isAscii ? ASCII_WORD_PATTERN : WORD_PATTERN)) {
    words.push({ text: found[0], at: found.index, isAscii });
  }
  return { normal, words };
}

interface Name {
  /** As it is written; empty where it is a single word with a place. */
  text: string;
  /** Its words, from the first to before `end`; whether more than hyphens joins them. */
  first: number;
  end: number;
  isName: boolean;
  /** Words up to before this one are a place in a file. */
  placeEnd: number;
}

/** What a word is in a text. */
const [PROSE, NAMED, PLACED] = [0, 1, 2];

function rolesOf(names: readonly Name[], count: number): Uint8Array {
  const roles = new Uint8Array(count);
  for (const { first, end, isName, placeEnd } of names) {
    if (isName) roles.fill(NAMED, first, end);
    roles.fill(PLACED, end, placeEnd);
  }
  return roles;
}

/** Every run of words joined without spaces. */
function findNames({ normal, words }: Scanned): Name[] {
  const names: Name[] = [];
  const endOf = (at: number): number => {
    const word = words[at];
    return word === undefined ? 0 : word.at + word.text.length;
  };
  for (let first = 0; first < words.length; ) {
    const from = words[first]?.at ?? 0;
    let last = first;
    let isName = false;
    let placeEnd = readPlace(normal, from, endOf(first), isName);
    while (placeEnd === undefined && last + 1 < words.length) {
      const joint = normal.slice(endOf(last), words[last + 1]?.at);
      if (joint.length > 2 || !JOINT.test(joint)) break;
      isName ||= NAME_JOINT.test(joint);
      last += 1;
      placeEnd = readPlace(normal, from, endOf(last), isName);
    }
    let next = last + 1;
    if (placeEnd !== undefined) while (next < words.length && (words[next]?.at ?? 0) < placeEnd) next += 1;
    if (last > first || placeEnd !== undefined) {
      names.push({
        text: last > first ? normal.slice(from, endOf(last)) : "",
        ...{ first, end: last + 1, isName, placeEnd: next },
      });
    }
    first = next;
  }
  return names;
}

/** Where the place in a file ends that stands behind a name, or a word with line and column. */
function readPlace(normal: string, from: number, end: number, isName: boolean): number | undefined {
  const sign = normal[end];
  if (sign !== ":" && sign !== "(" && sign !== "#") return undefined;
  PLACE.lastIndex = end;
  const place = PLACE.exec(normal)?.[0];
  if (place === undefined) return undefined;
  const isWithColumn = /^:\d+:/.test(place) && !/\d/.test(normal[end - 1] ?? "");
  const isFile =
    isName && !HOST.test(normal.slice(Math.max(from, end - 10), end)) && /\p{L}/u.test(normal[end - 1] ?? "");
  return isFile || isWithColumn ? end + place.length : undefined;
}

/** A name, with `/` between parts of a path, and its ends behind each `/`, folded; none where that is a word alone, or too long. */
function endsOf(name: string): string[] {
  // What is longer than the longest ends is not looked at.
  const parts = name
    .slice(-MAX_TOKEN_CHARS * MAX_ENDS)
    .replaceAll("\\", "/")
    .split(/\/+/);
  const ends: string[] = [];
  let end = "";
  for (const part of parts.reverse()) {
    end = end === "" ? part : `${part}/${end}`;
    if (end.length > MAX_TOKEN_CHARS || ends.length === MAX_ENDS) break;
    if (NOT_WORD.test(end)) ends.push(foldName(end));
  }
  return ends.reverse();
}

function foldName(name: string): string {
  if (!NOT_ASCII.test(name)) return name.toLowerCase();
  return name.replace(WORD_PATTERN, foldWord);
}

interface Pushing {
  manner: Manner;
  withSingles: boolean;
  /** The token of a part of camelCase; undefined for none. */
  ofPart: (part: string) => string | undefined;
}

function pushWord(tokens: string[], { text, isAscii }: Word, { manner, withSingles, ofPart }: Pushing): void {
  if (!isAscii && manner.unspaced.test(text)) pushUnspaced(tokens, text, manner, withSingles);
  else {
    tokens.push(manner.fold(text.slice(0, MAX_TOKEN_CHARS)));
    if (text.length <= MAX_TOKEN_CHARS && (isAscii ? ASCII_CAMEL_HINT : CAMEL_HINT).test(text)) {
      const parts = text.match(CAMEL_PART) ?? [];
      if (parts.length < 2) return;
      for (const part of parts) {
        const token = ofPart(manner.fold(part));
        if (token !== undefined) tokens.push(token);
      }
    }
  }
}

/** Pairs for the unspaced part of a word, the rest whole. */
function pushUnspaced(tokens: string[], text: string, manner: Manner, withSingles: boolean): void {
  const word = manner.fold === foldWord ? toFullWidth(text) : text;
  if (word.length === 1) {
    tokens.push(manner.fold(word));
    return;
  }
  let at = 0;
  for (const run of word.matchAll(manner.unspacedRun)) {
    if (run.index > at) tokens.push(manner.fold(word.slice(at, Math.min(run.index, at + MAX_TOKEN_CHARS))));
    let before = "";
    for (const char of run[0]) {
      if (withSingles || char === run[0]) tokens.push(manner.fold(char));
      if (before !== "") tokens.push(manner.fold(before + char));
      before = char;
    }
    at = run.index + run[0].length;
  }
  if (at < word.length) tokens.push(manner.fold(word.slice(at, at + MAX_TOKEN_CHARS)));
}

/** Half-width kana and their voicing as they are written elsewhere, so that pairs are of the same characters. */
function toFullWidth(text: string): string {
  return /[\uff00-\uffef]/.test(text) ? text.normalize("NFKC") : text;
}
