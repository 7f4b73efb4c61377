/** Costs as the programs report them: by turn, by session, by call, in money or in tokens only. */
import { describe, expect, it } from "vitest";
import { type AcpEvent, AcpReader } from "../../../src/actors/agents/acp/read-acp.ts";
import { ClaudeReader } from "../../../src/actors/agents/claude/read-claude.ts";
import { growthOf, priceTokens } from "../../../src/actors/agents/session-summary.ts";

const update = (content: object) => ({ method: "session/update", params: { update: content } });
const costsIn = (events: AcpEvent[]) =>
  events.flatMap((each) => (each.kind === "cost" ? [{ usd: each.usd, tokens: each.tokens }] : []));

function acpCosts(name: string, messages: object[]) {
  const reader = new AcpReader();
  reader.read({ result: { agentInfo: { name } } });
  return messages.flatMap((message) => costsIn(reader.read(message as never)));
}

const answer = (fields: object) => ({ id: 2, result: { stopReason: "end_turn", ...fields } });

describe("what ACP agents report", () => {
  it("is counted a prompt, cached input beside the input", () => {
    const usage = { inputTokens: 2_700, outputTokens: 100, cachedReadTokens: 1_800, totalTokens: 4_600 };
    const costs = acpCosts("@agentclientprotocol/codex-acp", [answer({ usage }), answer({ usage })]);
    expect(costs).toEqual(Array(2).fill({ usd: 0, tokens: 4_600 }));
  });

  it("is counted a session, cached input within the input", () => {
    const usage = (inputTokens: number, outputTokens: number) => ({
      usage: { inputTokens, outputTokens, cachedReadTokens: 1_800, totalTokens: inputTokens + outputTokens },
    });
    const costs = acpCosts("Copilot", [answer(usage(4_500, 100)), answer(usage(5_500, 150))]);
    expect(costs.map(({ tokens }) => tokens)).toEqual([4_600, 1_050]);
  });

  it("is money of the whole session, of which each turn is the growth, as it is told", () => {
    const paid = (amount: number) => update({ sessionUpdate: "usage_update", cost: { amount, currency: "USD" } });
    const usage = { inputTokens: 1_000, outputTokens: 50, totalTokens: 1_050 };
    const costs = acpCosts("OpenCode", [paid(0.01), answer({ usage }), paid(0.025), answer({ usage })]);
    expect(costs).toEqual([
      { usd: 0.01, tokens: 0 },
      { usd: 0, tokens: 1_050 },
      { usd: expect.closeTo(0.015), tokens: 0 },
      { usd: 0, tokens: 1_050 },
    ]);
  });

  it("is money of a session that goes on, of which only what comes on top counts", () => {
    const paid = (amount: number) => update({ sessionUpdate: "usage_update", cost: { amount } });
    const told = new AcpReader();
    told.expectHistory();
    expect(told.read(paid(0.5))).toEqual([]);
    told.beginSession("s", 0);
    told.beginTurn();
    expect(costsIn(told.read(paid(0.75)))).toEqual([{ usd: 0.25, tokens: 0 }]);
    const kept = new AcpReader();
    kept.beginSession("s", 0.5);
    kept.beginTurn();
    expect(costsIn(kept.read(paid(0.75)))).toEqual([{ usd: 0.25, tokens: 0 }]);
    expect(kept.sessionUsd).toBe(0.75);
  });

  it("is in the metadata of the answer, or with pieces of the message", () => {
    const _meta = { quota: { token_count: { input_tokens: 4_500, output_tokens: 100 } } };
    expect(acpCosts("gemini-cli", [answer({ _meta })])).toEqual([{ usd: 0, tokens: 4_600 }]);
    const piece = update({
      sessionUpdate: "agent_message_chunk",
      content: { type: "text", text: "" },
      _meta: { usage: { inputTokens: 1_000, outputTokens: 50, totalTokens: 1_050 } },
    });
    expect(acpCosts("qwen-code", [piece, piece, answer({})])).toEqual(Array(2).fill({ usd: 0, tokens: 1_050 }));
  });
});

describe("what Claude reports", () => {
  const result = (fields: object) => JSON.stringify({ type: "result", subtype: "success", is_error: false, ...fields });
  const costs = (reader: ClaudeReader, fields: object) =>
    reader.read(result(fields)).flatMap((event) => (event.kind === "cost" ? [event.spent.usd] : []));

  it("is a total of the process, of which each turn is the growth, in older versions", () => {
    const reader = new ClaudeReader();
    expect(costs(reader, { total_cost_usd: 0.25 })).toEqual([0.25]);
    expect(costs(reader, { total_cost_usd: 1 })).toEqual([0.75]);
  });

  it("is a total of the whole session when it is resumed, and what came on top beside it, in newer ones", () => {
    const since = { opus: { costUSD: 0.25, inputTokens: 10, outputTokens: 5 }, haiku: { costUSD: 0.5 } };
    const fields = { total_cost_usd: 9, model_usage_since_last_result: since };
    expect(costs(new ClaudeReader(), fields)).toEqual([0.75]);
  });
});

describe("tokens", () => {
  it("are priced by the table of pleach.yaml, cached input by its own price when it has one", () => {
    const tokens = { input: 1e6, cached: 1e6, output: 1e6 };
    expect(priceTokens(tokens, { input: 2, output: 10 })).toBeCloseTo(14);
    expect(priceTokens(tokens, { input: 2, output: 10, cached: 0.5 })).toBeCloseTo(12.5);
    expect(priceTokens(tokens, undefined)).toBe(0);
  });

  it("of a total that fell are all new: it began anew", () => {
    const all = { input: 10, cached: 0, output: 1 };
    expect(growthOf(all, { input: 100, cached: 0, output: 10 })).toEqual(all);
    expect(growthOf(all, { input: 4, cached: 0, output: 1 })).toEqual({ input: 6, cached: 0, output: 0 });
  });
});
