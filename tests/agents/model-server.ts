/**
 * A model service on loopback that says what the prompt tells it to: stands in for the real services when real agents
 * are tested. Speaks Anthropic Messages and OpenAI Responses, as streams. Which step of its lines comes next follows
 * from the conversation that the agent sends along, so that any number of agents can ask at once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One turn of the model. */
export interface Line {
  text?: string;
  /** Has the agent write a file, in the agent's own way; {{answers}} is all that tools have answered so far. */
  write?: { path: string; content: string };
  /** Has the agent run a command. */
  run?: string;
  /** Has the agent call a tool of an MCP server. */
  call?: { name: string; args: object };
  /** Answers with an error of the service instead. */
  status?: number;
  /** Never answers. */
  isHanging?: boolean;
  /** Between pieces of the text, ms. */
  pauseMs?: number;
  /** Default 1000 and 50. */
  usage?: { input: number; output: number };
}

export interface ModelServer {
  url: string;
  /** What to put into a prompt so that these lines are said. */
  say(...lines: Line[]): string;
  /** Resolves once the first piece of the next answer is on its way. */
  nextAnswer(): Promise<void>;
  /** Texts of users, in the order in which they were asked about first. */
  heard(): string[];
  close(): Promise<void>;
}

interface Call {
  /** `tool_search` finds tools of MCP servers, which Codex shows when they are looked for. */
  name: string;
  /** Of a tool that the agent keeps in one. */
  namespace?: string;
  /** Arguments of a function, or the input of a tool that takes free text. */
  input: object | string;
}

interface Reply {
  line: Line;
  call: Call | null;
  model: string;
}

type Body = Record<string, unknown>;

const MARK = /\[\[lines ([A-Za-z0-9_-]+)\]\]/g;

/** What is said to a prompt without lines of its own; undefined: nothing of interest. */
export type Choose = (prompt: string) => Line[] | undefined;

