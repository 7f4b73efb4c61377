/** ACP agents that misbehave: requests that nobody answers here, ten thousand calls, permissions for nothing, late answers. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tighten } from "../../../../src/actors/agents/acp/opencode-permissions.ts";
import { AcpReader } from "../../../../src/actors/agents/acp/read-acp.ts";
import { ToolCalls } from "../../../../src/actors/agents/acp/tool-calls.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";
import { DONE, greets, says, update, withTable } from "./table-agent.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

const asks = (params: object) => ({
  method: "session/request_permission",
  params: { sessionId: "new-session", ...params },
});

describe("what an ACP agent asks", () => {
  it("is refused at once where it is nothing that is done here, and what it only tells is passed over", async () => {
    const ask = ["fs/read_text_file", "terminal/create", "elicitation/create", "_its/own"].map((method) => ({
      method,
      params: { sessionId: "new-session" },
    }));
    const say = [{ method: "_its/own", params: {} }, { method: "$/nothing" }, update({ sessionUpdate: "unheard_of" })];
    const { outcome, heard } = await withTable(attempt, {
      initialize: greets("some-agent"),
      "session/prompt": [{ say, ask, result: DONE }],
    });
    expect(outcome).toMatchObject({ ok: true, failure: null });
    expect(heard.flatMap(({ error }) => (error === undefined ? [] : [error.code]))).toEqual(Array(4).fill(-32_601));
  });

  it("is answered whatever is missing from it: the call, a way to refuse, all of it", async () => {
    attempt.requestPermission = async () => ({ allow: false, reason: "no" });
    const { outcome, heard } = await withTable(attempt, {
      initialize: greets("some-agent"),
      "session/prompt": [
        {
          ask: [
            asks({ toolCall: { toolCallId: "unheard of" }, options: [{ optionId: "yes", kind: "allow_once" }] }),
            asks({ toolCall: {}, options: [{ optionId: 7, kind: "reject_once" }] }),
            asks({ options: "none" }),
            { method: "session/request_permission" },
          ],
          result: DONE,
        },
      ],
    });
    expect(outcome.code).toBe(0);
    const answers = heard.flatMap(({ result }) => (result?.outcome === undefined ? [] : [result.outcome]));
    expect(answers).toEqual(Array(4).fill({ outcome: "cancelled" }));
  });

  it("to read, and is refused, decides nothing", async () => {
    attempt.requestPermission = async () => ({ allow: false, reason: "it is a secret" });
    const options = [{ optionId: "no", kind: "reject_once" }];
    const { outcome } = await withTable(attempt, {
      initialize: greets("some-agent"),
      "session/prompt": [
        { ask: [asks({ toolCall: { toolCallId: "t", kind: "read", title: "Read" }, options })], result: DONE },
      ],
    });
    expect(outcome).toMatchObject({ ok: true, failure: null });
  });

  it("again and again, ending its turn over each refusal, it is told to go on twice and no more", async () => {
    attempt.requestPermission = async () => ({ allow: false, reason: "it is outside of the scope" });
    const options = [{ optionId: "no", kind: "reject_once" }];
    const toolCall = { toolCallId: "t", kind: "edit", title: "Write", locations: [{ path: "/a.txt" }] };
    const { outcome, heard } = await withTable(attempt, {
      initialize: greets("OpenCode"),
      debug: [],
      "session/prompt": [{ ask: [asks({ toolCall, options })], result: DONE }],
    });
    expect(heard.filter(({ method }) => method === "session/prompt")).toHaveLength(3);
    expect(outcome).toMatchObject({ ok: false, faultOf: "work", failure: { kind: "denied" } });
  });
});

describe("an ACP agent that says too much", () => {
  it("in one piece of three megabytes is heard, and its transcript stays small", async () => {
    const { outcome, transcript } = await withTable(attempt, {
      initialize: greets("some-agent"),
      "session/prompt": [{ say: [says("A long word. ".repeat(230_000))], result: DONE }],
    });
    expect(outcome.ok).toBe(true);
    expect(transcript).toContain("characters in all]");
    expect(transcript.length).toBeLessThan(40_000);
  });

  it("of ten thousand calls that never end is remembered by the last of them", () => {
    const calls = new ToolCalls();
    const call = (at: number) => ({
      toolCallId: `t${at}`,
      kind: "edit",
      title: "Write",
      locations: [{ path: `/${at}` }],
    });
    for (let at = 0; at < 10_000; at++) calls.read(call(at));
    expect(calls.read({ toolCallId: "t9999" }).paths).toEqual(["/9999"]);
    expect(calls.read({ toolCallId: "t0" })).toMatchObject({ kind: "other", paths: [] });
    for (let at = 0; at < 10_000; at++) calls.read({ ...call(at), toolCallId: "one" });
    expect(calls.read({ toolCallId: "one" }).paths.length).toBeLessThanOrEqual(200);
    const reader = new AcpReader();
    for (let at = 0; at < 10_000; at++) {
      reader.read({
        method: "session/update",
        params: { update: { sessionUpdate: "tool_call", ...call(at), status: "failed" } },
      });
    }
    expect(reader.summary().unresolved.length).toBeLessThanOrEqual(100);
  });

  it("after its turn has ended, and answers what nobody asked, changes nothing", async () => {
    const late = [says("And another thing."), { id: 99, result: { stopReason: "refusal" } }, { id: "x", error: {} }];
    const { outcome } = await withTable(attempt, {
      initialize: greets("some-agent"),
      "session/prompt": [{ say: late.slice(1), result: DONE, sayLast: late.slice(0, 1) }],
    });
    expect(outcome).toMatchObject({ ok: true, failure: null });
  });

  it("of money in another currency, money that falls, and counts that are none is not believed", () => {
    const reader = new AcpReader();
    const told = (fields: object) =>
      reader.read({ method: "session/update", params: { update: { sessionUpdate: "usage_update", ...fields } } });
    const usdIn = (events: ReturnType<typeof told>) =>
      events.reduce((all, each) => all + (each.kind === "cost" ? each.usd : 0), 0);
    reader.beginSession("s");
    reader.beginTurn();
    expect(told({ cost: { amount: 3, currency: "EUR" } })).toEqual([
      { kind: "note", text: expect.stringContaining("EUR") },
    ]);
    expect(told({ cost: { amount: 4, currency: "EUR" } })).toEqual([]);
    const amounts = [0.5, 0.2, -1, Number.NaN, 0.5, 0.6, "7", null];
    const usd = amounts.map((amount) => usdIn(told({ cost: { amount, currency: "USD" } })));
    expect(usd.reduce((all, each) => all + each, 0)).toBeCloseTo(0.6);
  });
});

describe("usage while a turn is under way", () => {
  const CLAUDE = "@agentclientprotocol/claude-agent-acp";
  const CODEX = "@agentclientprotocol/codex-acp";
  const tell = (reader: AcpReader, fields: object) =>
    reader
      .read({ method: "session/update", params: { update: fields } })
      .flatMap((each) => (each.kind === "cost" ? [each] : []));
  const used = (count: number, more: object = {}) => ({
    sessionUpdate: "usage_update",
    used: count,
    size: 200_000,
    ...more,
  });
  const acted = {
    sessionUpdate: "tool_call_update",
    toolCallId: "t",
    kind: "edit",
    title: "Write",
    status: "completed",
  };
  const begin = (name: string) => {
    const reader = new AcpReader({ input: 1, output: 10 });
    reader.read({ result: { agentInfo: { name } } });
    reader.beginSession("s");
    reader.beginTurn();
    return reader;
  };
  const sum = (costs: { usd: number; tokens: number; estimatedUsd: number }[]) => ({
    usd: costs.reduce((all, each) => all + each.usd, 0),
    tokens: costs.reduce((all, each) => all + each.tokens, 0),
    estimatedUsd: costs.reduce((all, each) => all + each.estimatedUsd, 0),
  });

  it.each([
    [CLAUDE, [used(2_001), used(2_060), acted, used(2_501), used(2_540)]],
    [CODEX, [acted, used(2_060), acted, used(2_540)]],
  ])("of %s is estimated call by call, and the answer brings the true figure", (name, updates) => {
    const reader = begin(name);
    const live = updates.flatMap((each) => tell(reader, each));
    expect(sum(live)).toEqual({ usd: expect.closeTo(0.0046), tokens: 4_600, estimatedUsd: expect.closeTo(0.0046) });
    const usage = { inputTokens: 4_500, outputTokens: 100, totalTokens: 4_600 };
    const end = reader
      .read({ result: { stopReason: "end_turn", usage } })
      .flatMap((each) => (each.kind === "cost" ? [each] : []));
    expect(sum([...live, ...end])).toEqual({
      usd: expect.closeTo(0.0055),
      tokens: 4_600,
      estimatedUsd: expect.closeTo(0),
    });
  });

  it("is taken back by the agent's own dollars, which may be less", () => {
    const reader = begin(CLAUDE);
    const costs = [used(100_000), used(100_000, { cost: { amount: 0.02, currency: "USD" } })].flatMap((each) =>
      tell(reader, each),
    );
    expect(costs[0]).toMatchObject({ usd: 0.1, estimatedUsd: 0.1 });
    expect(costs[1]).toMatchObject({ usd: expect.closeTo(-0.08), estimatedUsd: -0.1, tokens: 0 });
  });
});

describe("what OpenCode is let do without asking", () => {
  it.each([
    [undefined, { edit: "ask", bash: "ask" }],
    ["allow", { edit: "ask", bash: "ask" }],
    ["deny", { edit: "deny", bash: "deny" }],
    [
      { edit: "deny", bash: "allow" },
      { edit: "deny", bash: "ask" },
    ],
    [
      { "*": "deny", edit: "allow" },
      { edit: "ask", bash: "deny" },
    ],
    [{ bash: { "*": "allow", "git push*": "deny" } }, { edit: "ask", bash: { "*": "ask", "git push*": "deny" } }],
    [["nonsense"], { edit: "ask", bash: "ask" }],
  ])("%j becomes what it asks for; what is forbidden stays so", (permission, wanted) => {
    expect(tighten(permission)).toEqual(wanted);
  });
});
