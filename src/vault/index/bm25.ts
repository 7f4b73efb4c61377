/**
 * How well documents fit a query: BM25 as lunr computes it when it builds an index, rounding included. Here it is
 * computed when somebody asks, because every document that comes or goes changes it for all others. Sums over the
 * postings, without lunr, are cheap enough for a term that stands in every note, and order documents as lunr does,
 * since they are sums of the same weights. Pure.
 */
import { findPair, itemOf, type PostingList, type Postings } from "./postings.ts";
import type { Lexicon } from "./term-counts.ts";

/** lunr's own constants. */
const K1 = 1.2;
const B = 0.75;

/** Walking past so many entries of a list takes as long as looking for one in it. */
const WALKED_PER_SEARCH = 40;

/** What lunr's `idf` gives for a term that stands in `postings` fields of documents; rarer terms say more. */
export function idfOf(postings: number, documents: number): number {
  return Math.log(1 + Math.abs((documents - postings + 0.5) / (postings + 0.5)));
}

/**
 * The element of lunr's vector of a field: the term stands there `count` times, and the field is `relativeLength` times
 * as long as the mean.
 */
export function weighTerm(idf: number, boost: number, count: number, relativeLength: number): number {
  return weighIn(idf, boost, count, normOf(relativeLength));
}

/** What the length of a field takes from the weight of all terms in it. */
function normOf(relativeLength: number): number {
  return K1 * (1 - B + B * relativeLength);
}

function weighIn(idf: number, boost: number, count: number, norm: number): number {
  const score = (idf * ((K1 + 1) * count)) / (norm + count);
  return Math.round(score * boost * 1000) / 1000;
}

/** What an index consists of. */
export interface IndexParts {
  fields: readonly string[];
  /** Weights of the fields, in their order. */
  boosts: readonly number[];
  lexicon: Lexicon;
  postings: Postings;
}

/** A term of a query that occurs in the index. */
export interface QueryTerm {
  term: string;
  idf: number;
  /** Fields of documents that hold it: what lunr counts. */
  count: number;
  /** Of how much weight it is beside others: what lunr calls the boost of a clause. */
  boost: number;
  /** By field: pairs of a document's number and how often it stands there, as `Postings.listOf`. */
  lists: readonly PostingList[];
}

/** Documents by number, with the sum of their weights at the same position. */
export interface Sums {
  numbers: readonly number[];
  scores: readonly number[];
}

/**
 * Sums for every document that holds one of the first terms, which are taken in order until there are enough; none for
 * those of the refs in `without`.
 */
export function sumWeights(
  parts: IndexParts,
  terms: readonly QueryTerm[],
  isEnough: (terms: number, documents: number) => boolean,
  without: ReadonlySet<string>,
): Sums & { terms: number } {
  const { boosts, postings } = parts;
  const scores = new Float64Array(postings.bound);
  // Not told from the score: a weight may be rounded to nothing.
  const isFound = new Uint8Array(postings.bound);
  const numbers: number[] = [];
  let taken = 0;
  for (const { idf, boost: weight, lists } of terms) {
    if (isEnough(taken, numbers.length)) break;
    taken += 1;
    for (const [field, boost] of boosts.entries()) {
      const list = lists[field] ?? [];
      const averageLength = postings.averageLength(field);
      for (let at = 0; at < list.length; at += 2) {
        const number = itemOf(list, at);
        const length = postings.lengthOf(number, field);
        if (isFound[number] === 0) {
          isFound[number] = 1;
          if (without.size === 0 || !without.has(postings.refOf(number))) numbers.push(number);
        }
        const element = weighTerm(idf, boost, itemOf(list, at + 1), length / averageLength);
        scores[number] = itemOf(scores, number) + weight * element;
      }
    }
  }
  return { numbers, scores: numbers.map((number) => itemOf(scores, number)), terms: taken };
}

/** Sums for these documents only. */
export function sumWeightsOf(parts: IndexParts, terms: readonly QueryTerm[], numbers: readonly number[]): Sums {
  const { boosts, postings } = parts;
  const scores = new Float64Array(numbers.length);
  const positions = new Int32Array(postings.bound).fill(-1);
  for (const [position, number] of numbers.entries()) positions[number] = position;
  const searched = numbers.length * WALKED_PER_SEARCH;
  const norms = boosts.map((_boost, field) => {
    const averageLength = postings.averageLength(field);
    return Float64Array.from(numbers, (number) => normOf(postings.lengthOf(number, field) / averageLength));
  });
  for (const { idf, boost: weight, lists } of terms) {
    for (const [field, boost] of boosts.entries()) {
      const list = lists[field] ?? [];
      const norm = norms[field];
      if (list.length === 0 || norm === undefined) continue;
      if (list.length / 2 <= searched) {
        for (let at = 0; at < list.length; at += 2) {
          const position = positions[itemOf(list, at)] ?? -1;
          if (position < 0) continue;
          const element = weighIn(idf, boost, itemOf(list, at + 1), norm[position] ?? 0);
          scores[position] = itemOf(scores, position) + weight * element;
        }
      } else {
        for (const [position, number] of numbers.entries()) {
          const at = findPair(list, number);
          if (list[at] !== number) continue;
          const element = weighIn(idf, boost, itemOf(list, at + 1), norm[position] ?? 0);
          scores[position] = itemOf(scores, position) + weight * element;
        }
      }
    }
  }
  return { numbers, scores: [...scores] };
}

/** Numbers of the documents with the highest sums, at most `count`, in no promised order; ties go by ref. */
export function pickBest({ postings }: IndexParts, { numbers, scores }: Sums, count: number): number[] {
  if (numbers.length <= count) return [...numbers];
  // Sums of the same weights in another order differ in their last bits: those are ties.
  const rounded = Float64Array.from(scores, (score) => Math.round(score * 1e9));
  const least = rounded.toSorted()[numbers.length - count] ?? 0;
  const refOf = (number: number) => postings.refOf(number);
  const above = numbers.filter((_number, at) => (rounded[at] ?? 0) > least);
  const level = numbers.filter((_number, at) => rounded[at] === least).sort((a, b) => (refOf(a) < refOf(b) ? -1 : 1));
  return [...above, ...level.slice(0, count - above.length)];
}
