/**
 * What models cost by the list, for estimates until Claude Code says what was paid: dollars per million tokens, as the
 * program itself bills them (`costUSD` of its results, asked for each family with a made-up service that said what it used).
 */

export interface ModelPrice {
  input: number;
  cached: number;
  written: number;
  output: number;
}

/** The first that a model's name holds is its price. */
const PRICES: readonly (readonly [string, ModelPrice])[] = [
  ["fable-5-2", { input: 8, cached: 0.2, written: 10, output: 40 }],
  ["fable", { input: 10, cached: 1, written: 12.5, output: 50 }],
  ["opus-5-5", { input: 4, cached: 0.2, written: 5, output: 20 }],
  ["opus", { input: 5, cached: 0.5, written: 6.25, output: 25 }],
  ["sonnet-5-5", { input: 2, cached: 0.1, written: 2.5, output: 10 }],
  ["sonnet", { input: 3, cached: 0.3, written: 3.75, output: 15 }],
  ["haiku-5-5", { input: 0.5, cached: 0.05, written: 0.625, output: 2.5 }],
  ["haiku", { input: 1, cached: 0.1, written: 1.25, output: 5 }],
];

/** A model that nobody knows is billed as this one. */
const UNKNOWN: ModelPrice = { input: 5, cached: 0.5, written: 6.25, output: 25 };

/** The list price of a model. */
export function modelPrice(model: string): ModelPrice {
  return PRICES.find(([family]) => model.includes(family))?.[1] ?? UNKNOWN;
}
