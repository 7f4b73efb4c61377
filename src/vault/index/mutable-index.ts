/**
 * The one full-text index of the program: mutable, synchronous, in process. lunr scores, so that the ranking is that
 * of a lunr index built afresh over the same documents; what lunr cannot do (change, forget, hold ten thousand notes in
 * little memory) is done here. A long query is answered in two phases: its rarest terms choose candidates by plain sums
 * over the postings, then the candidates are weighed by all terms. The best of them are given to lunr.
 *
 * INDEX-1 After any changes the answers equal those of an index to which the same documents were added once.
 * INDEX-2 With few terms, few documents, or no limit the answer is exact. Else a document that holds none of the rarest
 *    terms is left out, and so may be one that is weak in them.
 */
import { type IndexParts, idfOf, pickBest, type QueryTerm, sumWeights, sumWeightsOf } from "./bm25.ts";
import { type IndexHit, scoreSlice } from "./lunr-slice.ts";
import { mergeLists, type PostingList, Postings } from "./postings.ts";
import { countTerms, Lexicon, type TermCounts } from "./term-counts.ts";
import { tokenize } from "./tokenize.ts";
import { isForms, WordForms } from "./word-forms.ts";

export type { IndexHit };

/** A document: its fields by name; `ref` is unique. */
export interface IndexedDocument {
  ref: string;
  fields: Readonly<Record<string, string>>;
}

export interface MutableIndex {
  /** Adds a document, or puts it in the place of the one with the same ref. */
  set(document: IndexedDocument): void;
  /** Removes a document; one that is not there is no mistake. */
  delete(ref: string): void;
  /**
   * Documents that hold at least one of the terms (which come from `tokenize`), best first, at most `limit`; never those of
   * the refs in `without`, which count for how common a term is all the same.
   */
  query(terms: readonly string[], limit?: number, without?: ReadonlySet<string>): IndexHit[];
  /** Number of documents that hold the term. */
  countDocuments(term: string): number;
  readonly size: number;
}

/** An index whose documents may come counted already. */
export interface CountedIndex extends MutableIndex {
  readonly lexicon: Lexicon;
  /** Counts a document's terms for `setCounted`. */
  count(fields: IndexedDocument["fields"]): TermCounts;
  /** As `set`, with counts by this index's lexicon and fields. */
  setCounted(ref: string, counts: TermCounts): void;
}

export interface IndexOptions {
  /** Names the fields (without `/`) and weighs them. */
  boosts: Readonly<Record<string, number>>;
  /** Default: `tokenize`. */
  tokenize?: (text: string) => string[];
}

/** A word in another form than it was asked for says less than the word itself. */
const FORMS_BOOST = 0.5;
const NONE: ReadonlySet<string> = new Set();
/** By so many of a query's rarest terms candidates are chosen, by more of them while… */
const LEAD_TERMS = 8;
/** …there are fewer candidates than these, or than are asked for. */
const MIN_CANDIDATES = 200;

/** Makes an empty index. */
export function createIndex(options: IndexOptions): CountedIndex {
  const fields = Object.keys(options.boosts);
  const boosts = fields.map((field) => options.boosts[field] ?? 1);
  const split = options.tokenize ?? tokenize;
  const lexicon = new Lexicon();
  const postings = new Postings(fields.length);
  const found: Searched = { fields, boosts, lexicon, postings, forms: new WordForms(lexicon) };
  const count = (texts: IndexedDocument["fields"]) =>
    countTerms(
      lexicon,
      fields.map((field) => split(texts[field] ?? "")),
    );
  return {
    lexicon,
    count,
    set: ({ ref, fields: texts }) => postings.set(ref, count(texts)),
    setCounted: (ref, counts) => postings.set(ref, counts),
    delete: (ref) => postings.delete(ref),
    query: (terms, limit, without) => queryIndex(found, terms, limit, without),
    countDocuments: (term) => countDocuments(found, term),
    get size() {
      return postings.size;
    },
  };
}

interface Searched extends IndexParts {
  forms: WordForms;
}

/** The words of the index that a term of a question stands for. */
function idsOf({ lexicon, forms }: Searched, term: string): readonly number[] {
  if (isForms(term)) return forms.idsOf(term);
  const id = lexicon.find(term);
  return id === undefined ? [] : [id];
}

function countDocuments(searched: Searched, term: string): number {
  const { postings } = searched;
  const isCounted = new Uint8Array(postings.bound);
  let count = 0;
  for (const id of idsOf(searched, term)) {
    for (let field = 0; field < postings.fieldCount; field += 1) {
      const list = postings.listOf(id, field);
      for (let at = 0; at < list.length; at += 2) {
        const number = list[at] ?? 0;
        if (isCounted[number] === 0) count += 1;
        isCounted[number] = 1;
      }
    }
  }
  return count;
}

function queryIndex(
  parts: Searched,
  terms: readonly string[],
  limit = Number.POSITIVE_INFINITY,
  without: ReadonlySet<string> = NONE,
): IndexHit[] {
  const asked = findTerms(parts, terms);
  if (asked.length === 0 || !(limit >= 1)) return [];
  const enough = Math.max(limit, MIN_CANDIDATES);
  const first = sumWeights(parts, asked, (terms, found) => terms >= LEAD_TERMS && found >= enough, without);
  const sums = first.terms === asked.length ? first : sumWeightsOf(parts, asked, pickBest(parts, first, enough));
  const order = (a: IndexHit, b: IndexHit) => b.score - a.score || (a.ref < b.ref ? -1 : 1);
  return scoreSlice(parts, asked, pickBest(parts, sums, limit)).sort(order);
}

/** The terms that occur at all, rarest first. */
function findTerms(searched: Searched, terms: readonly string[]): QueryTerm[] {
  const { postings } = searched;
  const found: QueryTerm[] = [];
  for (const term of new Set(terms)) {
    const ids = idsOf(searched, term);
    const lists: PostingList[] = [];
    let count = 0;
    for (let field = 0; ids.length > 0 && field < postings.fieldCount; field += 1) {
      const list = mergeLists(ids.map((id) => postings.listOf(id, field)));
      count += list.length / 2;
      lists.push(list);
    }
    const boost = isForms(term) ? FORMS_BOOST : 1;
    if (count > 0) found.push({ term, idf: idfOf(count, postings.size), count, boost, lists });
  }
  return found.sort((a, b) => a.count - b.count || (a.term < b.term ? -1 : 1));
}
