/**
 * Any agent that speaks the Agent Client Protocol over stdio, version 1 or the draft of version 2. It asks for permissions;
 * messages wait for the end of its turn and begin the next. What agents make of the protocol differs: `quirks.ts`.
 *
 * `sandbox` names the session mode to work in, `model` one of the models that the agent offers for the session.
 */
import { type Agent, promptWithTools, wordRefusal } from "../agent.ts";
import type { Conversation, Protocol } from "../conversation.ts";
import { type JsonRecord, parseRecord, recordOf } from "../json-access.ts";
import { holdSession, type Program, promptOf, type Session } from "../session.ts";
import { type AcpLink, openAcpLink } from "./acp-link.ts";
import { beginSession, type Connection, configure, explainLogin, openSession } from "./acp-session.ts";
import { CANCELLED, choose, subjectOf } from "./answer-permission.ts";
import { helloOf, NEWEST, readGreeting, type Version } from "./greeting.ts";
import { keepPaid, readPaid } from "./known-usage.ts";
import { type OpenCodeServer, serveEvents } from "./opencode-events.ts";
import { askFirst, isOpenCode } from "./opencode-permissions.ts";
import { loginHintOf, programOf } from "./program.ts";
import { quietQwen } from "./qwen-defaults.ts";
import { type AcpEvent, AcpReader } from "./read-acp.ts";
import { reportTrouble } from "./report-trouble.ts";
import { Silence } from "./silence.ts";
import { isReading } from "./tool-calls.ts";
import { TurnEnd } from "./turn-end.ts";

/** How often an agent that ends its turn over a refusal is told to go on without what it wanted. */
const MAX_NUDGES = 2;
/** How often is looked at how long it has said nothing. */
const LOOK_MS = 5_000;

/** Runs an agent of kind `acp`. */
export const acpAgent: Agent = (request, context) =>
  holdSession(request, context, loginHintOf(request), async (session) => {
    // From the start: what is said before the agent is ready waits for it.
    const waiting: string[] = [];
    const stopListening = context.onMessage((text) => waiting.push(text));
    const program = await quietQwen(programOf(request), request);
    const isAsking = isOpenCode(program);
    let started: Start = { program: isAsking ? await askFirst(program, session) : program, isAsking, newest: NEWEST };
    for (;;) {
      const server = started.isAsking ? await serveEvents(started.program, request.env) : null;
      const client = new AcpClient(session, waiting, started, server);
      await session.converse(server?.program ?? started.program, (conversation) => client.speak(conversation));
      await client.close();
      if (client.again === "asking" && !started.isAsking) {
        started = { ...started, program: await askFirst(program, session), isAsking: true };
      } else if (client.again === "version1" && started.newest > 1) {
        session.note("[its draft of version 2 of the protocol is another one: it is asked again in version 1]");
        started = { ...started, newest: 1 };
      } else {
        stopListening();
        return client.reader.summary();
      }
    }
  });

/** How a program is started and spoken to. */
interface Start {
  program: Program;
  /** It is OpenCode, made to ask first. */
  isAsking: boolean;
  newest: Version;
}

class AcpClient {
  readonly reader: AcpReader;
  /** Why it is to be started once more: made to ask first, or in the older version, for its draft of version 2 is another. */
  again: "asking" | "version1" | null = null;
  readonly #session: Session;
  readonly #start: Start;
  readonly #server: OpenCodeServer | null;
  readonly #waiting: string[];
  readonly #turnEnd = new TurnEnd();
  #id: string | null = null;
  #link: Promise<AcpLink> | null = null;
  #work: Promise<void> = Promise.resolve();
  #kept: Promise<void> = Promise.resolve();
  readonly #silence = new Silence(performance.now());
  #isStopping = false;
  #isClosed = false;
  #refusal = "";

  constructor(session: Session, waiting: string[], start: Start, server: OpenCodeServer | null) {
    this.#session = session;
    this.#waiting = waiting;
    this.#start = start;
    this.#server = server;
    this.reader = new AcpReader(session.agent.price);
  }

