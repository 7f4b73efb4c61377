/** What may still be spent. Pure decisions over limits, spending and reservations. */
import type { Amount, Budget } from "../plan/model.ts";
import type { Spent } from "../protocol/values.ts";

/** Before anything was spent. */
export const NOTHING_SPENT: Spent = { usd: 0, tokens: 0, estimatedUsd: 0 };

/** What was spent with a change of it, which takes back at most all; in whole millionths of a dollar, so that sums do not drift. */
export function addSpent(spent: Spent, { usd = 0, tokens = 0, estimatedUsd = 0 }: Partial<Spent>): Spent {
  const add = (a: number, b: number): number => Math.max(0, toMicros(a + b) / 1_000_000);
  return {
    usd: add(spent.usd, usd),
    tokens: Math.max(0, spent.tokens + tokens),
    estimatedUsd: add(spent.estimatedUsd, estimatedUsd),
  };
}

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

/** Whether nothing that costs may be at work any more, not even what has begun. */
export function isBroke({ budget, spent }: { budget: Budget; spent: Spent }): boolean {
  return budget.mode === "hard" && isSpent(budget, spent);
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
