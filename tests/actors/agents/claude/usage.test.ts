/** What Claude Code has used, as it comes: live figures, what results make of them, and figures that cannot be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaudeUsage, type Spent } from "../../../../src/actors/agents/claude/usage.ts";

const PRICE = { input: 2, output: 10, cached: 0.5 };
const answer = (id: string, usage: object, content: object[] = []) => ({
  id,
  model: "claude-opus-4-8",
  usage,
  content,
});
const used = (input: number, output: number) => ({ input_tokens: input, output_tokens: output });
const model = (inputTokens: number, outputTokens: number, costUSD: number) => ({
  model_usage_since_last_result: { "claude-opus-4-8": { inputTokens, outputTokens, costUSD } },
});

/** The sum of all changes. */
function sum(...changes: (Spent | null)[]): Required<Spent> {
  return changes.reduce<Required<Spent>>(
    (all, each) => ({
      usd: all.usd + (each?.usd ?? 0),
      tokens: all.tokens + (each?.tokens ?? 0),
      estimatedUsd: all.estimatedUsd + (each?.estimatedUsd ?? 0),
    }),
    { usd: 0, tokens: 0, estimatedUsd: 0 },
  );
}

describe("an answer", () => {
  it("counts as it comes, at the entry's price, and once however often it is repeated", () => {
    const usage = new ClaudeUsage(PRICE);
    expect(usage.answer(answer("m1", used(1_000_000, 1)))).toMatchObject({ tokens: 1_000_001 });
    expect(usage.answer(answer("m1", used(1_000_000, 1)))).toBeNull();
    expect(usage.answer(answer("m1", used(1_000_000, 100_001)))).toEqual({
      usd: expect.closeTo(1),
      estimatedUsd: expect.closeTo(1),
      tokens: 100_000,
    });
    expect(usage.answer(answer("m1", used(5, 5)))).toBeNull();
  });

  it("has put out at least what was said in it", () => {
    const usage = new ClaudeUsage(PRICE);
    const spent = usage.answer(answer("m1", used(0, 1), [{ type: "text", text: "x".repeat(4_000) }]));
    expect(spent?.tokens).toBe(1_000);
    const more = usage.answer(answer("m1", used(0, 1), [{ type: "tool_use", input: { content: "x".repeat(4_000) } }]));
    expect(more?.tokens).toBeGreaterThanOrEqual(1_000);
  });

  it("is estimated by its model's list price where the entry has none, and by what results showed", () => {
    const usage = new ClaudeUsage(undefined);
    expect(usage.answer(answer("m1", used(1_000_000, 0)))?.usd).toBeCloseTo(5);
    usage.settle(model(1_000_000, 0, 2.5), false);
    expect(usage.answer(answer("m2", used(1_000_000, 0)))?.usd).toBeCloseTo(2.5);
  });
});

describe("an answer that comes in pieces", () => {
  const start = (id: string, input: number) => ({ type: "message_start", message: answer(id, used(input, 1)) });
  const words = (length: number) => ({
    type: "content_block_delta",
    delta: { type: "text_delta", text: "x".repeat(length) },
  });
  const end = (output: number) => ({ type: "message_delta", usage: { output_tokens: output } });

  it("counts what it takes in when it begins, and when it ends what came out, shown or not", () => {
    const usage = new ClaudeUsage(PRICE);
    expect(usage.piece(start("m1", 20_000), "")?.tokens).toBe(20_001);
    usage.piece(words(40), "");
    expect(usage.answer(answer("m1", used(20_000, 1), [{ type: "text", text: "x".repeat(40) }]))?.tokens).toBe(9);
    expect(usage.piece(end(3_000), "")?.tokens).toBe(2_990);
    expect(usage.answer(answer("m1", used(20_000, 1), [{ type: "text", text: "x".repeat(40_000) }]))).toBeNull();
  });

  it("takes a guess back that was too high", () => {
    const usage = new ClaudeUsage(PRICE);
    const live = [usage.piece(start("m1", 100), ""), usage.piece(words(40_000), ""), usage.piece(end(50), "")];
    expect(sum(...live)).toMatchObject({ tokens: 150, usd: expect.closeTo((100 * 2 + 50 * 10) / 1e6) });
  });

  it("tells of its growth now and then, and keeps what several workers say apart", () => {
    const usage = new ClaudeUsage(PRICE);
    const live = [usage.piece(start("m1", 0), ""), usage.piece(start("m2", 0), "sub-agent")];
    for (let piece = 0; piece < 10_000; piece += 1) live.push(usage.piece(words(4), ""));
    expect(live.filter((each) => each !== null).length).toBeLessThan(30);
    expect(sum(...live).tokens).toBeGreaterThan(9_500);
    live.push(usage.piece(end(70), "sub-agent"), usage.piece(end(10_000), ""));
    expect(sum(...live).tokens).toBe(10_070);
  });

  it("says nothing by itself: an end without a beginning, figures that are none", () => {
    const usage = new ClaudeUsage(PRICE);
    expect([end(5), words(40_000), { type: "message_start" }, {}].map((each) => usage.piece(each, ""))).toEqual([
      null,
      null,
      null,
      null,
    ]);
    usage.piece(start("m1", 10), "");
    expect([end(-5), end(1e12), { type: "message_delta", usage: "many" }].map((each) => usage.piece(each, ""))).toEqual(
      [null, null, null],
    );
  });
});

