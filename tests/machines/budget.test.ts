/** Limits of money are compared as people read them: sums of prices are off by less than anybody pays. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { addSpent, exceeds, isSpent, mayStart, NOTHING_SPENT } from "../../src/machines/budget.ts";

const nothing = { usd: 0, tokens: 0 };

it("lets a task start for which just enough is left, however the sum came about", () => {
  const spent = { usd: 14.200000000000001, tokens: 0 };
  const budget = { mode: "soft", usd: 15.2 } as const;
  expect(spent.usd + 1).toBeGreaterThan(budget.usd);
  expect(mayStart(budget, spent, nothing, { usd: 1, tokens: 0 })).toBe(true);
  expect(mayStart(budget, spent, nothing, { usd: 1.01, tokens: 0 })).toBe(false);
});

it("is exact to the cent, and no more is spent than the limit", () => {
  const cents = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(cents, (prices) => {
      const total = prices.reduce((sum, price) => sum + price, 0);
      const spent = { usd: prices.reduce((sum, price) => sum + price / 100, 0), tokens: 0 };
      expect(exceeds({ usd: total / 100 }, spent, nothing)).toBe(false);
      expect(isSpent({ usd: total / 100 }, spent)).toBe(true);
      expect(exceeds({ usd: (total - 1) / 100 }, spent, nothing)).toBe(true);
      expect(isSpent({ usd: (total + 1) / 100 }, spent)).toBe(false);
    }),
  );
});

it("leaves nothing of estimates that were taken back, though their sum in binary is something", () => {
  const estimates = [0.00408, 0.00048, 0.00408, 0.0013, 0.00432, -0.01426];
  expect(estimates.reduce((a, b) => a + b)).toBeGreaterThan(0);
  const spent = estimates.reduce((sum, estimatedUsd) => addSpent(sum, { estimatedUsd }), NOTHING_SPENT);
  expect(spent.estimatedUsd ?? 0).toBe(0);
});
