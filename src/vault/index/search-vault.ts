/** Searching the notes of vaults by words, whatever a person types or pastes: nothing in the words is syntax. */

import { readVaults } from "../files/read-vaults.ts";
import type { Source } from "../files/sources.ts";
import { bodyOf, listProperty, titleOf } from "../notes/note.ts";
import { cutText, stripControls } from "../text/untrusted.ts";
import { createIndex } from "./mutable-index.ts";
import { pickRarest } from "./pick-rarest.ts";
import { tokenize } from "./tokenize.ts";

export interface SearchResult {
  path: string;
  title: string;
  /** Comparable within one answer only. */
  score: number;
  /** A part of the note that holds one of the words, on one line. */
  snippet: string;
}

const snippetChars = 200;

/** Notes that hold some of the words, best first, at most `limit`. Sources that do not exist are empty. */
export async function searchVault(
  sources: readonly (string | Source)[],
  words: string,
  limit: number,
): Promise<SearchResult[]> {
  const { notes } = await readVaults(sources);
  const documents = notes.map(({ note }, at) => ({
    ref: String(at),
    fields: {
      title: titleOf(note),
      labels: [...listProperty(note, "aliases"), ...listProperty(note, "tags")].join(" "),
      // Malformed frontmatter is found as text, too.
      body: note.frontmatter.kind === "malformed" ? note.text : bodyOf(note),
    },
  }));
  const index = createIndex({ boosts: { title: 3, labels: 2, body: 1 } });
  for (const document of documents) index.set(document);
  const terms = pickRarest([...new Set(tokenize(words))], (term) => index.countDocuments(term));
  return index
    .query(terms)
    .slice(0, Math.max(0, limit))
    .flatMap((hit) => {
      const found = notes[Number(hit.ref)];
      if (found === undefined) return [];
      const snippet = makeSnippet(bodyOf(found.note), [...hit.matched.keys()]);
      const title = cutText(stripControls(titleOf(found.note)), 200);
      return [{ path: found.path, title, score: Math.round(hit.score * 1000) / 1000, snippet }];
    });
}

function makeSnippet(body: string, terms: readonly string[]): string {
  const text = stripControls(body.slice(0, 200_000))
    .replace(/^%% pleach:(?:start|end) %%$/gm, "")
    .replace(/\s+/g, " ")
    .trim();
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((at) => at >= 0);
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = Math.max(0, first - 60);
  return `${from > 0 ? "…" : ""}${cutText(text.slice(from), snippetChars)}`;
}
