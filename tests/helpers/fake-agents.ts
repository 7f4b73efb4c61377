/**
 * Programs that stand where coding agents would, for tests of how agents are looked for, looked at and started: each answers
 * as such a program does, and works by writing down which variables it was given.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface FakeAgent {
  version?: string;
  /** Null: it does not say. */
  login?: boolean | null;
  /** Never says a word. */
  hangs?: boolean;
  /** Says far too much, for ever. */
  floods?: boolean;
  /** Names of variables of which one has to be set for it to be logged in. */
  keys?: readonly string[];
  models?: readonly string[];
  /** As Codex: tells of its login by its app-server, and that it needs one or not; null: it knows no such question. */
  needsLogin?: boolean | null;
  /** A file that gets a line for each time it is started. */
  log?: string;
}

/** Writes the program of this name into a folder; hands back its path. */
export function writeFakeAgent(folder: string, name: string, agent: FakeAgent = {}): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!${process.execPath}\nconst agent = ${JSON.stringify(agent)};\n${PROGRAM}`, { mode: 0o755 });
  return file;
}

const PROGRAM = `
const fs = require("node:fs");
const args = process.argv.slice(2);
const say = (value) => process.stdout.write((typeof value === "string" ? value : JSON.stringify(value)) + "\\n");
const isIn = agent.keys ? agent.keys.some((name) => process.env[name]) : agent.login !== false;
if (agent.log) fs.appendFileSync(agent.log, args.join(" ") + " in " + process.cwd() + "\\n");
const work = () => fs.writeFileSync("given.txt", Object.keys(process.env).sort().join("\\n") + "\\n");
if (agent.hangs) setInterval(() => {}, 1000);
else if (agent.floods) {
  const flood = () => { while (process.stdout.write("1".repeat(65536) + "\\n")); };
  process.stdout.on("drain", flood);
  flood();
} else if (args[0] === "--version") say((agent.version ?? "1.0.0") + " (fake)");
else if (args[0] === "login") {
  say(isIn ? "Logged in using an API key" : "Not logged in");
  process.exitCode = isIn ? 0 : 1;
} else {
  let text = "";
  process.stdin.on("data", (chunk) => {
    text += chunk;
    for (let end = text.indexOf("\\n"); end !== -1; end = text.indexOf("\\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      if (line.trim() !== "") (args.includes("--print") ? claude : acp)(JSON.parse(line));
    }
  });
  process.stdin.on("end", () => process.exit(0));
}
function claude(message) {
  if (message.type !== "control_request" || message.request.subtype !== "initialize") return;
  const account = isIn ? { tokenSource: "claude.ai" } : { tokenSource: "none" };
  const models = (agent.models ?? []).map((value) => ({ value }));
  say({ type: "control_response", response: { subtype: "success", request_id: message.request_id, response: { account, models } } });
}
function acp({ id, method, params }) {
  const answer = (result) => say({ jsonrpc: "2.0", id, result });
  if (method === "initialize") {
    const agentInfo = { name: "fake", version: agent.version ?? "1.0.0" };
    answer({ protocolVersion: 1, agentInfo, agentCapabilities: { loadSession: true }, authMethods: [] });
  } else if (method === "session/new" && !isIn) {
    say({ jsonrpc: "2.0", id, error: { code: -32000, message: "Authentication required" } });
  } else if (method === "session/new") {
    const availableModels = (agent.models ?? []).map((modelId) => ({ modelId, name: modelId }));
    answer({ sessionId: "s1", models: { availableModels, currentModelId: availableModels[0]?.modelId ?? "" } });
  } else if (method === "session/prompt") {
    work();
    const content = { type: "text", text: "Done with " + (process.env.GEMINI_API_KEY ?? "no key") };
    say({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "s1", update: { sessionUpdate: "agent_message_chunk", content } } });
    answer({ stopReason: "end_turn", usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } });
  } else if (method === "account/read" && typeof agent.needsLogin === "boolean") {
    answer({ account: isIn && agent.needsLogin ? { type: "apiKey" } : null, requiresOpenaiAuth: agent.needsLogin });
  } else if (method === "model/list") {
    answer({ data: (agent.models ?? []).map((model) => ({ id: model, model })) });
  } else if (id !== undefined) answer({});
}
`;
