/** What surrounds an agent's work, for each kind: how it reaches the coordination tools, and whether it is recorded. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentContext, AgentRequest } from "../../../src/actors/agents/index.ts";
import { listAdapters } from "../../../src/actors/agents/registry.ts";
import { WORKSPACE } from "../../../src/actors/control/run-folder.ts";
import type { RunContext } from "../../../src/actors/perform/run-context.ts";
import { startAgentSession } from "../../../src/actors/perform/start-agent-session.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { AgentKind } from "../../../src/plan/model.ts";
import { type GatewayRun, openGatewayRun } from "../coordination/gateway-run.ts";
import { makeRunContext } from "./run-context.ts";

let gatewayRun: GatewayRun;
beforeEach(async () => {
  gatewayRun = await openGatewayRun();
});
afterEach(() => gatewayRun.close());

interface Started {
  request: AgentRequest;
  context: AgentContext;
}

/** A run whose agent is the test: it looks at what it was started with while it works. */
function makeRun(work: (started: Started) => Promise<void>, hasTools = true): RunContext {
  const { root, gateway } = gatewayRun;
  return makeRunContext(root, {
    task: "build",
    startAgent: async (request, context) => {
      await work({ request, context });
      return { kind: "notStarted", aborted: false, reason: "it is only a test", hint: "" };
    },
    toolGateway: hasTools ? gateway : null,
  });
}

function requestOf(kind: AgentKind, change: Partial<AgentRequest> = {}): AgentRequest {
  return {
    run: "r",
    task: "build",
    attempt: 1,
    stream: "builders",
    work: { kind: "agent", agent: "mine", instruction: "Do it." },
    agent: { name: "mine", kind, pass: ["MY_KEY"] },
    prompt: "Do it.",
    session: null,
    home: join(gatewayRun.root, "home"),
    tools: null,
    cwd: gatewayRun.root,
    transcript: join(gatewayRun.root, "out", "build.1.log"),
    timeoutMs: 1_000,
    env: { MY_KEY: "hunter2-hunter2" },
    ...change,
  };
}

const recording = (): string => join(gatewayRun.root, "out", "build.1.recording.jsonl");
const adapters = listAdapters();
const kindsWith = (...ways: string[]) => adapters.filter(({ tools }) => ways.includes(tools)).map(({ kind }) => kind);

/** Runs a session and hands back what the agent was started with; `look` sees it while it works. */
async function start(
  request: AgentRequest,
  look: (started: Started) => Promise<void> = async () => {},
  hasTools = true,
): Promise<Started> {
  let seen: Started | null = null;
  const run = makeRun(async (started) => {
    seen = started;
    await look(started);
  }, hasTools);
  const context: AgentContext = {
    signal: new AbortController().signal,
    executor: localExecutor,
    report: () => {},
    waitFor: async () => true,
    requestPermission: async () => ({ allow: true }),
    onMessage: () => () => {},
  };
  const outcome = await startAgentSession(run, request, context, { effect: "e1", toolInstructions: "You have tools." });
  expect(outcome).toMatchObject({ kind: "notStarted", reason: "it is only a test" });
  if (seen === null) throw new Error("nothing was started");
  return seen;
}

