/** Numbers drawn one after the other from a seed: the same every time. */
import { hashText } from "../../machines/random.ts";

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number below `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(of: readonly T[]): T;
}

/** The numbers of `seed`, apart from those of the same seed with other words. */
export function createRandom(seed: number, ...words: (string | number)[]): Random {
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
