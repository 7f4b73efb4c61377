/** What may still be spent. Pure decisions over limits, spending and reservations. */
import type { Amount, Budget } from "../plan/model.ts";

/** Whether `amount` more would go over the limit. */
export function exceeds(limit: Amount, spent: Required<Amount>, amount: Required<Amount>): boolean {
  const usd = limit.usd !== undefined && spent.usd + amount.usd > limit.usd;
  const tokens = limit.tokens !== undefined && spent.tokens + amount.tokens > limit.tokens;
  return usd || tokens;
}

/** Whether the limit is reached: nothing at all is left of it. */
export function isSpent(limit: Amount, spent: Required<Amount>): boolean {
  const usd = limit.usd !== undefined && spent.usd >= limit.usd;
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
