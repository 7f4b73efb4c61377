/**
 * A model service on loopback that says what the prompt tells it to: stands in for the real services when real agents
 * are tested. Speaks Anthropic Messages, OpenAI Responses and Chat Completions, and Gemini, as streams. Which step of its
 * lines comes next follows from the conversation that the agent sends along, so that any number of agents can ask at once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./model/anthropic.ts";
import { chat } from "./model/chat.ts";
import { chooseCall } from "./model/choose-call.ts";
import type { Body, Dialect, Turn } from "./model/dialect.ts";
import { gemini } from "./model/gemini.ts";
import type { Line } from "./model/line.ts";
import { responses } from "./model/responses.ts";

export type { Line } from "./model/line.ts";

/** What was answered, as a bill has it: no errors, no answers that were broken off before their end. */
export interface Bill {
  answers: number;
  input: number;
  output: number;
}

export interface ModelServer {
  url: string;
  /** What to put into a prompt so that these lines are said. */
  say(...lines: Line[]): string;
  /** Resolves once the first piece of the next answer is on its way. */
  nextAnswer(): Promise<void>;
  /** Texts of users, in the order in which they were asked about first. */
  heard(): string[];
  /** All that was used since the last bill; also answers that were begun and broken off, with all that they would have cost. */
  bill(): Bill;
  /** From now on all are refused with 429, as an account is whose usage limit is reached until then, ms since the epoch. */
  limit(until: number): void;
  /** They are served again. Says how often somebody was refused. */
  lift(): number;
  /** Nobody answers at its address any more, until it is back. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const DIALECTS: readonly Dialect[] = [anthropic, responses, chat, gemini];
const MARK = /\[\[lines ([A-Za-z0-9_-]+)\]\]/g;
const NO_BILL: Bill = { answers: 0, input: 0, output: 0 };

/** What is said to a prompt without lines of its own; undefined: nothing of interest. */
export type Choose = (prompt: string) => Line[] | undefined;

export async function startModelServer(choose: Choose = () => undefined): Promise<ModelServer> {
  const service = new Service(choose);
  const server = createServer((request, response) => {
    service.answer(request, response).catch(() => response.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const leave = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    say: (...lines) => `[[lines ${Buffer.from(JSON.stringify(lines)).toString("base64url")}]]`,
    nextAnswer: () => new Promise((resolve) => service.waiting.push(resolve)),
    heard: () => [...service.heard],
    bill: () => service.takeBill(),
    limit: (until) => {
      service.limit = { until, refused: 0 };
    },
    lift: () => {
      const { refused = 0 } = service.limit ?? {};
      service.limit = null;
      return refused;
    },
    leave,
    comeBack: () => listen(port),
    close: leave,
  };
}

class Service {
  readonly heard = new Set<string>();
  waiting: (() => void)[] = [];
  limit: { until: number; refused: number } | null = null;
  readonly #choose: Choose;
  /** Line of a prompt -> how often it was answered with an error. */
  readonly #refused = new Map<string, number>();
  #bill = NO_BILL;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  takeBill(): Bill {
    const bill = this.#bill;
    this.#bill = NO_BILL;
    return bill;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? "").split("?")[0] ?? "";
    const dialect = DIALECTS.find(({ takes }) => takes(path));
    if (request.method !== "POST" || dialect === undefined) return answerOther(path, response);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    if (this.limit !== null) {
      this.limit.refused += 1;
      const { until } = this.limit;
      const words = `You've hit your usage limit, it resets at ${new Date(until).toISOString()}`;
      return sendJson(response, 429, dialect.limit?.(words, until) ?? dialect.error(429, words));
    }
    const turns = dialect.turnsOf(body);
    for (const turn of turns) if (typeof turn === "object") this.heard.add(turn.user);
    const tools = dialect.toolsOf(body);
    const chosen = chooseLine(turns, this.#choose);
    // What it asks besides its work, without tools, such as a title for the conversation.
    const line =
      tools.length === 0 && wantsTool(chosen)
        ? { text: "A title", usage: { input: 50, output: 5 } }
        : fillIn(chosen, turns);
    if (line.isHanging) return;
    if (line.status !== undefined && this.#refuses(line)) {
      const retry = line.retryAfter === undefined ? {} : { "retry-after": String(line.retryAfter) };
      const error = dialect.error(line.status, line.error ?? `made-up error ${line.status}`);
      return sendJson(response, line.status, error, retry);
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (line.isGarbage) {
      response.end(
        'event: message_start\ndata: {"type":"mess\n\ndata: <html>502 Bad Gateway</html>\n\n\u0000\u0001\n\n',
      );
      return;
    }
    const usage = line.usage ?? (tools.length === 0 ? { input: 50, output: 5 } : { input: 1000, output: 50 });
    const { answers, input, output } = this.#bill;
    this.#bill = { answers: answers + 1, input: input + usage.input, output: output + usage.output };
    const reply = { line, usage, call: chooseCall(line, tools), model: dialect.modelOf(path, body) };
    for await (const { name, data, isPiece } of dialect.stream(reply)) {
      if (response.destroyed) return;
      const text = typeof data === "string" ? data : JSON.stringify(data);
      response.write(`${name === null ? "" : `event: ${name}\n`}data: ${text}\n\n`);
      if (!isPiece) continue;
      for (const wake of this.waiting.splice(0)) wake();
      if (line.isDropped) return void response.destroy();
    }
    response.end();
  }

  /** Whether this line is an error now: one that is meant to pass is one only so often. */
  #refuses(line: Line): boolean {
    if (line.times === undefined) return true;
    const key = JSON.stringify(line);
    const before = this.#refused.get(key) ?? 0;
    this.#refused.set(key, before + 1);
    return before < line.times;
  }
}

/** What agents ask besides: how many tokens something has, which models there are. */
function answerOther(path: string, response: ServerResponse): void {
  const found = OTHERS.find(({ end }) => path.endsWith(end));
  sendJson(response, found === undefined ? 404 : 200, found?.body ?? { error: { message: "no such route" } });
}

const OTHERS = [
  { end: "count_tokens", body: { input_tokens: 1 } },
  { end: ":countTokens", body: { totalTokens: 1 } },
  { end: "/models", body: { object: "list", data: [{ id: "made-up", object: "model" }] } },
];

function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

const wantsTool = ({ write, read, run, call, own }: Line): boolean =>
  [write, read, run, call, own].some((each) => each !== undefined);

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