  speak(conversation: Conversation): Protocol {
    const link = openAcpLink(conversation.send, (method, params) =>
      method === "session/request_permission" ? this.#answer(params, conversation) : null,
    );
    this.#link = link;
    return {
      begin: () => {
        this.#work = link
          .then((opened) => this.#drive(opened))
          .catch((error) => {
            if (!this.#isClosed) this.#tell(this.reader.fail(error));
          })
          .finally(conversation.finish);
      },
      hear: (line) => {
        const message = parseRecord(line);
        if (message === null) {
          if (line.trim() !== "") conversation.note(line);
          return;
        }
        this.#silence.heard(performance.now());
        this.#tell(this.reader.read(message));
        void link.then(({ take }) => take(message));
      },
      interrupt: () => {
        this.#isStopping = true;
        this.#turnEnd.stopWaiting();
        const sessionId = this.#id;
        if (sessionId === null) conversation.finish();
        else void link.then(({ notify }) => notify("session/cancel", { sessionId }));
      },
    };
  }

  /** The agent is gone; waits until nothing of the conversation is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const link = await this.#link;
    link?.close();
    this.#server?.close();
    this.#turnEnd.close();
    await this.#work;
    this.#keep();
    await this.#kept;
  }

  async #drive(link: AcpLink): Promise<void> {
    const { request } = this.#session;
    const greeting = readGreeting(await this.#greet(link));
    if (greeting.name === "OpenCode" && !this.#start.isAsking) {
      this.again = "asking";
      return;
    }
    const isHeard = await this.#server?.listen((event) => this.#tell(this.reader.hearServer(event)));
    if (isHeard) this.reader.expectServer();
    const connection: Connection = { link, greeting, quirks: this.reader.quirks };
    const opened = await this.#begin(connection, (each) => openSession(each, this.#session));
    if (greeting.resume === null) this.#session.note("[it cannot go on with a session: another attempt begins anew]");
    if (request.tools !== null && !greeting.reachesTools) this.#session.note("[it takes no tools over HTTP]");
    const asked = { ...request, tools: greeting.reachesTools ? request.tools : null };
    let isFresh = opened.isNew;
    let prompt: string | null = isFresh ? promptWithTools(asked) : promptOf(asked);
    for (let nudges = 0; prompt !== null && !this.#isStopping; ) {
      this.reader.beginTurn();
      await this.#takeTurn(connection, prompt);
      if (!isFresh && this.reader.failedAtOnce && !this.#isStopping) {
        // It said that it goes on, and cannot.
        this.#session.note("[the earlier session cannot go on: a new one is begun]");
        await this.#begin(connection, (each) => beginSession(each, this.#session));
        isFresh = true;
        prompt = promptWithTools(asked);
        continue;
      }
      isFresh = true;
      const isRefused = this.reader.wasDenied && this.reader.quirks.rejected === "ends";
      if (this.#waiting.length > 0) prompt = this.#waiting.splice(0).join("\n\n");
      else if (isRefused && nudges++ < MAX_NUDGES)
        prompt = `That was refused: ${this.#refusal.replace(/\.$/, "")}. Go on without it.`;
      else prompt = null;
      if (prompt !== null) this.#session.note(`[message] ${prompt}`);
    }
  }

  /** Says the first word; an agent that trips over the newest version is asked in the oldest. */
  async #greet(link: AcpLink): Promise<JsonRecord> {
    try {
      return await link.request("initialize", helloOf(this.#start.newest));
    } catch (error) {
      if (this.#start.newest === 1 || this.#isClosed) throw error;
      return link.request("initialize", helloOf(1));
    }
  }

  async #begin(
    connection: Connection,
    open: (connection: Connection) => ReturnType<typeof openSession>,
  ): ReturnType<typeof openSession> {
    const { request, context } = this.#session;
    this.reader.expectHistory();
    try {
      const opened = await open(connection);
      this.#id = opened.id;
      context.report({ kind: "session", id: opened.id });
      await configure(connection, this.#session, opened);
      this.reader.beginSession(
        opened.id,
        opened.isNew ? 0 : await readPaid(request.home, request.session ?? opened.id),
      );
      return opened;
    } catch (error) {
      const { code } = recordOf(error);
      if (connection.greeting.version === 2 && (code === -32_601 || code === -32_602)) this.again = "version1";
      throw error;
    }
  }

  async #takeTurn(connection: Connection, text: string): Promise<void> {
    const params = { sessionId: this.#id, prompt: [{ type: "text", text }] };
    const ended = connection.greeting.version === 2 ? this.#turnEnd.expect() : null;
    this.#silence.heard(performance.now());
    const looking = setInterval(() => this.#lookAtSilence(), LOOK_MS);
    looking.unref();
    try {
      await connection.link.request("session/prompt", params);
      await this.#server?.settle(this.#id ?? "");
      const note = await ended;
      if (typeof note === "string") this.#session.note(note);
    } catch (error) {
      if (this.#isClosed) throw error;
      await this.#server?.settle(this.#id ?? "");
      this.#tell(this.reader.fail(error));
    } finally {
      clearInterval(looking);
    }
    if (this.reader.wantsLogin) this.reader.know(explainLogin(connection, this.#session));
    this.#keep();
    const { trouble } = this.reader;
    if (trouble !== null && !this.#isStopping) reportTrouble(this.#session, trouble);
  }

  /** Silence while a tool runs says nothing of the model's service. */
  #lookAtSilence(): void {
    const now = performance.now();
    if (this.reader.isActing) this.#silence.heard(now);
    const text = this.#silence.lookAt(now);
    if (text !== null) this.#session.progress(text);
  }

  /** Writes down what the session has cost, for an attempt that goes on with it. */
  #keep(): void {
    const { sessionUsd } = this.reader;
    const id = this.#id;
    if (sessionUsd === null || id === null) return;
    this.#kept = this.#kept.then(() => keepPaid(this.#session.request.home, id, sessionUsd));
  }

  #tell(events: readonly AcpEvent[]): void {
    const { note, progress, context } = this.#session;
    for (const event of events) {
      switch (event.kind) {
        case "said":
        case "acts":
          this.#session.tell(event);
          break;
        case "note":
          note(event.text);
          break;
        case "cost": {
          const { usd, tokens, estimatedUsd } = event;
          context.report({ kind: "cost", usd, tokens, ...(estimatedUsd === 0 ? {} : { estimatedUsd }) });
          break;
        }
        case "retries":
          this.#silence.heard(performance.now());
          note(`[its service fails: it tries again] ${event.text}`);
          progress(`its service ${event.status === null ? "fails" : `answers ${event.status}`}: it tries again`);
          reportTrouble(this.#session, event);
          break;
        case "busy":
          this.#turnEnd.hearBusy();
          break;
        case "idle":
          this.#turnEnd.hearIdle(event.owes);
          break;
      }
    }
  }

  async #answer(params: JsonRecord, conversation: Conversation): Promise<object> {
    this.#tell(this.reader.flush());
    const subject = subjectOf(params);
    const { title, paths, command, kind } = this.reader.toolCall(subject);
    let answer: object = CANCELLED;
    const decide = async (): Promise<void> => {
      const asked = { tool: title, paths, command, reads: isReading(kind) };
      const decided = await this.#session.context.requestPermission(asked);
      if (this.#isStopping) return;
      if (decided.allow) {
        answer = choose(params.options, "allow_once", "allow_always");
        return;
      }
      this.#refusal = wordRefusal(decided);
      this.reader.deny(typeof subject.toolCallId === "string" ? subject.toolCallId : "");
      conversation.note(`[denied] ${title}: ${decided.reason}`);
      answer = choose(params.options, "reject_once", "reject_always");
    };
    await conversation.owe(decide());
    return answer;
  }
}
