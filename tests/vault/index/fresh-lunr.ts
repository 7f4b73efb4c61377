/** Plain lunr, built once over all documents, as what the mutable index is compared with. */
import lunr from "lunr";
import type { IndexedDocument } from "../../../src/vault/index/mutable-index.ts";

export interface Ranked {
  ref: string;
  score: number;
}

/** Ranks the documents that hold one of the terms, best first; equal ones by ref. */
export type Rank = (terms: readonly string[]) => Ranked[];

/** Builds lunr's own index; only its tokenizer is another, and its set of terms is made without the faulty minimiser. */
export function buildFreshLunr(
  documents: readonly IndexedDocument[],
  boosts: Readonly<Record<string, number>>,
  tokenize: (text: string) => string[],
): Rank {
  const builder = new lunr.Builder();
  builder.ref("ref");
  for (const [field, boost] of Object.entries(boosts)) builder.field(field, { boost });
  builder.tokenizer = Object.assign(
    (text?: null | string | object | object[]) =>
      tokenize(typeof text === "string" ? text : "").map((token) => new lunr.Token(token, {})),
    { separator: /\s+/ },
  );
  for (const document of documents) builder.add({ ...document.fields, ref: document.ref });
  const isTerm = (term: string) => term in builder.invertedIndex;
  const tokenSet = { intersect: (terms: lunr.TokenSet) => terms };
  Object.assign(builder, { createTokenSet: () => Object.assign(builder, { tokenSet }) });
  const index = builder.build();
  return (terms) => {
    const known = [...new Set(terms)].filter(isTerm);
    if (known.length === 0) return [];
    const hits = index.query((query) => {
      for (const term of known) query.term(term, { usePipeline: false });
    });
    const rounded = hits.map(({ ref, score }) => ({ ref, score: Math.round(score * 1e9) / 1e9 }));
    return rounded.sort((a, b) => b.score - a.score || (a.ref < b.ref ? -1 : 1));
  };
}
