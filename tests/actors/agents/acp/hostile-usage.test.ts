/** Counts of ACP agents that cannot be: that fall, are negative, repeat; and agents that speak another language than English. */
import { describe, expect, it } from "vitest";
import { type AcpEvent, AcpReader } from "../../../../src/actors/agents/acp/read-acp.ts";
import { explainApiError } from "../../../../src/actors/agents/api-failure.ts";
import { hereAndNow } from "../../../../src/actors/agents/reset-time.ts";

const CLAUDE = "@agentclientprotocol/claude-agent-acp";
const CODEX = "@agentclientprotocol/codex-acp";
const ACTED = {
  sessionUpdate: "tool_call_update",
  toolCallId: "t",
  kind: "edit",
  title: "写文件",
  status: "completed",
};

function begin(name: string): AcpReader {
  const reader = new AcpReader({ input: 1, output: 10 });
  reader.read({ result: { agentInfo: { name } } });
  reader.beginSession("s");
  reader.beginTurn();
  return reader;
}
const tell = (reader: AcpReader, fields: object, sessionId = "s") =>
  reader.read({ method: "session/update", params: { sessionId, update: fields } });
const used = (count: unknown) => ({ sessionUpdate: "usage_update", used: count, size: 200_000 });
const said = (text: string, _meta?: object) => ({
  sessionUpdate: "agent_message_chunk",
  content: { type: "text", text },
  ...(_meta === undefined ? {} : { _meta }),
});
const costIn = (events: AcpEvent[]) =>
  events.reduce(
    (all, each) =>
      each.kind === "cost"
        ? { tokens: all.tokens + each.tokens, estimatedUsd: all.estimatedUsd + each.estimatedUsd }
        : all,
    { tokens: 0, estimatedUsd: 0 },
  );

describe("counts while a turn is under way", () => {
  it.each([
    // It falls within a call: what was used is not given back.
    [CLAUDE, [used(2_000), used(500), used(1_900), used(2_100)], 2_100],
    [CLAUDE, [used(2_000), used(2_000), ACTED, used(2_000), used(2_000)], 4_000],
    [CODEX, [used(2_000), used(2_000), used(2_000)], 2_000],
    // It falls from call to call, as it does when a conversation is made shorter.
    [CODEX, [used(90_000), ACTED, used(4_000)], 94_000],
    [CODEX, [used(-5), used(Number.NaN), used(Number.POSITIVE_INFINITY), used("7"), used(null), used({})], 0],
  ])(
    "of %s that fall, repeat or are none add up to no less and no more than was used (%#)",
    (name, updates, tokens) => {
      const reader = begin(name);
      expect(costIn(updates.flatMap((each) => tell(reader, each))).tokens).toBe(tokens);
    },
  );

  it.each([
    [{ inputTokens: -100, outputTokens: Number.NaN, totalTokens: -100 }],
    [{ inputTokens: "1000", outputTokens: null }],
    [{}],
  ])("are kept as estimates when the turn ends with a count that is none: %o", (usage) => {
    const reader = begin(CODEX);
    const live = tell(reader, used(2_000));
    const end = reader.read({ id: 1, result: { stopReason: "end_turn", usage } });
    expect(costIn([...live, ...end])).toEqual({ tokens: 2_000, estimatedUsd: expect.closeTo(0.002) });
  });

  it("are those of its own session alone", () => {
    const reader = begin(CODEX);
    expect(tell(reader, used(5_000), "another's")).toEqual([]);
    expect(tell(reader, said("I am somebody else."), "another's")).toEqual([]);
    expect(reader.summary().said).toBeNull();
  });

  it("of ten thousand calls are all of them", () => {
    const reader = begin("qwen-code");
    const usage = { inputTokens: 900, outputTokens: 100, totalTokens: 1_000 };
    let tokens = 0;
    for (let at = 0; at < 10_000; at++) {
      tokens += costIn([
        ...tell(reader, said("", { usage })),
        ...tell(reader, { ...ACTED, toolCallId: `t${at}` }),
      ]).tokens;
    }
    expect(tokens).toBe(10_000_000);
  });
});

describe("a login that expires in the midst of a turn", () => {
  it("is known by the status, after what was done and cost before, and begins no new session", () => {
    const reader = begin("qwen-code");
    const usage = { inputTokens: 900, outputTokens: 100, totalTokens: 1_000 };
    const before = [0, 1].flatMap(() => [...tell(reader, said("我来写。", { usage })), ...tell(reader, ACTED)]);
    reader.fail({ code: -32_603, message: "Internal error", data: { details: "401 令牌已过期" } });
    expect(costIn(before).tokens).toBe(2_000);
    expect(reader.failedAtOnce).toBe(false);
    expect(reader.summary()).toMatchObject({
      ending: "failed",
      status: 401,
      complaint: "Internal error: 401 令牌已过期",
    });
  });
});

describe("an agent that speaks another language", () => {
  it.each(["完成了。错误处理在 src/a.ts 里。", "Готово: ошибка 500 исправлена.", "تم إصلاح الخطأ"])(
    "has done its work when it says so: %s",
    (text) => {
      const reader = begin("some-agent");
      tell(reader, said(text));
      reader.read({ id: 1, result: { stopReason: "end_turn", usage: { inputTokens: 1_000, outputTokens: 50 } } });
      expect(reader.summary()).toMatchObject({ ending: "completed", isUnpaid: false, said: text });
    },
  );

  it.each([
    ["429 请求过于频繁，请稍后再试", "rateLimit"],
    ["503 模型服务繁忙", "overloaded"],
    ["401 无效的令牌", "auth"],
  ])("is understood by the status of its service: %s", (details, kind) => {
    const reader = begin("qwen-code");
    reader.fail({ code: -32_603, message: "内部错误", data: { details } });
    const { status, complaint } = reader.summary();
    const agent = { name: "qwen", loginHint: "Log in", reading: hereAndNow() };
    expect(explainApiError({ status, text: complaint ?? "" }, agent).kind).toBe(kind);
  });
});
