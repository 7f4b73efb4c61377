/**
 * A full-text index on lunr, with what is unsafe in it kept out: text of people never reaches its query parser (the
 * Query builder is used), its ASCII tokenizer, trimmer and stemmer are replaced, and its set of terms, whose minimiser
 * loses terms with digits, is built without minimising. Immutable: it is built again when notes change.
 */
import lunr from "lunr";
import { tokenize } from "./tokenize.ts";

/** A document: its fields by name; `ref` is unique. */
export interface IndexedDocument {
  ref: string;
  fields: Readonly<Record<string, string>>;
}

export interface IndexHit {
  ref: string;
  score: number;
  /** Query terms found, with the fields they were found in. */
  matched: ReadonlyMap<string, readonly string[]>;
}

export interface TextIndex {
  /** Documents that hold at least one of the terms, best first. Terms come from `tokenize`. */
  query(terms: readonly string[]): IndexHit[];
  /** Number of documents that hold the term. */
  countDocuments(term: string): number;
}

/** What lunr has at run time and its types leave out. */
interface TermNode extends lunr.TokenSet {
  final: boolean;
  edges: Record<string, TermNode>;
}

type Postings = Record<string, Record<string, Record<string, unknown>>>;

/** Builds an index over documents; `boosts` names the fields and weighs them. */
export function buildIndex(documents: readonly IndexedDocument[], boosts: Readonly<Record<string, number>>): TextIndex {
  const builder = new lunr.Builder();
  const fields = Object.keys(boosts);
  builder.ref("ref");
  for (const field of fields) builder.field(field, { boost: boosts[field] });
  builder.tokenizer = Object.assign(
    (text?: null | string | object | object[]) =>
      tokenize(typeof text === "string" ? text : "").map((token) => new lunr.Token(token, {})),
    { separator: /\s+/ },
  );
  for (const document of documents) builder.add({ ...document.fields, ref: document.ref });
  const postings = builder.invertedIndex as Postings;
  Object.assign(builder, {
    createTokenSet: () => Object.assign(builder, { tokenSet: buildTermSet(Object.keys(postings)) }),
  });
  const index = builder.build();
  const counts = new Map<string, number>();
  return {
    query: (terms) => {
      const known = [...new Set(terms)].filter((term) => term in postings);
      if (known.length === 0) return [];
      const hits = index.query((query) => {
        for (const term of known) query.term(term, { usePipeline: false });
      });
      return hits.map((hit) => ({ ref: hit.ref, score: hit.score, matched: readMatches(hit.matchData.metadata) }));
    },
    countDocuments: (term) => {
      const posting = postings[term];
      if (posting === undefined) return 0;
      const known = counts.get(term);
      if (known !== undefined) return known;
      const count = new Set(fields.flatMap((field) => Object.keys(posting[field] ?? {}))).size;
      counts.set(term, count);
      return count;
    },
  };
}

function readMatches(metadata: object): Map<string, string[]> {
  return new Map(Object.entries(metadata).map(([term, found]) => [term, Object.keys(found as object)]));
}

/** A plain tree of all terms: what lunr's minimised graph would be, without the graph. */
function buildTermSet(terms: readonly string[]): lunr.TokenSet {
  const newNode = (): TermNode => {
    const node = new lunr.TokenSet() as TermNode;
    node.edges = Object.create(null) as Record<string, TermNode>;
    return node;
  };
  const root = newNode();
  for (const term of terms) {
    let node = root;
    for (let at = 0; at < term.length; at += 1) {
      const char = term.charAt(at);
      node.edges[char] ??= newNode();
      node = node.edges[char];
    }
    node.final = true;
  }
  return root;
}
