/** What is agreed with an ACP agent before it works: the version of the protocol, the mode, the model. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Attempt, makeAttempt } from "../attempt.ts";
import { DONE, greets, type Heard, methodsIn, says, type Table, update, withTable } from "./table-agent.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

const paramsOf = (heard: readonly Heard[], method: string) =>
  heard.flatMap((each) => (each.method === method ? [each.params] : []));
const idle = (more: object) => update({ sessionUpdate: "state_update", state: "idle", ...more });
const V2 = [
  { result: { protocolVersion: 2, info: { name: "some-agent" }, capabilities: { session: { mcp: { http: {} } } } } },
];

describe("the version of the protocol", () => {
  it("is asked for in words that an agent of version 1 understands too", async () => {
    const { heard } = await withTable(attempt, {
      initialize: greets("some-agent"),
      "session/prompt": [{ result: DONE }],
    });
    expect(paramsOf(heard, "initialize")).toEqual([
      expect.objectContaining({
        protocolVersion: 2,
        clientInfo: expect.anything(),
        clientCapabilities: expect.anything(),
      }),
    ]);
  });

  it("is 1 for an agent that will not hear of a newer one", async () => {
    const refuses = { error: { code: -32_602, message: "Unsupported protocol version" } };
    const table: Table = { initialize: [refuses, ...greets("some-agent")], "session/prompt": [{ result: DONE }] };
    const tools = { url: "http://127.0.0.1:1/mcp", token: "the-token-of-this-attempt", instructions: "" };
    const { outcome, heard, transcript } = await withTable(attempt, table, { request: { tools } });
    expect(outcome.ok).toBe(true);
    // What it cannot is said.
    expect(transcript).toContain("[it cannot go on with a session: another attempt begins anew]");
    expect(transcript).toContain("[it takes no tools over HTTP]");
    expect(paramsOf(heard, "initialize").map((each) => each?.protocolVersion)).toEqual([2, 1]);
  });

  it.each([
    ["a newer one", 3, /\(3\).*newer pleach/],
    ["an older one", 0, /\(0\).*newer version of the agent/],
    ["none", undefined, /none that can be read/],
    ["garbage", { major: 1 }, /none that can be read/],
  ])("that is %s ends the attempt for good, with a hint", async (_which, protocolVersion, says) => {
    const { outcome, heard } = await withTable(attempt, { initialize: [{ result: { protocolVersion } }] });
    expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "protocol", isFinal: true } });
    expect(outcome.reason).toMatch(says);
    expect(methodsIn(heard)).toEqual(["initialize"]);
  });
});

describe("version 2", () => {
  it("has turns that end when the agent is idle, and not when it has taken the prompt", async () => {
    const usage = { inputTokens: 1_000, outputTokens: 50, totalTokens: 1_050 };
    const whole = { sessionUpdate: "agent_message", messageId: "m", content: [{ type: "text", text: "I write." }] };
    const diff = { type: "diff", changes: [{ operation: "add", path: "/tree/a.txt" }] };
    const call = { sessionUpdate: "tool_call_update", toolCallId: "t", kind: "edit", title: "Write", content: [diff] };
    const { outcome, heard, transcript } = await withTable(attempt, {
      initialize: V2,
      "session/prompt": [
        {
          result: {},
          sayLast: [
            update({ sessionUpdate: "state_update", state: "running" }),
            update(whole),
            update({ ...call, status: "completed" }),
            idle({ stopReason: "end_turn", usage }),
          ],
        },
      ],
    });
    expect(outcome).toMatchObject({ ok: true, failure: null });
    expect(transcript).toMatch(/I write\.\n\[tool\] Write\n(.*\n)*\[done\]\n$/);
    expect(attempt.reports).toContainEqual({ kind: "cost", usd: 0, tokens: 1_050 });
    expect(methodsIn(heard)).toEqual(["initialize", "session/new", "session/prompt"]);
  });

  it("tells a failure when it is idle, as an answer would", async () => {
    const error = { code: -32_603, message: "Internal error: API Error: 529 overloaded" };
    const { outcome } = await withTable(attempt, {
      initialize: V2,
      "session/prompt": [{ result: {}, sayLast: [idle({ stopReason: "error", error })] }],
    });
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "overloaded", isFinal: false } });
    expect(attempt.reports).toContainEqual({ kind: "outage", what: "overloaded", until: null });
  });

  it("asks for permissions in other words, also for a command; what it holds beside our session is not ours", async () => {
    const options = [
      { optionId: "yes", kind: "allow_once" },
      { optionId: "no", kind: "reject_once" },
    ];
    const ask = (subject: object) => ({
      method: "session/request_permission",
      params: { sessionId: "new-session", title: "May I?", options, subject },
    });
    const toolCall = { toolCallId: "t", kind: "edit", title: "Write", locations: [{ path: "/tree/a.txt" }] };
    const asked: unknown[] = [];
    attempt.requestPermission = async (wanted) => {
      asked.push(wanted);
      return wanted.command === null ? { allow: false, reason: "it is outside of the scope" } : { allow: true };
    };
    const other = update({ sessionUpdate: "state_update", state: "idle", stopReason: "end_turn" }, "a-subagent");
    const { heard } = await withTable(attempt, {
      initialize: V2,
      "session/prompt": [
        {
          say: [other],
          ask: [ask({ type: "tool_call", toolCall }), ask({ type: "command", command: "make", cwd: "/tree" })],
          sayLast: [idle({ stopReason: "end_turn" })],
        },
      ],
    });
    expect(asked).toEqual([
      { tool: "Write", paths: ["/tree/a.txt"], command: null, reads: false },
      { tool: "May I?", paths: [], command: "make", reads: false },
    ]);
    const answers = heard.flatMap(({ result }) => (result?.outcome === undefined ? [] : [result.outcome]));
    expect(answers).toEqual([
      { outcome: "selected", optionId: "no" },
      { outcome: "selected", optionId: "yes" },
    ]);
  });

  it("waits for what runs in the background, and for the turn that begins when it ends", async () => {
    const task = { kind: "command", title: "make" };
    const { outcome, transcript } = await withTable(attempt, {
      initialize: V2,
      "session/prompt": [
        {
          result: {},
          sayLast: [
            idle({ stopReason: "end_turn", usage: { inputTokens: 10, outputTokens: 1 }, background: [task] }),
            idle({ background: [] }),
            update({ sessionUpdate: "state_update", state: "running", background: [] }),
            says("It is made."),
            idle({ stopReason: "end_turn", usage: { inputTokens: 20, outputTokens: 2 }, background: [] }),
          ],
        },
      ],
    });
    expect(outcome.ok).toBe(true);
    expect(transcript).toContain("It is made.");
    expect(attempt.reports.flatMap((each) => (each.kind === "cost" ? [each.tokens] : []))).toEqual([11, 22]);
  });

  it("whose draft has moved on is spoken no longer: the agent is asked again in version 1", async () => {
    const table: Table = {
      initialize: V2,
      "session/new": [{ error: { code: -32_602, message: "Invalid params" } }],
    };
    const { outcome, heard, transcript } = await withTable(attempt, table);
    expect(paramsOf(heard, "initialize").map((each) => each?.protocolVersion)).toEqual([2, 1]);
    expect(transcript).toContain("asked again in version 1");
    expect(outcome.ok).toBe(false);
  });
});

describe("the mode", () => {
  const modes = (currentModeId: string, ...ids: string[]) => ({
    modes: { currentModeId, availableModes: ids.map((id) => ({ id, name: id })) },
  });
  const table = (name: string, state: object): Table => ({
    initialize: greets(name),
    "session/new": [{ result: { sessionId: "new-session", ...state } }],
    "session/set_mode": [{ result: {} }],
    "session/set_config_option": [{ result: { configOptions: [] } }],
    "session/prompt": [{ result: DONE }],
  });

  it.each([
    ["qwen-code", "auto", "default"],
    ["gemini-cli", "yolo", "default"],
    ["@agentclientprotocol/claude-agent-acp", "auto", "default"],
    ["@agentclientprotocol/codex-acp", "agent", "workspace-write"],
  ])("of %s is one in which it asks, though its own is %s", async (name, current, wanted) => {
    const { heard } = await withTable(attempt, table(name, modes(current, current, "plan", wanted)));
    expect(paramsOf(heard, "session/set_mode")).toEqual([{ sessionId: "new-session", modeId: wanted }]);
  });

  it.each([
    ["qwen-code", "plan"],
    ["@agentclientprotocol/codex-acp", "read-only"],
    ["@agentclientprotocol/claude-agent-acp", "dontAsk"],
    ["some-agent", "yolo"],
  ])("of %s stays %s: its user is stricter, or nobody knows", async (name, current) => {
    const { heard } = await withTable(attempt, table(name, modes(current, current, "default", "workspace-write")));
    expect(methodsIn(heard)).not.toContain("session/set_mode");
  });

  it("of Copilot, and its leave to do all, are options", async () => {
    const configOptions = [
      { id: "mode", category: "mode", currentValue: "x", options: [{ value: "x", name: "X" }] },
      { id: "allow_all", category: "permissions", currentValue: "on", options: [{ value: "on" }, { value: "off" }] },
    ];
    const { heard } = await withTable(attempt, table("Copilot", { configOptions }));
    expect(paramsOf(heard, "session/set_config_option")).toEqual([
      { sessionId: "new-session", configId: "allow_all", value: "off" },
    ]);
  });

  it("of Copilot that was started with leave to do all stays so, and that is told", async () => {
    const allowAll = (currentValue: string) => ({ configOptions: [{ id: "allow_all", currentValue }] });
    const stays = { ...table("Copilot", allowAll("on")), "session/set_config_option": [{ result: allowAll("on") }] };
    await withTable(attempt, stays);
    expect(attempt.reports).toContainEqual({
      kind: "warning",
      text: "acts without asking: its option allow_all stays on",
    });
  });

  it("that the entry names is set whatever it is, and one that is not there ends the attempt for good", async () => {
    const named = { agent: { sandbox: "yolo" } };
    const { heard } = await withTable(attempt, table("qwen-code", modes("auto", "auto", "yolo")), named);
    expect(paramsOf(heard, "session/set_mode")).toEqual([{ sessionId: "new-session", modeId: "yolo" }]);
    const refuses = { "session/set_mode": [{ error: { code: -32_602, message: "Invalid Mode: nonsense" } }] };
    const wrong = { agent: { sandbox: "nonsense" } };
    const { outcome } = await withTable(
      attempt,
      { ...table("qwen-code", modes("auto", "auto", "yolo")), ...refuses },
      wrong,
    );
    expect(outcome).toMatchObject({ ok: false, failure: { isFinal: true } });
    expect(outcome.failure?.hint).toContain("Correct `sandbox` of the agent in pleach.yaml; it offers auto, yolo.");
  });
});

describe("the model", () => {
  const offered = [
    { modelId: "big-1", name: "Big" },
    { modelId: "small-1", name: "Small" },
  ];
  const models = { models: { currentModelId: "big-1", availableModels: offered } };
  const options = {
    configOptions: [
      {
        id: "model",
        category: "model",
        currentValue: "a",
        options: [
          { value: "a", name: "A" },
          { group: "g", options: [{ value: "b", name: "B" }] },
        ],
      },
    ],
  };
  const table = (name: string, state: object, answer: object = { result: {} }): Table => ({
    initialize: greets(name),
    "session/new": [{ result: { sessionId: "new-session", ...state } }],
    "session/set_model": [answer],
    "session/set_config_option": [answer],
    "session/prompt": [{ result: DONE }],
  });
  const withModel = (model: string) => ({ agent: { model } });

  it("is set by its own request, or by an option, by its id or the name that people read", async () => {
    const byRequest = await withTable(attempt, table("gemini-cli", models), withModel("small-1"));
    expect(paramsOf(byRequest.heard, "session/set_model")).toEqual([{ sessionId: "new-session", modelId: "small-1" }]);
    const byName = await withTable(attempt, table("gemini-cli", models), withModel("Small"));
    expect(paramsOf(byName.heard, "session/set_model")).toEqual([{ sessionId: "new-session", modelId: "small-1" }]);
    const byOption = await withTable(attempt, table("some-agent", { ...models, ...options }), withModel("B"));
    expect(paramsOf(byOption.heard, "session/set_config_option")).toEqual([
      { sessionId: "new-session", configId: "model", value: "b" },
    ]);
  });

  it.each([
    [
      "that an agent which takes any does not offer",
      table("gemini-cli", models),
      /nonsense is none.*it offers big-1, small-1/,
    ],
    [
      "that an agent refuses",
      table("some-agent", options, { error: { code: -32_602, message: "model not found" } }),
      /nonsense is refused by the agent: model not found.*it offers a, b/,
    ],
    ["where none can be chosen", table("some-agent", {}), /nonsense cannot be had/],
  ])("%s ends the attempt for good, with those that there are, and no prompt is sent", async (_which, given, says) => {
    const { outcome, heard } = await withTable(attempt, given, withModel("nonsense"));
    expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "api", isFinal: true } });
    expect(outcome.reason).toMatch(says);
    expect(methodsIn(heard)).not.toContain("session/prompt");
  });
});
