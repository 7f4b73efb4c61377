/** Rarer words say more; a long text is asked for by this many of its rarest. */
const MAX_TERMS = 48;

/** At most `MAX_TERMS` of the terms that occur at all, rarest first. */
export function selectRarestTerms(terms: readonly string[], countDocuments: (term: string) => number): string[] {
  return terms
    .map((term) => ({ term, count: countDocuments(term) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.count - b.count)
    .slice(0, MAX_TERMS)
    .map(({ term }) => term);
}
