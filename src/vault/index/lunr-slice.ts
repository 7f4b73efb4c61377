/**
 * Lets lunr score documents: a `lunr.Index` that holds only the documents and the terms in question, with the very
 * postings and vectors that an index built afresh over all documents would hold for them. lunr's query parser is not
 * used (text of people has no syntax), and neither is its set of terms, whose minimiser loses terms with digits: every
 * term of the query is known to be in the slice, so the set is the query's own.
 */
import lunr from "lunr";
import { type IndexParts, type QueryTerm, weighTerm } from "./bm25.ts";
import { findPair } from "./postings.ts";

export interface IndexHit {
  ref: string;
  /** What lunr gives; comparable within one answer only. */
  score: number;
  /** Query terms found, with the fields they were found in. */
  matched: ReadonlyMap<string, readonly string[]>;
}

type Posting = Record<string, Record<string, object> | number>;

const NO_METADATA = Object.freeze({});
/** Stands in for lunr's set of all terms. */
const anyTerm = { intersect: (terms: lunr.TokenSet) => terms };

/** The documents with lunr's scores by all terms, in no promised order. Every term occurs in the index. */
export function scoreSlice(parts: IndexParts, asked: readonly QueryTerm[], documents: readonly number[]): IndexHit[] {
  // In an order that does not depend on the documents, so that neither do the last bits of the sums.
  const terms = [...asked].sort((a, b) => (a.term < b.term ? -1 : 1));
  const index = makeIndex(parts, terms, documents);
  const hits = index.query((query) => {
    for (const { term, boost } of terms) query.term(term, { boost, usePipeline: false });
  });
  return hits.map(({ ref, score, matchData }) => ({
    ref: parts.postings.refOf(Number(ref)),
    score: Math.round(score * 1e9) / 1e9,
    matched: new Map(Object.entries(matchData.metadata).map(([term, found]) => [term, Object.keys(found as object)])),
  }));
}

function makeIndex(parts: IndexParts, terms: readonly QueryTerm[], documents: readonly number[]): lunr.Index {
  const { fields, boosts, postings } = parts;
  const invertedIndex = Object.create(null) as Record<string, Posting>;
  for (const [at, { term }] of terms.entries()) {
    const posting: Posting = { _index: at };
    for (const field of fields) posting[field] = Object.create(null) as Record<string, object>;
    invertedIndex[term] = posting;
  }
  const fieldVectors = Object.create(null) as Record<string, lunr.Vector>;
  for (const [field, name] of fields.entries()) {
    const averageLength = postings.averageLength(field);
    for (const number of documents) {
      const length = postings.lengthOf(number, field);
      const weights: number[] = [];
      for (const [position, { idf, term, lists }] of terms.entries()) {
        const list = lists[field] ?? [];
        const at = findPair(list, number);
        if (list[at] !== number) continue;
        weights.push(position, weighTerm(idf, boosts[field] ?? 1, list[at + 1] ?? 0, length / averageLength));
        (invertedIndex[term]?.[name] as Record<string, object>)[number] = NO_METADATA;
      }
      if (weights.length > 0) fieldVectors[`${name}/${number}`] = new lunr.Vector(weights);
    }
  }
  // The types name the vectors as an older lunr did.
  const made = { invertedIndex, fieldVectors, tokenSet: anyTerm, fields: [...fields], pipeline: new lunr.Pipeline() };
  return new lunr.Index(made as unknown as ConstructorParameters<typeof lunr.Index>[0]);
}
