/** Agents that misbehave: garbage, endless lines, escapes, secrets, sudden death; and prompts that would like to act. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentExited, AgentRequest } from "../../../src/actors/agents/index.ts";
import type { AgentSpec } from "../../../src/plan/model.ts";
import { isRunning, waitUntil } from "../process/worker.ts";
import { type Attempt, makeAttempt } from "./attempt.ts";

const KINDS = ["claude", "codex", "acp"] as const;
type Kind = (typeof KINDS)[number];

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

/** An agent that is this JavaScript; `say` writes a JSON line. */
function program(code: string): string {
  const file = join(attempt.base, "agent.cjs");
  const head = "const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');";
  writeFileSync(file, `#!/usr/bin/env node\n${head}\n${code}\n`);
  chmodSync(file, 0o755);
  return file;
}

interface Start {
  prompt?: string;
  agent?: Partial<AgentSpec>;
  request?: Partial<AgentRequest>;
}

async function start(
  kind: Kind,
  code: string,
  { prompt = "Do it.", agent, request }: Start = {},
): Promise<AgentExited> {
  const outcome = await attempt.start({
    work: { kind: "agent", agent: "mine", instruction: prompt },
    agent: { name: "mine", kind, command: program(code), ...agent },
    ...request,
  });
  if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
  return outcome;
}

const CLAUDE_DONE =
  'say({type:"result",subtype:"success",is_error:false,usage:{input_tokens:1},permission_denials:[],total_cost_usd:0})';

const CODEX_DONE = `say({ method: "turn/completed", params: { threadId: "th", turn: { id: "t", status: "completed" } } })`;
/** As a version without an app-server does. */
const CODEX_IS_OLD = `if (process.argv.includes("app-server")) process.exit(2);`;

/** Keeps its input, and answers what an ACP agent is asked: MCP over HTTP it takes only when `takesHttp` is set. */
const LISTENER = (kind: Kind, takesHttp: boolean) => `
  const answers = { initialize: { protocolVersion: 1, agentCapabilities: { mcpCapabilities: { http: ${takesHttp} } } },
    "session/new": { sessionId: "s" }, "session/prompt": { stopReason: "end_turn" },
    "thread/start": { thread: { id: "th" } } };
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    require("node:fs").appendFileSync("told.txt", line + "\\n");
    const { id, method, type } = line.startsWith("{") ? JSON.parse(line) : {};
    if (method !== undefined && id !== undefined) say({ jsonrpc: "2.0", id, result: answers[method] ?? {} });
    if (type === "user") { ${kind === "claude" ? CLAUDE_DONE : ""} }
    if (method === "turn/start") { ${CODEX_DONE} }
  });`;

describe.each([
  ["claude", true],
  ["codex", true],
  ["acp", true],
  ["acp", false],
] as const)("a %s agent (MCP over HTTP: %s)", (kind, takesHttp) => {
  it("is told of the coordination tools exactly when it reaches them", async () => {
    const tools = {
      url: "http://127.0.0.1:1/mcp",
      token: "the-token-of-this-attempt",
      instructions: "You have tools.",
    };
    await start(kind, LISTENER(kind, takesHttp), { request: { tools, prompt: "Do it." } });
    const told = readFileSync(join(attempt.cwd, "told.txt"), "utf8");
    expect(told).toContain("Do it.");
    expect(told.includes("You have tools.")).toBe(takesHttp);
    await start(kind, LISTENER(kind, takesHttp), { request: { prompt: "Do it again." } });
    expect(readFileSync(join(attempt.cwd, "told.txt"), "utf8").split("You have tools.")).toHaveLength(
      takesHttp ? 2 : 1,
    );
  });
});

