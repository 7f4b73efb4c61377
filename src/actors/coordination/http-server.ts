/**
 * The way in for agents of the run: MCP over HTTP on loopback. Each attempt has a bearer token of its own, by which the
 * server knows who speaks; it is worth nothing any more once the attempt has ended.
 *
 * HTTP-1 Bound to 127.0.0.1. A request must name that host, and must come from no web page: a page in a browser that was
 *    led here by DNS could otherwise speak with the person's network.
 * HTTP-2 Nothing of a request is read or loaded before its token was found good; tokens are compared in constant time.
 * HTTP-3 Bodies and sessions are bounded. Tokens are in no log and in no message.
 */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AgentTools } from "../agents/index.ts";
import type { AnswerCall } from "./mcp-server.ts";

const HOST = "127.0.0.1";
const PATH = "/mcp";
/** An artifact and its JSON. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** A client has one; some begin another after an error, and then the oldest goes. */
const MAX_SESSIONS = 16;

/** What a client of an attempt is served by. */
interface Session {
  handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void>;
  close(): Promise<void>;
}

interface Admitted {
  digest: Buffer;
  answer: AnswerCall;
  sessions: Map<string, Session>;
  /** Answers under way. */
  pending: Set<Promise<unknown>>;
}

/** Where an attempt reaches its tools, until it is closed. */
export interface AccessGrant extends Omit<AgentTools, "instructions"> {
  /** Makes the token worthless at once; answers under way still go out, then what speaks by it is ended. */
  close(): Promise<void>;
}

/** The server of one run; it listens from the first admission on. */
export class ToolServer {
  readonly #program: string;
  readonly #admitted = new Set<Admitted>();
  #listening: Promise<{ server: Server; port: number }> | null = null;

  constructor(program: string) {
    this.#program = program;
  }

  /** Lets an attempt in; its calls are answered by `answer`. Rejects when no port can be had. */
  async grantAccess(answer: AnswerCall): Promise<AccessGrant> {
    this.#listening ??= this.#listen();
    const { port } = await this.#listening;
    const token = `pleach-${randomBytes(32).toString("base64url")}`;
    const pending = new Set<Promise<unknown>>();
    const follow: AnswerCall = (...call) => {
      const answered = answer(...call);
      pending.add(answered);
      return answered.finally(() => pending.delete(answered));
    };
    const admitted: Admitted = { digest: digestOf(token), answer: follow, sessions: new Map(), pending };
    this.#admitted.add(admitted);
    return {
      url: `http://${HOST}:${port}${PATH}`,
      token,
      close: async () => {
        this.#admitted.delete(admitted);
        await closeAll(admitted);
      },
    };
  }

  /** Stops listening and ends all sessions. */
  async close(): Promise<void> {
    const listening = await this.#listening?.catch(() => null);
    await Promise.all([...this.#admitted].map(closeAll));
    this.#admitted.clear();
    if (!listening) return;
    await new Promise<void>((resolve) => {
      listening.server.close(() => resolve());
      listening.server.closeAllConnections();
    });
  }

  async #listen(): Promise<{ server: Server; port: number }> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch(() => {
        if (response.headersSent) response.destroy();
        else refuse(response, 500, "the request failed");
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, HOST, resolve);
    });
    return { server, port: (server.address() as AddressInfo).port };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { port = 0 } = request.socket.address() as AddressInfo;
    const why = refuseOrigin(request, port);
    if (why !== null) return refuse(response, 403, why);
    const admitted = this.#find(request.headers.authorization);
    if (admitted === undefined) {
      response.setHeader("www-authenticate", "Bearer");
      return refuse(response, 401, "the token is not good, or its attempt has ended");
    }
    if (new URL(request.url ?? "", `http://${HOST}`).pathname !== PATH)
      return refuse(response, 404, `there is ${PATH} only`);
    const body = request.method === "POST" ? await readBody(request) : undefined;
    if (body === TOO_LARGE) return refuse(response, 413, `a body is at most ${MAX_BODY_BYTES} bytes`);
    if (body === NO_JSON) return refuse(response, 400, "the body is no JSON");
    const id = request.headers["mcp-session-id"];
    const known = typeof id === "string" ? admitted.sessions.get(id) : undefined;
    if (id !== undefined && known === undefined)
      return refuse(response, 404, "there is no such session: begin a new one");
    const session = known ?? (await openSession(this.#program, admitted));
    // The attempt may have ended while the SDK was being loaded.
    if (!this.#admitted.has(admitted)) {
      await session.close();
      return refuse(response, 401, "the attempt has ended");
    }
    await session.handle(request, response, body);
    // What began no session is of no use to anybody.
    if (![...admitted.sessions.values()].includes(session)) await session.close();
  }

  #find(authorization: string | undefined): Admitted | undefined {
    const [, token] = /^Bearer ([\w-]{1,200})$/i.exec(authorization ?? "") ?? [];
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    // All are looked at, so that the time says nothing.
    return [...this.#admitted].filter((each) => timingSafeEqual(each.digest, digest))[0];
  }
}

async function openSession(program: string, admitted: Admitted): Promise<Session> {
  const [{ StreamableHTTPServerTransport }, { createMcpServer }] = await Promise.all([
    import("@modelcontextprotocol/sdk/server/streamableHttp.js"),
    import("./mcp-server.ts"),
  ]);
  const server = createMcpServer(program, admitted.answer);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => {
      const [oldest] = admitted.sessions;
      if (oldest !== undefined && admitted.sessions.size >= MAX_SESSIONS) {
        admitted.sessions.delete(oldest[0]);
        oldest[1].close().catch(() => {});
      }
      admitted.sessions.set(id, session);
    },
    onsessionclosed: (id) => {
      admitted.sessions.delete(id);
    },
  });
  const session: Session = {
    handle: (request, response, body) => transport.handleRequest(request, response, body),
    close: () => server.close(),
  };
  await server.connect(transport as Parameters<typeof server.connect>[0]);
  return session;
}

async function closeAll({ sessions, pending }: Admitted): Promise<void> {
  await Promise.allSettled(pending);
  // The SDK writes an answer some turns after it got it.
  await new Promise((resolve) => setImmediate(resolve));
  const open = [...sessions.values()];
  sessions.clear();
  await Promise.all(open.map((session) => session.close().catch(() => {})));
}

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Why a request may be a web page's doing (HTTP-1); null when it cannot be. */
function refuseOrigin({ headers }: IncomingMessage, port: number): string | null {
  const hosts = [`${HOST}:${port}`, `localhost:${port}`];
  if (!hosts.includes((headers.host ?? "").toLowerCase())) return "this server is reached by 127.0.0.1 only";
  const { origin } = headers;
  if (origin === undefined) return null;
  return hosts.some((host) => origin.toLowerCase() === `http://${host}`) ? null : "web pages may not speak here";
}

const TOO_LARGE = Symbol("too large");
const NO_JSON = Symbol("no JSON");

/** The JSON of a body, or what is wrong with it. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Left open when it is too large, for the answer goes back on the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return TOO_LARGE;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    return NO_JSON;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ jsonrpc: "2.0", error: { code: -32_000, message }, id: null });
  response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(body);
}
