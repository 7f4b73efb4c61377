/** Whatever figures an agent reports, what is told of them adds up to something that can be counted. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AttemptSpending } from "../../../src/actors/perform/attempt-spending.ts";

type Cost = NonNullable<ReturnType<AttemptSpending["take"]>>;

const anyFigure = fc.oneof(
  fc.double(),
  fc.integer({ min: -2_000_000, max: 2_000_000 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, -1e308, -0, 5e-324),
);
const anyCost = fc.record({ usd: anyFigure, tokens: anyFigure, estimatedUsd: anyFigure }, { requiredKeys: [] });

/** The sums that others would come to, after each report that is taken. */
function sumUp(costs: Iterable<Partial<Cost>>, takes: (at: number) => boolean = () => true) {
  const spending = new AttemptSpending();
  const [sum, sums]: [Required<Cost>, Required<Cost>[]] = [{ usd: 0, tokens: 0, estimatedUsd: 0 }, []];
  let [at, records] = [0, 0];
  const take = (): void => {
    const cost = spending.take();
    const { usd = 0, tokens = 0, estimatedUsd = 0 } = cost ?? {};
    if (cost !== null) records++;
    sum.usd = Math.round((sum.usd + usd) * 1e6) / 1e6;
    sum.tokens += tokens;
    sum.estimatedUsd = Math.round((sum.estimatedUsd + estimatedUsd) * 1e6) / 1e6;
    sums.push({ ...sum });
  };
  for (const cost of costs) {
    spending.add(cost);
    if (takes(at++)) take();
  }
  take();
  return { sum: sums.at(-1), sums, records };
}

describe("what an attempt has used", () => {
  it("is never below nothing, never beyond count, and no more of it is estimated than was used", () => {
    fc.assert(
      fc.property(fc.array(anyCost), (costs) => {
        for (const { usd, tokens, estimatedUsd } of sumUp(costs).sums) {
          expect([usd, tokens, estimatedUsd].every(Number.isFinite)).toBe(true);
          expect(Math.min(usd, tokens, estimatedUsd, usd - estimatedUsd + 1e-6)).toBeGreaterThanOrEqual(0);
          expect(Math.max(usd, tokens)).toBeLessThanOrEqual(1e15);
          expect(Number.isInteger(tokens)).toBe(true);
        }
      }),
    );
  });

  it("comes to the same whether it is taken after each report or after some", () => {
    const cents = fc.integer({ min: -500, max: 500 }).map((figure) => figure / 100);
    const costs = fc.array(fc.record({ usd: cents, tokens: fc.integer({ min: -50, max: 50 }), estimatedUsd: cents }));
    fc.assert(
      fc.property(costs, fc.func(fc.boolean()), (reports, takes) => {
        expect(sumUp(reports, (at) => takes(at)).sum).toEqual(sumUp(reports).sum);
      }),
    );
  });

  it.each<[string, Partial<Cost>[], Required<Cost>]>([
    [
      "an estimate that is taken back with the true figure",
      [
        { usd: 0.1, tokens: 100, estimatedUsd: 0.1 },
        { usd: 0.2, tokens: 200, estimatedUsd: 0.2 },
        { usd: 0.25 - 0.3, tokens: 0, estimatedUsd: -0.3 },
      ],
      { usd: 0.25, tokens: 300, estimatedUsd: 0 },
    ],
    [
      "usage that falls below nothing",
      [{ usd: -5, tokens: -9 }, { usd: 1, tokens: 3 }, { usd: -2 }],
      { usd: 0, tokens: 3, estimatedUsd: 0 },
    ],
    [
      "a debt that is promised before it is used",
      [
        { usd: -1e308, tokens: -1e308 },
        { usd: 2, tokens: 7 },
      ],
      { usd: 2, tokens: 7, estimatedUsd: 0 },
    ],
    [
      "what cannot be counted",
      [{ usd: Number.NaN, tokens: Number.NaN }, { usd: Number.POSITIVE_INFINITY }, { usd: 1, tokens: 1.4 }],
      { usd: 1, tokens: 1, estimatedUsd: 0 },
    ],
    ["more than there is", [{ usd: 1e308, tokens: 1e308 }], { usd: 1e9, tokens: 1e15, estimatedUsd: 0 }],
    [
      "more estimated than used",
      [{ usd: 1, estimatedUsd: 5 }, { usd: -0.5 }],
      { usd: 0.5, tokens: 0, estimatedUsd: 0.5 },
    ],
  ])("of %s is sound", (_, costs, expected) => {
    expect(sumUp(costs).sum).toEqual(expected);
  });

  it("of ten thousand reports that were not taken is told at once, of those that change nothing not at all", () => {
    const many = Array.from({ length: 10_000 }, () => ({ usd: 0.0001, tokens: 10 }));
    expect(sumUp(many, () => false)).toMatchObject({ records: 1, sum: { usd: 1, tokens: 100_000 } });
    const same = Array.from({ length: 100 }, () => ({ usd: 0, tokens: 0 }));
    expect(sumUp(same).records).toBe(0);
  });
});
