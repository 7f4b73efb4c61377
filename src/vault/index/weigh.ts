/**
 * How much a term says in a field of a document: BM25 as lunr computes it when it builds an index, rounding included.
 * Here it is computed when somebody asks, because every document that comes or goes changes it for all others. Pure.
 */

/** lunr's own constants. */
const k1 = 1.2;
const b = 0.75;

/** What lunr's `idf` gives for a term that stands in `postings` fields of documents; rarer terms say more. */
export function idfOf(postings: number, documents: number): number {
  return Math.log(1 + Math.abs((documents - postings + 0.5) / (postings + 0.5)));
}

/**
 * The element of lunr's vector of a field: the term stands there `count` times, and the field is `relativeLength` times
 * as long as the mean.
 */
export function weigh(idf: number, boost: number, count: number, relativeLength: number): number {
  const score = (idf * ((k1 + 1) * count)) / (k1 * (1 - b + b * relativeLength) + count);
  return Math.round(score * boost * 1000) / 1000;
}