describe.each(KINDS)("a %s agent", (kind) => {
  it("that prints garbage, half a line and terminal escapes has failed, and its transcript cannot act", async () => {
    const outcome = await start(
      kind,
      `process.stdout.write("\\x1b]0;title\\x07\\x1b[2Jgarbage \\u202e\\n[1,2]\\nnull\\n{\\"type\\":\\"resul");
       process.stderr.write("\\x1b[31mred\\x1b[0m\\n"); process.stdin.destroy();`,
    );
    expect(outcome).toMatchObject({ ok: false, code: 0, faultOf: "agent", failure: { kind: "protocol" } });
    expect(attempt.transcript()).toContain("garbage");
    expect(attempt.transcript()).toContain("[stderr] red");
    expect(attempt.transcript() + outcome.reason + outcome.tail).not.toMatch(/[\u001b\u202e\u0007]/);
  });

  it("that dies at once has failed, by its own fault", async () => {
    expect(await start(kind, "process.exit(3)")).toMatchObject({ ok: false, code: 3, faultOf: "agent" });
    const killed = await start(kind, "process.kill(process.pid, 'SIGSEGV')");
    expect(killed).toMatchObject({ ok: false, signal: "SIGSEGV", faultOf: "agent" });
  });

  it("whose program is missing does not start, with a hint", async () => {
    const agent: AgentSpec = { name: "mine", kind, command: "no-such-agent-here" };
    const outcome = await attempt.start({ work: { kind: "agent", agent: "mine", instruction: "x" }, agent });
    expect(outcome).toMatchObject({
      kind: "notStarted",
      aborted: false,
      reason: expect.stringContaining("no-such-agent-here"),
      hint: expect.stringContaining("Install it"),
    });
  });

  it("that was stopped before it began does not begin", async () => {
    attempt.stop.abort();
    const agent: AgentSpec = { name: "mine", kind, command: program("say(1)") };
    const outcome = await attempt.start({ work: { kind: "agent", agent: "mine", instruction: "x" }, agent });
    expect(outcome).toMatchObject({ kind: "notStarted", aborted: true });
  });

  it("that will not listen is ended, with the children that left its group", async () => {
    const pids = join(attempt.base, "pids");
    const code = `
      const { spawn } = require("node:child_process");
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
      const child = spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)"], { detached: true, stdio: "ignore" });
      const { renameSync, writeFileSync } = require("node:fs");
      writeFileSync(${JSON.stringify(`${pids}.new`)}, process.pid + " " + child.pid);
      renameSync(${JSON.stringify(`${pids}.new`)}, ${JSON.stringify(pids)});
      setInterval(() => say({ type: "thread.started", thread_id: "x", session_id: "x", subtype: "init" }), 20);`;
    const running = start(kind, code, { request: { graceMs: 100 } });
    await waitUntil(() => existsSync(pids), "its pids");
    attempt.stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true, survivors: 0 });
    const [own, child] = readFileSync(pids, "utf8").split(" ").map(Number);
    expect([isRunning(own as number), isRunning(child as number)]).toEqual([false, false]);
  });
});

describe("what an agent's shell has left running", () => {
  it("is ended when its turn is over, and that is said: what it had yet to write is not there", async () => {
    const outcome = await start(
      "claude",
      `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)"], { detached: true, stdio: "ignore" }).unref();
       ${CLAUDE_DONE}; process.stdin.resume();`,
    );
    expect(outcome).toMatchObject({ ok: true, swept: 1, survivors: 0 });
    const text = expect.stringMatching(/^left a process running .*: ended/);
    expect(attempt.reports).toContainEqual({ kind: "warning", text });
  });
});

describe("a line of 50 MB", () => {
  it("is left out and counted, and what comes after it is read", async () => {
    const outcome = await start(
      "claude",
      `const piece = "x".repeat(1024 * 1024);
       process.stdout.write('{"type":"assistant","text":"');
       for (let at = 0; at < 50; at++) process.stdout.write(piece);
       process.stdout.write('"}\\n'); ${CLAUDE_DONE}; process.stdin.resume();`,
    );
    expect(outcome).toMatchObject({ ok: true });
    expect(attempt.transcript()).toMatch(/\[stdout: a line of 524\d{5} bytes was left out\]/);
    expect(statSync(join(attempt.base, "out", "t.log")).size).toBeLessThan(1_000);
  });
});

