/** What may still be spent. Pure decisions over limits, spending and reservations. */
import type { Amount, Budget } from "../plan/model.ts";

/** Whether `amount` more would go over the limit. */
export function exceeds(limit: Amount, spent: Required<Amount>, amount: Required<Amount>): boolean {
  const usd = limit.usd !== undefined && toMicros(spent.usd + amount.usd) > toMicros(limit.usd);
  const tokens = limit.tokens !== undefined && spent.tokens + amount.tokens > limit.tokens;
  return usd || tokens;
}

/** Dollars in whole millionths: sums of prices are off by less, so that $14.20 and $1 are no more than $15.20. */
export function toMicros(usd: number): number {
  return Math.round(usd * 1_000_000);
}

/** Whether the limit is reached: nothing at all is left of it. */
export function isSpent(limit: Amount, spent: Required<Amount>): boolean {
  const usd = limit.usd !== undefined && toMicros(spent.usd) >= toMicros(limit.usd);
  const tokens = limit.tokens !== undefined && spent.tokens >= limit.tokens;
  return usd || tokens;
}

/** Whether a task with this reservation may start now. A warning mode never holds anything back. */
export function mayStart(
  budget: Budget,
  spent: Required<Amount>,
  reserved: Required<Amount>,
  reserve: Required<Amount>,
): boolean {
  if (budget.mode === "warn") return true;
  const committed = { usd: spent.usd + reserved.usd, tokens: spent.tokens + reserved.tokens };
  return !isSpent(budget, committed) && !exceeds(budget, committed, reserve);
}

/** Reads `5`, `usd=5`, `tokens=100000` or `usd=5,tokens=100000`; a bare number is of the one that is limited. Null for anything else. */
export function readLimit(text: string, { usd, tokens }: Amount): Amount | null {
  const limit: Amount = {};
  for (const part of text.trim().split(/[\s,]+/)) {
    const [, name, figure] = /^(?:(usd|tokens)=)?(\d{1,12}(?:\.\d{1,6})?)$/.exec(part) ?? [];
    if (figure === undefined) return null;
    const unit = name ?? (usd === undefined && tokens !== undefined ? "tokens" : "usd");
    if (unit === "usd") limit.usd = Number(figure);
    else limit.tokens = Number(figure);
  }
  return limit;
}

/** `$5.00`, `100000 tokens`, or both. */
export function wordAmount({ usd, tokens }: Amount): string {
  const parts = [
    ...(usd === undefined ? [] : [`$${usd.toFixed(2)}`]),
    ...(tokens === undefined ? [] : [`${tokens} tokens`]),
  ];
  return parts.join(" and ") || "nothing";
}
