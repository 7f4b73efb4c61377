/** Sessions of ACP agents: gone, of another folder, that say they go on and cannot; histories that are told again; logins. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { costOf } from "../../../agents/contract.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";
import { DONE, greets, methodsIn, says, type Table, update, withTable } from "./table-agent.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

const goesOn = { request: { session: "old-session", attempt: 2, resumePrompt: "This is a new attempt." } };
const resumes = { sessionCapabilities: { resume: {}, list: {} } };
const promptsIn = (heard: Awaited<ReturnType<typeof withTable>>["heard"]) =>
  heard.flatMap(({ method, params }) =>
    method === "session/prompt" ? [[params?.sessionId, JSON.stringify(params)]] : [],
  );

describe("an earlier session", () => {
  it("goes on where the agent has it, by resuming rather than by loading, and is told where it is now", async () => {
    const able = { ...resumes, loadSession: true };
    const table: Table = {
      initialize: greets("some-agent", able),
      "session/resume": [{ result: {} }],
      "session/prompt": [{ result: DONE }],
    };
    const { outcome, heard } = await withTable(attempt, table, goesOn);
    expect(outcome.ok).toBe(true);
    expect(methodsIn(heard)).toEqual(["initialize", "session/resume", "session/prompt"]);
    expect(promptsIn(heard)).toEqual([["old-session", expect.stringContaining("This is a new attempt")]]);
  });

  it("that cannot be taken up again goes on as a copy where the agent makes one", async () => {
    const table: Table = {
      initialize: greets("some-agent", { sessionCapabilities: { resume: {}, list: {}, fork: {} } }),
      "session/resume": [{ error: { code: -32_603, message: "in use by another process" } }],
      "session/fork": [{ result: { sessionId: "copied-session" } }],
      "session/prompt": [{ result: DONE }],
    };
    const { outcome, heard, transcript } = await withTable(attempt, table, goesOn);
    expect(outcome.ok).toBe(true);
    expect(transcript).toContain("[the earlier session goes on as a copy of it] in use by another process");
    expect(promptsIn(heard)).toEqual([["copied-session", expect.stringContaining("This is a new attempt")]]);
    expect(attempt.reports).toContainEqual({ kind: "session", id: "copied-session" });
  });

  it("that is gone, and can be copied no more, is begun anew", async () => {
    const table: Table = {
      initialize: greets("some-agent", { sessionCapabilities: { fork: {} } }),
      "session/fork": [{ error: { code: -32_002, message: "Resource not found" } }],
      "session/prompt": [{ result: DONE }],
    };
    const { outcome, heard } = await withTable(attempt, table, goesOn);
    expect(outcome.ok).toBe(true);
    expect(methodsIn(heard)).toEqual(["initialize", "session/fork", "session/new", "session/prompt"]);
  });

  it("that is gone is begun anew, without a word on an earlier attempt that the new one does not remember", async () => {
    const table: Table = {
      initialize: greets("some-agent", resumes),
      "session/resume": [{ error: { code: -32_002, message: "Resource not found" } }],
      "session/prompt": [{ result: DONE }],
    };
    const { outcome, heard, transcript } = await withTable(attempt, table, goesOn);
    expect(outcome.ok).toBe(true);
    expect(transcript).toContain("[the earlier session is gone: a new one is begun] Resource not found");
    expect(promptsIn(heard)).toEqual([["new-session", expect.not.stringContaining("This is a new attempt")]]);
  });

  it.each([
    ["answers its first prompt with an error of its own", { error: { code: -32_603, message: "Internal error" } }],
    ["is too long by now", { error: { code: -32_603, message: "Internal error: API Error: 400 Prompt is too long" } }],
    ["ends its first turn at once, and has used nothing", { result: { stopReason: "end_turn", usage: null } }],
  ])("that %s is begun anew in the same attempt, once", async (_how, first) => {
    const table: Table = {
      initialize: greets("some-agent", resumes),
      "session/resume": [{ result: {} }],
      "session/prompt": [first, { result: DONE }],
    };
    const { outcome, heard, transcript } = await withTable(attempt, table, goesOn);
    expect(outcome).toMatchObject({ ok: true, failure: null });
    expect(transcript).toContain("[the earlier session cannot go on: a new one is begun]");
    expect(promptsIn(heard).map(([id]) => id)).toEqual(["old-session", "new-session"]);
    expect(attempt.reports.filter(({ kind }) => kind === "session")).toEqual([
      { kind: "session", id: "old-session" },
      { kind: "session", id: "new-session" },
    ]);
    expect(costOf(attempt.reports).tokens).toBe(1_050);
  });

  it("that fails for its service's sake is not begun anew, and one that fails twice has failed", async () => {
    const overloaded = { error: { code: -32_603, message: "Internal error: API Error: 529 overloaded" } };
    const table = (...prompts: object[]): Table => ({
      initialize: greets("some-agent", resumes),
      "session/resume": [{ result: {} }],
      "session/prompt": prompts,
    });
    const down = await withTable(attempt, table(overloaded), goesOn);
    expect(promptsIn(down.heard)).toHaveLength(1);
    expect(down.outcome.failure?.kind).toBe("overloaded");
    const broken = { error: { code: -32_603, message: "Internal error" } };
    const twice = await withTable(attempt, table(broken, broken), goesOn);
    expect(promptsIn(twice.heard)).toHaveLength(2);
    expect(twice.outcome.ok).toBe(false);
  });

  it("of OpenCode that belongs to another folder is not gone on with: it would hang there", async () => {
    const sessions = [{ sessionId: "old-session", cwd: "/somewhere/else" }];
    const table: Table = {
      initialize: greets("OpenCode", resumes),
      "session/list": [{ result: { sessions } }],
      "session/prompt": [{ result: DONE }],
    };
    const { outcome, heard, transcript } = await withTable(attempt, table, goesOn);
    expect(outcome.ok).toBe(true);
    expect(methodsIn(heard).slice(-4)).toEqual(["initialize", "session/list", "session/new", "session/prompt"]);
    expect(transcript).toContain("[this agent's sessions stay in their folder: a new one is begun]");
  });

  it("that is loaded tells its history again: nothing of it is said, done or paid a second time", async () => {
    const call = { sessionUpdate: "tool_call", toolCallId: "t", kind: "edit", title: "Write", status: "failed" };
    const history = [says("Long ago."), update(call), update({ sessionUpdate: "usage_update", cost: { amount: 0.5 } })];
    const table: Table = {
      initialize: greets("some-agent", { loadSession: true }),
      "session/load": [{ say: history, result: {} }],
      "session/prompt": [
        { say: [update({ sessionUpdate: "usage_update", cost: { amount: 0.75 } }, "old-session")], result: DONE },
      ],
    };
    const { outcome, transcript } = await withTable(attempt, table, goesOn);
    expect(outcome.ok).toBe(true);
    expect(transcript).not.toContain("Long ago.");
    expect(transcript).not.toContain("[tool]");
    expect(costOf(attempt.reports).usd).toBeCloseTo(0.25);
  });

  it("that tells the dollars of all its life costs what came on top, though it does not tell them again", async () => {
    const paid = (amount: number, id: string) => update({ sessionUpdate: "usage_update", cost: { amount } }, id);
    const first: Table = {
      initialize: greets("some-agent", resumes),
      "session/prompt": [{ say: [paid(0.5, "new-session")], result: DONE }],
    };
    await withTable(attempt, first);
    const second: Table = {
      initialize: greets("some-agent", resumes),
      "session/resume": [{ result: {} }],
      "session/prompt": [{ say: [paid(0.8, "new-session")], result: DONE }],
    };
    await withTable(attempt, second, { request: { session: "new-session", attempt: 2 } });
    expect(costOf(attempt.reports).usd).toBeCloseTo(0.8);
    expect(existsSync(join(attempt.base, "home", "new-session.paid.json"))).toBe(true);
  });
});

describe("an agent that wants to be logged in", () => {
  const wants = { error: { code: -32_000, message: "Authentication required" } };
  const authMethods = [
    { id: "api-key", name: "API Key" },
    { id: "chat-gpt", name: "ChatGPT" },
  ];
  const table = (newSession: object[]): Table => ({
    initialize: greets("@agentclientprotocol/codex-acp", {}, { authMethods }),
    authenticate: [{ result: {} }],
    "session/new": newSession,
    "session/prompt": [{ result: DONE }],
  });

  it("is logged in by the key that it is let see", async () => {
    const key = { request: { env: { OPENAI_API_KEY: "a-key-of-no-worth" } } };
    const { outcome, heard, transcript } = await withTable(
      attempt,
      table([wants, { result: { sessionId: "new-session" } }]),
      key,
    );
    expect(outcome.ok).toBe(true);
    expect(heard.find(({ method }) => method === "authenticate")?.params).toEqual({ methodId: "api-key" });
    expect(transcript).toContain("[it asks to be logged in: by OPENAI_API_KEY]");
  });

  it("has failed for good without one, with its ways to log in and the variables to pass", async () => {
    const { outcome, heard } = await withTable(attempt, table([wants]));
    expect(methodsIn(heard)).not.toContain("authenticate");
    expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "auth", isFinal: true } });
    expect(outcome.failure?.hint).toMatch(/API Key, ChatGPT.*CODEX_API_KEY or OPENAI_API_KEY under `pass`/);
  });

  it("only in the midst of its work has failed for good too, with what it had done and cost", async () => {
    const { outcome } = await withTable(attempt, {
      initialize: greets("some-agent", {}, { authMethods }),
      "session/prompt": [
        { say: [says("I begin."), update({ sessionUpdate: "usage_update", cost: { amount: 0.1 } })], ...wants },
      ],
    });
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "auth", isFinal: true } });
    expect(outcome.failure?.hint).toContain("it offers: API Key, ChatGPT");
    expect(costOf(attempt.reports).usd).toBeCloseTo(0.1);
    expect(attempt.transcript()).toContain("I begin.");
    expect(readFileSync(join(attempt.base, "home", "new-session.paid.json"), "utf8")).toBe('{"usd":0.1}');
  });
});
