/** Draws from a seed: each is a function of the seed and of words that say what it is for, so that none shifts another. */
import { randomFrom } from "../../machines/random.ts";

type Word = string | number;

/** What can be drawn; the same words draw the same. */
export interface Draw {
  /** True in `rate` of all cases, 0 to 1. */
  chance(rate: number, ...words: Word[]): boolean;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number, ...words: Word[]): number;
  /** A whole number from `low` to `high`, as likely to be in 1 to 10 as in 10 to 100. Both are above 0. */
  magnitude(low: number, high: number, ...words: Word[]): number;
  /** One of these; there must be one. */
  pick<T>(items: readonly T[], ...words: Word[]): T;
  /** These in another order. */
  shuffle<T>(items: readonly T[], ...words: Word[]): T[];
}

/** The draws of one seed. */
export function drawFrom(seed: number): Draw {
  const random = (words: Word[]): number => randomFrom(seed, ...words);
  return {
    chance: (rate, ...words) => random(words) < rate,
    whole: (low, high, ...words) => low + Math.floor(random(words) * (high - low + 1)),
    magnitude: (low, high, ...words) => Math.round(low * (high / low) ** random(words)),
    pick: (items, ...words) => items[Math.floor(random(words) * items.length)] as (typeof items)[number],
    shuffle: (items, ...words) =>
      items
        .map((item, at) => ({ item, key: random([...words, at]) }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  };
}
