/**
 * When two fingerprints are nearly the same thing, so that new evidence goes into the note that exists instead of a
 * second one. An exact signature is looked for first; this rule catches what a signature misses. Pure and symmetric.
 *
 * SIMILAR-1 Both have to be of one kind and one gate.
 * SIMILAR-2 Quoted names are what a message is about ("property 'cart'"): where both name some, they have to name the
 *    same.
 * SIMILAR-3 With the same test, a third of the words in common is a reworded message of that test; a test of another
 *    name is other trouble, whatever the message.
 * SIMILAR-4 Otherwise three of four words, or three of five and a file in common, or the same quoted names.
 * SIMILAR-5 What is told apart by files alone (merge conflicts, scopes, files that change together): half of the files.
 */
import { tokenize } from "../index/tokenize.ts";
import { kindOf } from "./kinds.ts";

/** What an observation is recognised by when its exact signature is not known. */
export interface Fingerprint {
  gate: string;
  test: string;
  /** Normalised messages. */
  lines: string[];
  files: string[];
}

const SAME_TEST_SHARE = 1 / 3;
const SAME_WORDS_SHARE = 3 / 4;
const SAME_WORDS_AND_MORE_SHARE = 3 / 5;
/** As SIMILAR-5 says. */
export const SAME_FILES_SHARE = 1 / 2;
/** Shorter messages agree by chance. */
const MIN_WORDS = 4;

/** Whether two fingerprints of a kind are nearly the same thing. */
export function areSimilar(kind: string, a: Fingerprint, b: Fingerprint): boolean {
  if (kindOf(kind).exactMatch || a.gate !== b.gate) return false;
  if (a.lines.length === 0 && b.lines.length === 0) return jaccard(a.files, b.files) >= SAME_FILES_SHARE;
  if (a.test !== b.test) return false;
  return a.lines.some((one) => b.lines.some((other) => areLinesSimilar(one, other, a, b)));
}

function areLinesSimilar(one: string, other: string, a: Fingerprint, b: Fingerprint): boolean {
  const [quotedOne, quotedOther] = [quotedIn(one), quotedIn(other)];
  const haveQuoted = quotedOne.length > 0 && quotedOther.length > 0;
  if (haveQuoted && jaccard(quotedOne, quotedOther) < 1) return false;
  const [words, others] = [wordsOf(one), wordsOf(other)];
  const share = jaccard(words, others);
  if (a.test !== "") return share >= SAME_TEST_SHARE;
  if (Math.min(words.length, others.length) < MIN_WORDS) return share === 1;
  const shareFile = a.files.some((file) => b.files.includes(file));
  return share >= SAME_WORDS_SHARE || ((haveQuoted || shareFile) && share >= SAME_WORDS_AND_MORE_SHARE);
}

/** Whether `narrow` says all that `wide` says and more: the same trouble, better described. */
export function isNarrower(narrow: Fingerprint, wide: Fingerprint): boolean {
  if (narrow.gate !== wide.gate || (wide.test !== "" && narrow.test !== wide.test)) return false;
  const [words, others] = [narrow.lines.flatMap(wordsOf), wide.lines.flatMap(wordsOf)];
  if (others.length < MIN_WORDS || words.length <= others.length) return false;
  return others.every((word) => words.includes(word));
}

/** Words of a normalised line, without what normalising put in the place of paths and numbers. */
function wordsOf(line: string): string[] {
  return [...new Set(tokenize(line.replace(/<[a-z]+>/g, " ")))];
}

function quotedIn(line: string): string[] {
  const quoted = [...line.matchAll(/(['"`])([^'"`]{1,80})\1/g)].map((found) => found[2] ?? "");
  return [...new Set(quoted.filter((name) => !/^<[a-z]+>$/.test(name)))];
}

/** How much of two sets is in both (Jaccard); 0 for two empty ones. */
export function jaccard(a: Iterable<string>, b: Iterable<string>): number {
  const [one, other] = [new Set(a), new Set(b)];
  const both = [...one].filter((item) => other.has(item)).length;
  const all = one.size + other.size - both;
  return all === 0 ? 0 : both / all;
}