/** The status with which the tools answer to a token. */
async function statusOf({ url, token }: { url: string; token: string }): Promise<number> {
  const headers = {
    Authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  return (await fetch(url, { method: "POST", headers, body })).status;
}

describe("an agent", () => {
  it.each(kindsWith("mcp", "environment"))(
    "of kind %s reaches the tools while it works, and no longer",
    async (kind) => {
      const during: number[] = [];
      const { request } = await start(requestOf(kind), async ({ request: { tools } }) => {
        if (tools !== null) during.push(await statusOf(tools));
      });
      // A program that nobody adapted may not look for them: what it is told of is the drop box.
      const isSure = kindsWith("mcp").includes(kind);
      expect(request.tools).toMatchObject({ instructions: isSure ? "You have tools." : "" });
      expect(during).toEqual([200]);
      expect(request.tools === null ? 0 : await statusOf(request.tools).catch(() => 401)).toBe(401);
    },
  );

  it.each(kindsWith("environment"))("of kind %s finds them in its variables", async (kind) => {
    const { request } = await start(requestOf(kind));
    const { url, token } = request.tools ?? {};
    expect(request.env).toMatchObject({ MY_KEY: "hunter2-hunter2", PLEACH_TOOLS_URL: url, PLEACH_TOOLS_TOKEN: token });
  });

  it.each(kindsWith("mcp", "calls", "none"))("of kind %s has no variables of theirs", async (kind) => {
    const { request } = await start(requestOf(kind));
    expect(request.env).toEqual({ MY_KEY: "hunter2-hunter2" });
  });

  it.each(kindsWith("calls", "none"))("of kind %s gets no way in over the network", async (kind) => {
    expect((await start(requestOf(kind))).request.tools).toBeNull();
  });

  it.each(kindsWith("calls"))("of kind %s calls them in this process, in the name of its task", async (kind) => {
    const answers: unknown[] = [];
    await start(requestOf(kind), async ({ context }) => {
      const emitted = await context.call?.("emit_event", { name: "build_ready", payload: 1 });
      answers.push(emitted?.kind);
    });
    expect(answers).toEqual(["done"]);
    const [emitted] = gatewayRun.log.records().filter(({ type }) => type === "event.emitted");
    expect(emitted).toMatchObject({ actor: "stream:builders", data: { name: "build_ready", task: "build" } });
  });

  it.each(adapters.filter(({ tools }) => tools !== "calls").map(({ kind }) => kind))(
    "of kind %s does not",
    async (kind) => {
      expect((await start(requestOf(kind))).context.call).toBeUndefined();
    },
  );

  it.each(adapters.map(({ kind, isRecorded }) => [kind, isRecorded] as const))(
    "of kind %s is recorded, without its secrets: %s",
    async (kind, isRecorded) => {
      await start(requestOf(kind), async ({ context }) => {
        context.report({ kind: "progress", text: "my key is hunter2-hunter2" });
        await context.waitFor({ type: "plan_ready", timeoutMs: 1, signal: context.signal });
      });
      expect(existsSync(recording())).toBe(isRecorded);
      if (!isRecorded) return;
      const lines = readFileSync(recording(), "utf8").trim().split("\n");
      expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
        { v: 1, run: "r", task: "build", agent: "mine" },
        { report: { kind: "progress", text: "my key is [redacted]" } },
        { awaited: { type: "plan_ready" } },
        { end: { ok: false, reason: "it is only a test", patch: null } },
      ]);
    },
  );

  it.each(adapters.map(({ kind }) => kind))("of kind %s works without tools where there are none", async (kind) => {
    expect((await start(requestOf(kind), undefined, false)).request.tools).toBeNull();
  });

  it("plays the sessions of the run that its entry names, or of a folder", async () => {
    const { root } = gatewayRun;
    const of = async (from: string): Promise<string | undefined> =>
      (await start(requestOf("recorded", { agent: { name: "replay", kind: "recorded", from } }))).request.recordings;
    mkdirSync(join(root, WORKSPACE, "r0", "out"), { recursive: true });
    mkdirSync(join(root, "copied", "out"), { recursive: true });
    mkdirSync(join(root, "sessions"));
    expect(await of("r0")).toBe(join(root, WORKSPACE, "r0", "out"));
    expect(await of("copied")).toBe(join(root, "copied", "out"));
    expect(await of("sessions")).toBe(join(root, "sessions"));
  });
});

describe("a plain command", () => {
  it("gets neither tools nor a recording", async () => {
    const work = { kind: "run", command: "true" } as const;
    const { request } = await start(requestOf("command", { agent: null, work }));
    expect(request).toMatchObject({ tools: null, env: { MY_KEY: "hunter2-hunter2" } });
    expect(Object.keys(request.env)).toEqual(["MY_KEY"]);
    expect(existsSync(recording())).toBe(false);
  });
});
