/**
 * Puts first, of the notes that an index found for a short question, those that hold more of its words, and those that hold
 * them together: in the title, in the name and tags, in headings. Sums of weights alone let a note win by one rare word, or
 * by a common one that it repeats. Pure; it follows from the hits alone.
 */
import type { IndexHit } from "../index/mutable-index.ts";
import { formsOf, isForms } from "../index/word-forms.ts";

/** How much more a note counts that holds all words, and one that holds all of them in one of these fields. */
const ALL_SHARE = 2;
const TOGETHER_SHARE = 3;
const TOGETHER = ["title", "labels", "headings"];

/** Orders hits by their scores and by how much of the question they hold; `weights` are those of the terms that occur. */
export function orderHits(hits: readonly IndexHit[], weights: ReadonlyMap<string, number>): IndexHit[] {
  const units = new Map<string, { weight: number; terms: string[] }>();
  for (const [term, weight] of weights) {
    if (!/^~?[\p{L}\p{N}\p{M}]+$/u.test(term)) continue;
    const key = isForms(term) ? term : (formsOf(term) ?? term);
    const unit = units.get(key) ?? { weight: 0, terms: [] };
    units.set(key, { weight: Math.max(unit.weight, weight), terms: [...unit.terms, term] });
  }
  const all = [...units.values()];
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  if (all.length < 2 || total === 0) return [...hits];
  const shareOf = ({ matched }: IndexHit, isIn: (fields: readonly string[]) => boolean): number => {
    const held = all.filter(({ terms }) => terms.some((term) => isIn(matched.get(term) ?? [])));
    return held.reduce((sum, { weight }) => sum + weight, 0) / total;
  };
  const ordered = hits.map((hit) => {
    const whole = shareOf(hit, (fields) => fields.length > 0);
    const together = Math.max(...TOGETHER.map((field) => shareOf(hit, (fields) => fields.includes(field))));
    const score = hit.score * (1 + ALL_SHARE * whole ** 2 + TOGETHER_SHARE * together ** 2);
    return { ...hit, score };
  });
  return ordered.sort((a, b) => b.score - a.score || (a.ref < b.ref ? -1 : 1));
}
