/**
 * What OpenCode does not tell over ACP, its own server on loopback does, which runs in the same process: what each call of
 * the model cost, as it ends, that its service failed and is tried again, and with which status. It is given a port and a
 * password, which otherwise it does not have, and read from until the agent is gone. Without it OpenCode is heard as any
 * other agent.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { amountOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import type { Program } from "../session.ts";

/** The sum of one call of a model. */
export interface Call {
  usd: number;
  tokens: number;
}

export type OpenCodeEvent =
  | { kind: "called"; session: string; call: Call }
  | { kind: "retries"; text: string; until: number | null }
  | { kind: "failed"; session: string; status: number }
  | { kind: "idle"; session: string };

const HOST = "127.0.0.1";
/** A longer event is none of those that are read. */
const MAX_EVENT_CHARS = 1_000_000;
/** What it says last of a turn is on its way when the turn has ended. */
const MAX_LAG_MS = 1_000;
const MAX_CONNECT_MS = 2_000;

export interface OpenCodeServer {
  /** The program, told where to serve. */
  program: Program;
  /** Reads events until `close`; resolves once there may be some, or there is nothing to read. */
  listen(hear: (event: OpenCodeEvent) => void): Promise<boolean>;
  /** Resolves once all was heard of the session's turn, or soon. */
  settle(session: string): Promise<void>;
  close(): void;
}

/** Has a program serve its events, unless its arguments or its environment say how it serves; null then. */
export async function serveEvents(
  program: Program,
  env: Readonly<Record<string, string>>,
): Promise<OpenCodeServer | null> {
  const at = program.args.indexOf("acp");
  const isSet = (name: string): boolean => (program.env?.[name] ?? env[name]) !== undefined;
  const isServed = program.args.some((each) => /^--(?:port|hostname|mdns)\b/.test(each));
  if (at === -1 || isServed || isSet("OPENCODE_SERVER_PASSWORD") || isSet("OPENCODE_SERVER_USERNAME")) return null;
  const port = await findPort();
  if (port === null) return null;
  const password = randomBytes(24).toString("base64url");
  const args = [...program.args.slice(0, at + 1), "--port", String(port), ...program.args.slice(at + 1)];
  const own = { ...program, args, env: { ...program.env, OPENCODE_SERVER_PASSWORD: password } };
  return new EventStream(own, port, password);
}

class EventStream implements OpenCodeServer {
  readonly program: Program;
  readonly #url: string;
  readonly #authorization: string;
  readonly #stop = new AbortController();
  /** Sessions that work, by what to do once they do not. */
  readonly #busy = new Map<string, () => void>();
  #isOpen = false;

  constructor(program: Program, port: number, password: string) {
    this.program = program;
    this.#url = `http://${HOST}:${port}/global/event`;
    this.#authorization = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
  }

  listen(hear: (event: OpenCodeEvent) => void): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(this.#isOpen), MAX_CONNECT_MS);
      const answer = () => {
        clearTimeout(late);
        resolve(this.#isOpen);
      };
      this.#read(hear, answer)
        .catch(() => {})
        .finally(() => {
          this.#isOpen = false;
          answer();
          for (const settled of this.#busy.values()) settled();
        });
    });
  }

  settle(session: string): Promise<void> {
    if (!this.#isOpen || !this.#busy.has(session)) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(resolve, MAX_LAG_MS);
      this.#busy.set(session, () => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  close(): void {
    this.#stop.abort();
  }

  async #read(hear: (event: OpenCodeEvent) => void, opened: () => void): Promise<void> {
    const { body, ok } = await fetch(this.#url, {
      headers: { authorization: this.#authorization },
      signal: this.#stop.signal,
      redirect: "error",
    });
    if (!ok || body === null) return;
    this.#isOpen = true;
    const decoder = new TextDecoder();
    let line = "";
    let isTooLong = false;
    for await (const chunk of body) {
      const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
      line += first;
      for (const next of rest) {
        if (!isTooLong && line.startsWith("data:")) this.#take(line.slice("data:".length), hear);
        line = next;
        isTooLong = false;
      }
      opened();
      if (line.length <= MAX_EVENT_CHARS) continue;
      line = "";
      isTooLong = true;
    }
  }

  #take(data: string, hear: (event: OpenCodeEvent) => void): void {
    const { type, properties } = recordOf(parseRecord(data)?.payload);
    const read = recordOf(properties);
    const session = textOf(read.sessionID) ?? "";
    if (type === "session.status" && recordOf(read.status).type !== "idle" && !this.#busy.has(session)) {
      this.#busy.set(session, () => {});
    }
    const event = readEvent(type, read, session);
    if (event === null) return;
    if (event.kind === "idle") {
      this.#busy.get(session)?.();
      this.#busy.delete(session);
    }
    hear(event);
  }
}

/** What an event of its server says; null for those that are of no interest. */
function readEvent(type: unknown, event: ReturnType<typeof recordOf>, session: string): OpenCodeEvent | null {
  switch (type) {
    case "session.status": {
      const { type: state, message, next } = recordOf(event.status);
      if (state === "idle") return { kind: "idle", session };
      return state === "retry" ? { kind: "retries", text: textOf(message) ?? "", until: amountOf(next) } : null;
    }
    case "session.error": {
      const status = amountOf(recordOf(recordOf(event.error).data).statusCode);
      return status === null ? null : { kind: "failed", session, status };
    }
    case "message.part.updated": {
      const part = recordOf(event.part);
      if (part.type !== "step-finish") return null;
      const { input, output, reasoning, cache } = recordOf(part.tokens);
      const { read, write } = recordOf(cache);
      const tokens = [input, output, reasoning, read, write].reduce<number>(
        (sum, each) => sum + (amountOf(each) ?? 0),
        0,
      );
      return { kind: "called", session, call: { usd: amountOf(part.cost) ?? 0, tokens } };
    }
    default:
      return null;
  }
}

/** A port that nobody listens at now; null when there is none to be had. */
function findPort(): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once("error", () => resolve(null));
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
