/** Agents that speak MCP over loopback HTTP, with the client of the SDK, and what does not get in. */
import { request as httpRequest } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessGrant } from "../../../src/actors/coordination/http-server.ts";
import { TOOL_NAMES } from "../../../src/actors/coordination/tools.ts";
import { drain } from "../../helpers/drain.ts";
import { type GatewayRun, openGatewayRun } from "./gateway-run.ts";

let run: GatewayRun;
const clients: Client[] = [];
beforeEach(async () => {
  run = await openGatewayRun();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close().catch(() => {})));
  await run.close();
});

function admit(task: string, done: string[] = []): Promise<AccessGrant> {
  const onDone = (tool: string): void => void done.push(tool);
  return run.gateway.grantAccess({
    caller: run.caller(task),
    name: task,
    signal: new AbortController().signal,
    onDone,
  });
}

async function connect({ url, token }: { url: string; token: string }): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const headers = { Authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) as never);
  clients.push(client);
  return client;
}

interface Said {
  text: string;
  data: Record<string, unknown>;
  isError: boolean;
}

async function use(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Said> {
  const result = await client.callTool({ name, arguments: args });
  const [said, facts] = result.content as { text: string }[];
  return { text: said?.text ?? "", data: JSON.parse(facts?.text ?? "{}"), isError: result.isError === true };
}

const HELLO = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

/** A bare request; headers win over those that a client would send. */
function ask(url: string, headers: Record<string, string>, body: string = JSON.stringify(HELLO), method = "POST") {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const accept = "application/json, text/event-stream";
    const sent = httpRequest(url, { method, headers: { "content-type": "application/json", accept, ...headers } });
    sent.on("error", reject).on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.end(method === "GET" ? undefined : body);
  });
}

describe("an agent with a token", () => {
  it("finds all tools, each with a description and a schema", async () => {
    const client = await connect(await admit("build"));
    expect(client.getInstructions()).toContain("several agents");
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...TOOL_NAMES]);
    for (const tool of tools) expect(tool).toMatchObject({ description: /\w/, inputSchema: { type: "object" } });
  });

  it("waits for what another one emits, each in the name of its own stream", async () => {
    const [builder, reviewer] = [await connect(await admit("build")), await connect(await admit("review"))];
    const waiting = use(reviewer, "wait_for_event", { name: "build_ready", wait_s: 30 });
    await use(builder, "emit_event", { name: "build_ready", payload: { ok: 1 } });
    expect((await waiting).data).toMatchObject({ stream: "builders", task: "build", payload: { ok: 1 } });
    expect(await use(builder, "emit_event", { name: "approval_granted" })).toMatchObject({ isError: true });
    expect(await use(reviewer, "emit_event", { name: "approval_granted" })).toMatchObject({ isError: false });
  });

  it("contends for a resource with another one, and its end gives it back", async () => {
    const first = await admit("build");
    const [builder, reviewer] = [await connect(first), await connect(await admit("review"))];
    expect((await use(builder, "claim_resource", { resource: "db" })).data).toMatchObject({ fence: 1 });
    const waiting = use(reviewer, "claim_resource", { resource: "db", wait_s: 30 });
    await drain(run.runtime);
    await first.close();
    expect((await waiting).data).toMatchObject({ fence: 2 });
  });

  it("is told of by what it did, not by what was refused", async () => {
    const done: string[] = [];
    const client = await connect(await admit("build", done));
    await use(client, "emit_event", { name: "a" });
    await use(client, "emit_event", { name: "Not A Name" });
    await use(client, "wait_for_event", { name: "b", wait_s: 0 });
    expect(done).toEqual(["emit_event"]);
  });
});

describe("the end of an attempt", () => {
  it("makes its token worthless, ends what waits by it, and leaves others alone", async () => {
    const [over, other] = [await admit("build"), await admit("review")];
    const [builder, reviewer] = [await connect(over), await connect(other)];
    const waiting = use(builder, "wait_for_event", { name: "never", wait_s: 30 });
    await drain(run.runtime);
    await over.close();
    expect(await waiting).toMatchObject({ text: expect.stringContaining("has not come") });
    await expect(use(builder, "report_progress", { text: "still here" })).rejects.toThrow();
    expect(await ask(over.url, { authorization: `Bearer ${over.token}` })).toMatchObject({ status: 401 });
    expect(run.lines()).not.toContain("task:build progress.reported");
    expect(await use(reviewer, "report_progress", { text: "fine" })).toMatchObject({ isError: false });
  });

  it("comes with that of the host: nobody listens any more", async () => {
    const { url, token } = await admit("build");
    await run.gateway.close();
    await expect(ask(url, { authorization: `Bearer ${token}` })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("what does not get in", () => {
  it("is anybody without a token, or with one that is not good", async () => {
    const { url, token } = await admit("build");
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    const bad = ["", "Bearer", "Bearer x", `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`];
    for (const authorization of bad) {
      const answer = await ask(url, authorization === "" ? {} : { authorization });
      expect(answer, authorization).toMatchObject({ status: 401, headers: { "www-authenticate": "Bearer" } });
      expect(answer.text).not.toContain(token);
    }
    expect(await ask(url, { authorization: `Bearer ${token}` })).toMatchObject({ status: 200 });
  });

  it("is a web page, also one whose name leads to this machine", async () => {
    const { url, token } = await admit("build");
    const { port } = new URL(url);
    const authorization = `Bearer ${token}`;
    for (const headers of [
      { host: `evil.example:${port}` },
      { host: "127.0.0.1" },
      { origin: "http://evil.example" },
      { origin: `http://evil.example:${port}` },
      { origin: "null" },
      { origin: `https://127.0.0.1:${port}` },
    ]) {
      expect(await ask(url, { authorization, ...headers } as never), JSON.stringify(headers)).toMatchObject({
        status: 403,
      });
    }
    const own = { host: `localhost:${port}`, origin: `http://localhost:${port}` };
    expect(await ask(url, { authorization, ...own })).toMatchObject({ status: 200 });
  });

  it("is a body that is too large or no JSON, another path, and somebody else's session", async () => {
    const [mine, other] = [await admit("build"), await admit("review")];
    const authorization = `Bearer ${mine.token}`;
    expect(await ask(mine.url, { authorization }, `"${"x".repeat(3_000_000)}"`)).toMatchObject({ status: 413 });
    expect(await ask(mine.url, { authorization }, "{half")).toMatchObject({ status: 400 });
    expect(await ask(mine.url.replace("/mcp", "/other"), { authorization })).toMatchObject({ status: 404 });
    expect((await ask(mine.url, { authorization }, "", "GET")).status).toBeGreaterThanOrEqual(400);
    const { headers } = await ask(other.url, { authorization: `Bearer ${other.token}` });
    const session = { "mcp-session-id": String(headers["mcp-session-id"]) };
    expect(await ask(mine.url, { authorization, ...session })).toMatchObject({ status: 404 });
  });

  it("is the oldest session of a client that begins one after the other", async () => {
    const { url, token } = await admit("build");
    const authorization = `Bearer ${token}`;
    const ids: string[] = [];
    for (let at = 0; at < 18; at++) ids.push(String((await ask(url, { authorization })).headers["mcp-session-id"]));
    const list = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list" });
    const statusOf = async (id = "") => (await ask(url, { authorization, "mcp-session-id": id }, list)).status;
    expect([await statusOf(ids[0]), await statusOf(ids[1])]).toEqual([404, 404]);
    expect([await statusOf(ids[2]), await statusOf(ids[17])]).toEqual([200, 200]);
  });
});
