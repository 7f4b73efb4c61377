/** What OpenCode's own server tells besides ACP: calls of its model, tries again, statuses. */
import { createServer, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  type OpenCodeEvent,
  type OpenCodeServer,
  serveEvents,
} from "../../../../src/actors/agents/acp/opencode-events.ts";
import { type AcpEvent, AcpReader } from "../../../../src/actors/agents/acp/read-acp.ts";
import { explainApiError } from "../../../../src/actors/agents/api-failure.ts";
import { hereAndNow } from "../../../../src/actors/agents/reset-time.ts";

const PROGRAM = { file: "/bin/opencode", args: ["acp", "--pure"], env: { A: "1" } };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Listens to a server that stands where OpenCode's would, and says what `speak` writes. */
async function listening(speak: (response: ServerResponse) => void) {
  const served = (await serveEvents(PROGRAM, {})) as OpenCodeServer;
  const { args, env = {} } = served.program;
  const heard: OpenCodeEvent[] = [];
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url, request.headers.authorization);
    response.writeHead(200, { "content-type": "text/event-stream" });
    speak(response);
  });
  await new Promise<void>((resolve) => server.listen(Number(args[2]), "127.0.0.1", resolve));
  closing.push(
    () => served.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const isOpen = await served.listen((event) => heard.push(event));
  return { served, heard, asked, isOpen, password: env.OPENCODE_SERVER_PASSWORD ?? "" };
}

const event = (type: string, properties: object) => `data: ${JSON.stringify({ payload: { type, properties } })}\n\n`;
const state = (status: object) => event("session.status", { sessionID: "s", status });
const stepOf = (sessionID: string, more: object = {}) =>
  event("message.part.updated", {
    sessionID,
    part: {
      type: "step-finish",
      cost: 0.25,
      tokens: { input: 900, output: 40, reasoning: 10, cache: { read: 50, write: 0 } },
      ...more,
    },
  });

describe("OpenCode's own server", () => {
  it("is given a port and a password, once, and nothing that somebody has set himself", async () => {
    const served = await serveEvents(PROGRAM, {});
    expect(served?.program).toMatchObject({
      file: "/bin/opencode",
      args: ["acp", "--port", expect.stringMatching(/^\d+$/), "--pure"],
      env: { A: "1", OPENCODE_SERVER_PASSWORD: expect.stringMatching(/^.{32}$/) },
    });
    expect(await serveEvents({ ...PROGRAM, args: ["acp", "--port=4096"] }, {})).toBeNull();
    expect(await serveEvents({ ...PROGRAM, args: ["serve"] }, {})).toBeNull();
    expect(await serveEvents(PROGRAM, { OPENCODE_SERVER_PASSWORD: "theirs" })).toBeNull();
  });

  it("tells what is of interest, in whatever pieces, among whatever else", async () => {
    const said = [
      event("server.connected", {}),
      ": a comment\n\ndata: {garbage\n\ndata: null\n\n",
      state({ type: "busy" }),
      `data: ${"x".repeat(1_100_000)}\n\n`,
      stepOf("s"),
      stepOf("s", { tokens: null, cost: -1 }),
      state({ type: "retry", attempt: 1, message: "Überlastet", next: 99 }),
      event("session.error", { sessionID: "s", error: { name: "APIError", data: { statusCode: 401 } } }),
      event("session.error", { sessionID: "s", error: { name: "MessageAbortedError" } }),
      state({ type: "idle" }),
    ].join("");
    const bytes = Buffer.from(said);
    // In the midst of a character.
    const cut = bytes.indexOf("Ü") + 1;
    const { served, heard, asked, isOpen, password } = await listening((response) => {
      response.write(bytes.subarray(0, cut));
      setTimeout(() => response.write(bytes.subarray(cut)), 20);
    });
    expect(isOpen).toBe(true);
    await served.settle("s");
    expect(heard).toEqual([
      { kind: "called", session: "s", call: { usd: 0.25, tokens: 1_000 } },
      { kind: "called", session: "s", call: { usd: 0, tokens: 0 } },
      { kind: "retries", text: "Überlastet", until: 99 },
      { kind: "failed", session: "s", status: 401 },
      { kind: "idle", session: "s" },
    ]);
    expect(asked).toEqual(["/global/event", `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`]);
  });

  it("that is not there, or hangs up, is done without", async () => {
    const served = (await serveEvents(PROGRAM, {})) as OpenCodeServer;
    expect(await served.listen(() => {})).toBe(false);
    await served.settle("s");
    const cut = await listening((response) => response.end(state({ type: "busy" })));
    await cut.served.settle("s");
    expect(cut.heard).toEqual([]);
  });
});

describe("OpenCode that is heard on its own server", () => {
  function reader(): AcpReader {
    const made = new AcpReader();
    made.read({ id: 0, result: { agentInfo: { name: "OpenCode" } } });
    made.expectServer();
    made.beginSession("s");
    made.beginTurn();
    return made;
  }
  const sum = (events: AcpEvent[]) =>
    events.reduce(
      (all, each) => (each.kind === "cost" ? { usd: all.usd + each.usd, tokens: all.tokens + each.tokens } : all),
      { usd: 0, tokens: 0 },
    );
  const called = (session: string, usd: number, tokens: number): OpenCodeEvent => ({
    kind: "called",
    session,
    call: { usd, tokens },
  });
  const total = (amount: number) => ({
    method: "session/update",
    params: { sessionId: "s", update: { sessionUpdate: "usage_update", used: 1, cost: { amount, currency: "USD" } } },
  });
  const end = { id: 1, result: { stopReason: "end_turn", usage: { inputTokens: 900, outputTokens: 100 } } };

  it("costs what each call cost, as it ends, also those of its sub-agents, and not once more at the end", () => {
    const opencode = reader();
    const live = [called("s", 0.1, 1_000), called("other", 0.5, 5_000), called("s", 0.2, 1_000)].flatMap((each) =>
      opencode.hearServer(each),
    );
    expect(sum(live)).toEqual({ usd: 0.8, tokens: 7_000 });
    expect(sum([...opencode.read(total(0.1 + 0.2)), ...opencode.read(end)])).toEqual({ usd: 0, tokens: 0 });
    expect(opencode.summary()).toMatchObject({ ending: "completed", isUnpaid: false });
    // What its server did not tell of.
    expect(sum(opencode.read(total(0.4))).usd).toBeCloseTo(0.1);
  });

  it("is known not to have paid when no call was told of", () => {
    const opencode = reader();
    opencode.read({ id: 1, result: { stopReason: "end_turn", usage: { inputTokens: 0, outputTokens: 0 } } });
    expect(opencode.summary()).toMatchObject({ ending: "completed", isUnpaid: true });
  });

  it("has failed with the status of its service, and tells when it tries again", () => {
    const opencode = reader();
    expect(opencode.hearServer({ kind: "retries", text: "Rate limit reached", until: 5_000 })).toEqual([
      { kind: "retries", text: "Rate limit reached", status: null, until: 5_000 },
    ]);
    opencode.hearServer({ kind: "failed", session: "other", status: 500 });
    opencode.hearServer({ kind: "failed", session: "s", status: 401 });
    opencode.fail({ code: -32_603, message: "Internal error: User not found.", data: { errorName: "APIError" } });
    const { status, complaint } = opencode.summary();
    expect(status).toBe(401);
    const agent = { name: "opencode", loginHint: "Log in", reading: hereAndNow() };
    expect(explainApiError({ status, text: complaint ?? "" }, agent)).toMatchObject({ kind: "auth", isFinal: true });
  });
});