describe("a result", () => {
  it("takes the estimate back and puts what is true", () => {
    const usage = new ClaudeUsage(PRICE);
    const live = usage.answer(answer("m1", used(1_000, 1)));
    const settled = usage.settle(model(1_000, 50, 0.25), false);
    expect(sum(live, settled)).toEqual({ usd: expect.closeTo(0.25), tokens: 1_050, estimatedUsd: expect.closeTo(0) });
  });

  it("of a turn that was broken off leaves standing what it leaves out", () => {
    const usage = new ClaudeUsage(PRICE);
    const live = [usage.answer(answer("m1", used(1_000, 0))), usage.answer(answer("m2", used(3_000, 0)))];
    const settled = usage.settle(model(1_000, 0, 0.25), true);
    const all = sum(...live, settled);
    expect(all).toEqual({ tokens: 4_000, usd: expect.closeTo(0.256), estimatedUsd: expect.closeTo(0.006) });
  });

  it("without figures leaves the estimate standing", () => {
    const usage = new ClaudeUsage(PRICE);
    const live = usage.answer(answer("m1", used(1_000, 0)));
    for (const result of [{}, { usage: null, total_cost_usd: "much" }, { total_cost_usd: Number.NaN }])
      expect(sum(live, usage.settle(result, false))).toEqual(sum(live));
  });

  it("of an older program is a total of the process, with its sub-agents", () => {
    const usage = new ClaudeUsage(undefined);
    const total = (inputTokens: number, total_cost_usd: number) => ({
      modelUsage: { a: { inputTokens }, b: { inputTokens } },
      usage: used(1, 1),
      total_cost_usd,
    });
    expect(usage.settle(total(500, 0.25), false)).toEqual({ usd: 0.25, tokens: 1_000 });
    expect(usage.settle(total(600, 1), false)).toEqual({ usd: 0.75, tokens: 200 });
  });

  it("whose total fell says nothing of what came between: the estimate stands, and what comes on top of it counts", () => {
    const usage = new ClaudeUsage(PRICE);
    const total = (inputTokens: number, total_cost_usd: number) => ({
      modelUsage: { a: { inputTokens } },
      total_cost_usd,
    });
    const changes = [usage.settle(total(5_000, 1), false), usage.answer(answer("m1", used(1_000, 0)))];
    changes.push(usage.settle(total(100, 0.01), false), usage.settle(total(200, 0.02), false));
    expect(sum(...changes)).toEqual({ usd: expect.closeTo(1.012), tokens: 6_100, estimatedUsd: expect.closeTo(0.002) });
  });
});

describe("figures that cannot be", () => {
  const figure = fc.oneof(
    fc.integer({ min: -10, max: 5_000 }),
    fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1, null, "7", {}, []),
  );
  const usageOf = fc.record({ input_tokens: figure, output_tokens: figure, cache_read_input_tokens: figure });
  const step = fc.oneof(
    fc.record({ id: fc.constantFrom("m1", "m2", "m3"), usage: usageOf }),
    fc.record({
      total_cost_usd: figure,
      usage: usageOf,
      modelUsage: fc.dictionary(fc.constantFrom("a", "b"), fc.record({ inputTokens: figure, costUSD: figure })),
    }),
  );

  it("never make a cost that is none, or fall below nothing", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isBrokenOff) => {
        const usage = new ClaudeUsage(PRICE);
        const changes = steps.map((each) => ("id" in each ? usage.answer(each) : usage.settle(each, isBrokenOff)));
        for (let count = 1; count <= changes.length; count++) {
          const { usd, tokens, estimatedUsd } = sum(...changes.slice(0, count));
          for (const value of [usd, tokens, estimatedUsd]) {
            expect(Number.isFinite(value)).toBe(true);
            expect(value).toBeGreaterThanOrEqual(-1e-6);
          }
          expect(estimatedUsd).toBeLessThanOrEqual(usd + 1e-6);
        }
      }),
    );
  });
});
