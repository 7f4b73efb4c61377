/** Other indexes over the same notes, measured as the vault's is. */
import lunr from "lunr";
import MiniSearch from "minisearch";
import type { MadeNote } from "./notes.ts";

export interface Peer {
  build(): unknown;
  update(at: number): unknown;
  query(words: string): unknown;
  /** An update is so slow that one of them says enough. */
  isSlow?: boolean;
}

interface Document {
  id: number;
  title: string;
  body: string;
}

function toDocuments(notes: readonly MadeNote[]): Document[] {
  return notes.map(({ title, text }, id) => ({ id, title, body: text }));
}

export function buildMinisearch(notes: readonly MadeNote[], limit: number): Peer {
  const documents = toDocuments(notes);
  const index = new MiniSearch<Document>({ fields: ["title", "body"], searchOptions: { boost: { title: 3 } } });
  return {
    build: () => index.addAll(documents),
    update: (at) => {
      const document = documents[(at * 31) % documents.length];
      if (document !== undefined) index.replace({ ...document, body: `${document.body} added${at}` });
    },
    query: (words) => index.search(words).slice(0, limit),
  };
}

/** lunr has no updates: everything is built again. */
export function buildLunr(notes: readonly MadeNote[], limit: number): Peer {
  const documents = toDocuments(notes);
  let index: lunr.Index | undefined;
  const build = () => {
    index = lunr((builder) => {
      builder.ref("id");
      builder.field("title", { boost: 3 });
      builder.field("body");
      for (const document of documents) builder.add(document);
    });
  };
  return {
    build,
    update: build,
    query: (words) =>
      index
        ?.query((query) => {
          for (const word of words.split(" ")) query.term(word, {});
        })
        .slice(0, limit),
    isSlow: true,
  };
}
