/**
 * How often each term stands in each field of a document, as numbers: what the index is made of, and what is kept on
 * disk. Terms are numbered by a lexicon that all documents of an index share.
 */

/** Numbers terms, from 0 in order of their first use; a number is never given up. */
export class Lexicon {
  readonly #ids = new Map<string, number>();
  readonly #terms: string[] = [];

  /** The term's number, a new one when it has none. */
  idOf(term: string): number {
    const known = this.#ids.get(term);
    if (known !== undefined) return known;
    this.#ids.set(term, this.#terms.length);
    return this.#terms.push(term) - 1;
  }

  /** The term's number; undefined when no document ever held it. */
  find(term: string): number | undefined {
    return this.#ids.get(term);
  }

  termOf(id: number): string {
    return this.#terms[id] ?? "";
  }

  get size(): number {
    return this.#terms.length;
  }
}

/** Pairs of a slot (`term * number of fields + field`) and how often the term stands there, by slot, ascending. */
export type TermCounts = Uint32Array;

/** Counts the tokens of each field, given in the order of the index's fields. */
export function countTerms(lexicon: Lexicon, fields: readonly (readonly string[])[]): TermCounts {
  const counts = new Map<number, number>();
  for (const [field, tokens] of fields.entries()) {
    for (const token of tokens) {
      const slot = lexicon.idOf(token) * fields.length + field;
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
  }
  const slots = Uint32Array.from(counts.keys()).sort();
  const pairs = new Uint32Array(slots.length * 2);
  for (const [at, slot] of slots.entries()) {
    pairs[at * 2] = slot;
    pairs[at * 2 + 1] = counts.get(slot) ?? 0;
  }
  return pairs;
}
