/**
 * Chance that a seed decides, in two forms. `SeededRandom` is keyed: each value is a function of the seed and of words that
 * say what it is for, so that one more draw shifts no other. `RandomSequence` gives one value after the other.
 */
import { hashText, randomFrom } from "../../machines/random.ts";

type Word = string | number;

/** Values by words; the same words give the same. */
export interface SeededRandom {
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

/** The keyed values of one seed. */
export function createSeededRandom(seed: number): SeededRandom {
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

export interface RandomSequence {
  /** In [0, 1). */
  next(): number;
  /** A whole number below `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(of: readonly T[]): T;
}

/** The sequence of `seed`, apart from those of the same seed with other words. */
export function createRandomSequence(seed: number, ...words: (string | number)[]): RandomSequence {
  let count = 0;
  const prefix = `${seed}/${words.join("/")}`;
  const next = (): number => hashText(`${prefix}/${count++}`) / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: <T>(of: readonly T[]): T => of[below(of.length)] as T,
  };
}