describe("a prompt", () => {
  const nasty = `$(touch pwned) \`touch pwned\` "quotes" 'single' \\ \u2028 ; rm -rf / --version {instruction}\n${"x".repeat(200_000)}`;

  it("reaches Claude whole, as a message, and never as an argument", async () => {
    const outcome = await start(
      "claude",
      `let all = ""; process.stdin.on("data", (data) => { all += data; const lines = all.split("\\n");
         if (lines.length < 3) return;
         require("node:fs").writeFileSync("prompt.txt", JSON.parse(lines[1]).message.content[0].text);
         require("node:fs").writeFileSync("args.txt", process.argv.join("\\n"));
         ${CLAUDE_DONE}; });`,
      { prompt: nasty },
    );
    expect(outcome.ok).toBe(true);
    expect(readFileSync(join(attempt.cwd, "prompt.txt"), "utf8")).toBe(nasty);
    expect(readFileSync(join(attempt.cwd, "args.txt"), "utf8")).not.toContain("pwned");
  });

  it("reaches Codex whole, as a message, and never as an argument", async () => {
    await start(
      "codex",
      `require("node:fs").writeFileSync("args.txt", process.argv.join("\\n"));
       require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
         const { id, method, params } = JSON.parse(line);
         if (id !== undefined) say({ id, result: { thread: { id: "th" } } });
         if (method !== "turn/start") return;
         require("node:fs").writeFileSync("prompt.txt", params.input[0].text);
         ${CODEX_DONE};
       });`,
      { prompt: nasty },
    );
    expect(readFileSync(join(attempt.cwd, "prompt.txt"), "utf8")).toBe(nasty);
    expect(readFileSync(join(attempt.cwd, "args.txt"), "utf8")).not.toContain("pwned");
  });

  it("reaches an old Codex whole, on stdin", async () => {
    const outcome = await start(
      "codex",
      `${CODEX_IS_OLD}
       const text = require("node:fs").readFileSync(0, "utf8");
       require("node:fs").writeFileSync("prompt.txt", text);
       require("node:fs").writeFileSync("args.txt", process.argv.join("\\n"));
       say({type:"thread.started",thread_id:"x"}); say({type:"turn.completed",usage:{input_tokens:1,output_tokens:1}});`,
      { prompt: nasty },
    );
    expect(outcome.ok).toBe(true);
    expect(readFileSync(join(attempt.cwd, "prompt.txt"), "utf8")).toBe(nasty);
    expect(readFileSync(join(attempt.cwd, "args.txt"), "utf8")).not.toContain("pwned");
  });
});

describe("a secret", () => {
  const KEY = "correct-horse-battery-staple";
  const code = `
    process.stderr.write("my key is " + process.env.SOME_API_KEY + "\\n");
    say({type:"system",subtype:"init",session_id:"x"});
    say({type:"assistant",message:{content:[{type:"text",text:"token sk-ant-REDACTED and " + process.env.SOME_API_KEY}]}});
    say({type:"result",subtype:"success",is_error:true,api_error_status:401,result:"bad key " + process.env.SOME_API_KEY});
    process.stdin.resume();`;

  it("of the agent is in no transcript, no tail, no reason and no report", async () => {
    const env = { PATH: process.env.PATH ?? "", SOME_API_KEY: KEY };
    const outcome = await start("claude", code, { request: { env } });
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "auth", isFinal: true } });
    const seen = `${attempt.transcript()} ${outcome.tail} ${outcome.reason} ${JSON.stringify(attempt.reports)}`;
    expect(seen).toContain("[redacted]");
    expect(seen).not.toContain(KEY);
    expect(seen).not.toContain("abcdefghijklmnopqrst");
  });

  it("such as the token of the coordination tools is in no argument, and in no file once the agent has ended", async () => {
    const tools = { url: "http://127.0.0.1:1/mcp", token: "the-token-of-this-attempt", instructions: "" };
    const code = (kind: Kind) =>
      `require("node:fs").writeFileSync("args.txt", process.argv.join("\\n"));
       ${kind === "claude" ? `${CLAUDE_DONE}; process.stdin.resume();` : "process.exit(0)"}`;
    for (const kind of ["claude", "codex"] as const) {
      await start(kind, code(kind), { request: { tools } });
      const args = readFileSync(join(attempt.cwd, "args.txt"), "utf8");
      expect(args).not.toContain(tools.token);
      if (kind === "codex") expect(args).toContain(tools.url);
      const config = args.split("\n").find((arg) => arg.endsWith(".mcp.json"));
      if (kind === "claude") expect(() => statSync(config ?? "")).toThrow("ENOENT");
    }
  });
});
