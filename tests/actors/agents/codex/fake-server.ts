/** A program that speaks as Codex' app-server does, for what cannot be recorded: what it does in a turn is the test's. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentExited, AgentRequest } from "../../../../src/actors/agents/index.ts";
import type { AgentSpec } from "../../../../src/plan/model.ts";
import type { Attempt } from "../attempt.ts";

/**
 * `say` writes a message; `tell` a notification of its thread; `item` and `used` two of these; `ask` a request, and resolves
 * with its answer; `heard` resolves once it was told the next message of this method. `turn` is what it does in a turn, and may return
 * how that ended.
 */
const SERVER = `
const { appendFileSync } = require("node:fs");
const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
let thread = "th", turns = 0, asked = 100;
const tell = (method, params) => say({ method, params: { threadId: thread, turnId: "t" + turns, ...params } });
const item = (when, item) => tell("item/" + when, { item });
const used = (total, last = total) => tell("thread/tokenUsage/updated", { tokenUsage: { total, last } });
const tokens = (inputTokens, outputTokens, cachedInputTokens = 0) => ({ inputTokens, outputTokens, cachedInputTokens });
const answers = new Map(), unheard = [];
let wake = () => {};
const ask = (method, params) => new Promise((resolve) => {
  answers.set(++asked, resolve);
  say({ method, id: asked, params: { threadId: thread, turnId: "t" + turns, ...params } });
});
const heard = async (method) => {
  while (!unheard.includes(method)) await new Promise((resolve) => { wake = resolve; });
  unheard.splice(unheard.indexOf(method), 1);
};
const finish = (status = "completed", error = null) =>
  tell("turn/completed", { turn: { id: "t" + turns, status, error } });
const replies = {
  initialize: () => ({}),
  "thread/start": () => ({ thread: { id: thread } }),
  "thread/resume": ({ threadId }) => { thread = threadId; return { thread: { id: threadId } }; },
  "turn/start": ({ input }) => {
    const id = "t" + ++turns;
    setImmediate(async () => {
      tell("turn/started", { turn: { id } });
      const end = await turn(turns, input[0].text);
      if (end !== "goes on") finish(...(end ?? []));
    });
    return { turn: { id } };
  },
  "turn/steer": () => ({}),
  "turn/interrupt": () => { setImmediate(() => finish("interrupted")); return {}; },
};
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  appendFileSync("heard.jsonl", line + "\\n");
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) return answers.get(id)?.(result ?? error);
  unheard.push(method);
  wake();
  if (id === undefined) return;
  try { say({ id, result: replies[method](params) }); }
  catch (error) { say({ id, error: { code: -32600, message: error.message } }); }
}).on("close", () => process.exit(0));
let turn = async () => { used(tokens(1000, 50)); };
`;

export interface Worked {
  outcome: AgentExited;
  /** What it was told, message by message. */
  heard: { method?: string; id?: unknown; params?: Record<string, unknown>; result?: unknown; error?: unknown }[];
}

/** Lets an agent of kind `codex` work whose program does this JavaScript. */
export async function workWith(
  attempt: Attempt,
  code: string,
  { agent, request }: { agent?: Partial<AgentSpec>; request?: Partial<AgentRequest> } = {},
): Promise<Worked> {
  const command = join(attempt.base, "codex.cjs");
  writeFileSync(command, `#!/usr/bin/env node\n${SERVER}\n${code}\n`);
  chmodSync(command, 0o755);
  const outcome = await attempt.start({
    work: { kind: "agent", agent: "mine", instruction: "Do it." },
    agent: { name: "mine", kind: "codex", command, ...agent },
    ...request,
  });
  if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
  const file = join(attempt.cwd, "heard.jsonl");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  return { outcome, heard: lines.map((line) => JSON.parse(line)) };
}