export async function startModelServer(choose: Choose = () => undefined): Promise<ModelServer> {
  let waiting: (() => void)[] = [];
  const heard = new Set<string>();
  const onAnswer = () => {
    for (const wake of waiting) wake();
    waiting = [];
  };
  const server = createServer((request, response) => {
    answer(request, response, { choose, onAnswer, heard }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    say: (...lines) => `[[lines ${Buffer.from(JSON.stringify(lines)).toString("base64url")}]]`,
    nextAnswer: () => new Promise((resolve) => waiting.push(resolve)),
    heard: () => [...heard],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { choose, onAnswer, heard }: { choose: Choose; onAnswer: () => void; heard: Set<string> },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = (request.url ?? "").split("?")[0] ?? "";
  const isClaude = path.endsWith("/messages");
  if (request.method !== "POST" || !(isClaude || path.endsWith("/responses"))) {
    return sendJson(response, path.endsWith("count_tokens") ? 200 : 404, { input_tokens: 1 });
  }
  const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
  const turns = isClaude ? turnsOfClaude(body) : turnsOfCodex(body);
  for (const turn of turns) if (typeof turn === "object") heard.add(turn.user);
  const line = fillIn(chooseLine(turns, choose), turns);
  if (line.isHanging) return;
  if (line.status !== undefined) {
    const error = { type: ERROR_TYPES[line.status] ?? "api_error", message: `made-up error ${line.status}` };
    return sendJson(response, line.status, { type: "error", error });
  }
  const reply = { line, call: chooseCall(line, toolsOf(body)), model: String(body.model) };
  response.writeHead(200, { "content-type": "text/event-stream" });
  for await (const event of isClaude ? eventsOfClaude(reply) : eventsOfCodex(reply)) {
    if (response.destroyed) return;
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (/delta$/.test(event.type)) onAnswer();
  }
  response.end();
}

const ERROR_TYPES: Record<number, string> = {
  401: "authentication_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** A turn of the conversation: text of the user and what tools answered, or something that the model said or wanted. */
type Turn = { user: string; answers: string[] } | "model" | "other";

function chooseLine(turns: Turn[], choose: Choose): Line {
  let lines: Line[] = [];
  let said = 0;
  let before: Turn | null = null;
  for (const turn of turns) {
    const found = typeof turn === "object" ? [...turn.user.matchAll(MARK)].at(-1)?.[1] : undefined;
    const chosen =
      found === undefined
        ? typeof turn === "object" && choose(turn.user)
        : (JSON.parse(Buffer.from(found, "base64url").toString("utf8")) as Line[]);
    if (chosen) {
      lines = chosen;
      said = 0;
    } else if (turn === "model" && before !== "model") said++;
    before = turn;
  }
  return lines[Math.min(said, lines.length - 1)] ?? { text: "nothing to say" };
}

/** The line with what tools have answered put in. */
function fillIn(line: Line, turns: Turn[]): Line {
  if (line.write === undefined) return line;
  const answers = turns.flatMap((turn) => (typeof turn === "object" ? turn.answers : [])).join("\n");
  return { ...line, write: { ...line.write, content: line.write.content.replace("{{answers}}", () => answers) } };
}

const list = (value: unknown): Body[] => (Array.isArray(value) ? value : []);

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}

function turnsOfClaude(body: Body): Turn[] {
  return list(body.messages).map(({ role, content }) => {
    if (role === "assistant") return "model";
    const answers = list(content).flatMap((each) => (each.type === "tool_result" ? [textIn(each.content)] : []));
    return { user: textIn(content), answers };
  });
}

function turnsOfCodex(body: Body): Turn[] {
  if (typeof body.input === "string") return [{ user: body.input, answers: [] }];
  return list(body.input).map(({ type, role, content, output }) => {
    if (role === "user") return { user: textIn(content), answers: [] };
    if (/^tool_search/.test(String(type))) return "other";
    if (/call_output$/.test(String(type))) return { user: "", answers: [textIn(output)] };
    return role === "assistant" || /call$/.test(String(type)) || type === "reasoning" ? "model" : "other";
  });
}

const SEARCH = "tool_search";

interface OfferedTool {
  name: string;
  namespace?: string;
}

function toolsOf(body: Body): OfferedTool[] {
  const found = list(body.input).flatMap((item) => (item.type === "tool_search_output" ? list(item.tools) : []));
  return [...list(body.tools), ...found].flatMap(({ name, type, tools }) =>
    type === "namespace"
      ? list(tools).map((each) => ({ name: String(each.name), namespace: String(name) }))
      : [{ name: String(name ?? type) }],
  );
}

/** The agent's own tool for what the line wants. */
function chooseCall({ write, run, call }: Line, tools: OfferedTool[]): Call | null {
  const isClaude = tools.some(({ name }) => name === "Write" || name === "Bash");
  if (write !== undefined) {
    const { path, content } = write;
    if (isClaude) return { name: "Write", input: { file_path: path, content } };
    const lines = content.replace(/\n$/, "").split("\n");
    const added = lines.map((line) => `+${line}`).join("\n");
    return { name: "apply_patch", input: `*** Begin Patch\n*** Add File: ${path}\n${added}\n*** End Patch\n` };
  }
  if (run !== undefined) {
    return isClaude
      ? { name: "Bash", input: { command: run, description: "a command" } }
      : { name: "exec_command", input: { cmd: run } };
  }
  if (call === undefined) return null;
  const offered = tools.find(({ name }) => name.endsWith(call.name));
  if (offered === undefined && tools.some(({ name }) => name === SEARCH))
    return { name: SEARCH, input: { query: call.name, limit: 8 } };
  return { ...(offered ?? { name: call.name }), input: call.args };
}

interface Event {
  type: string;
  [key: string]: unknown;
}

let count = 0;
const id = (kind: string) => `${kind}_${++count}`;
const piecesOf = (text: string) => text.match(/[\s\S]{1,12}/g) ?? [];

async function* eventsOfClaude({ line, call, model }: Reply): AsyncGenerator<Event> {
  const { input, output } = line.usage ?? { input: 1000, output: 50 };
  const usage = { input_tokens: input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const ends = { stop_reason: null, stop_sequence: null };
  yield {
    type: "message_start",
    message: { id: id("msg"), type: "message", role: "assistant", model, content: [], ...ends, usage },
  };
  let index = 0;
  if (line.text !== undefined) {
    yield { type: "content_block_start", index, content_block: { type: "text", text: "" } };
    for (const text of piecesOf(line.text)) {
      yield { type: "content_block_delta", index, delta: { type: "text_delta", text } };
      if (line.pauseMs !== undefined) await sleep(line.pauseMs);
    }
    yield { type: "content_block_stop", index: index++ };
  }
  if (call !== null) {
    const block = { type: "tool_use", id: id("toolu"), name: call.name, input: {} };
    yield { type: "content_block_start", index, content_block: block };
    const delta = { type: "input_json_delta", partial_json: JSON.stringify(call.input) };
    yield { type: "content_block_delta", index, delta };
    yield { type: "content_block_stop", index };
  }
  const delta = { stop_reason: call === null ? "end_turn" : "tool_use", stop_sequence: null };
  yield { type: "message_delta", delta, usage: { ...usage, output_tokens: output } };
  yield { type: "message_stop" };
}

async function* eventsOfCodex({ line, call, model }: Reply): AsyncGenerator<Event> {
  const { input, output } = line.usage ?? { input: 1000, output: 50 };
  const base = { id: id("resp"), object: "response", model, status: "in_progress", output: [] };
  yield { type: "response.created", response: base };
  const items: object[] = [];
  const isSearch = call?.name === SEARCH;
  if (line.text !== undefined && !isSearch) {
    const item = { type: "message", id: id("msg"), role: "assistant", status: "completed" };
    const part = { type: "output_text", text: line.text, annotations: [] };
    yield { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } };
    for (const delta of piecesOf(line.text)) {
      yield { type: "response.output_text.delta", item_id: item.id, output_index: 0, content_index: 0, delta };
      if (line.pauseMs !== undefined) await sleep(line.pauseMs);
    }
    items.push({ ...item, content: [part] });
    yield { type: "response.output_item.done", output_index: 0, item: items[0] };
  }
  if (call !== null) {
    const { input: _input, ...named } = call;
    const common = { id: id("call"), call_id: id("call"), ...named, status: "completed" };
    const item = isSearch
      ? { type: "tool_search_call", ...common, execution: "client", arguments: call.input }
      : typeof call.input === "string"
        ? { type: "custom_tool_call", ...common, input: call.input }
        : { type: "function_call", ...common, arguments: JSON.stringify(call.input) };
    yield { type: "response.output_item.done", output_index: items.length, item };
    items.push(item);
  }
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  yield { type: "response.completed", response: { ...base, status: "completed", output: items, usage } };
}
