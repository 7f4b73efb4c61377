/** What tokens cost, and increments out of totals. Pure. */
import type { AgentSpec } from "../../plan/model.ts";

/** Tokens by how they are paid; the three kinds of input do not overlap. */
export interface Tokens {
  input: number;
  /** Read from the service's cache. */
  cached: number;
  output: number;
}

export const NO_TOKENS: Tokens = { input: 0, cached: 0, output: 0 };

/** All tokens together. */
export const totalOf = ({ input, cached, output }: Tokens): number => input + cached + output;

/** US dollars by the price of pleach.yaml; 0 without one. */
export function priceTokens({ input, cached, output }: Tokens, price: AgentSpec["price"]): number {
  if (price === undefined) return 0;
  return (input * price.input + cached * (price.cached ?? price.input) + output * price.output) / 1e6;
}

/** What came on top; a total that fell began anew. */
export function growthOf(total: Tokens, before: Tokens): Tokens {
  if (totalOf(total) < totalOf(before)) return total;
  return {
    input: Math.max(0, total.input - before.input),
    cached: Math.max(0, total.cached - before.cached),
    output: Math.max(0, total.output - before.output),
  };
}
