/**
 * Codex by its app-server: one long conversation. Messages reach the running turn at once, an interrupt ends it in good
 * order, tokens are told as they are used, and what it wants beyond its sandbox it asks for (`approvals.ts`).
 */
import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import { promptWithTools, wordRefusal } from "../agent.ts";
import type { Conversation, Protocol } from "../conversation.ts";
import { type JsonRecord, parseRecord, recordOf, textOf } from "../json-access.ts";
import { promptOf, type Session } from "../session.ts";
import { priceTokens, type SessionSummary, totalOf } from "../session-summary.ts";
import type { Sent } from "./app-server-types.ts";
import { answerRequest, itemOf, policyFor } from "./approvals.ts";
import { keyOf, sandboxOf, serverProgramOf } from "./program.ts";
import { type Place, placeOf, type ServerEvent, ServerReader } from "./read-server.ts";
import { RpcError, RpcLink } from "./rpc-link.ts";
import { readUsageNote, writeUsageNote } from "./usage-note.ts";

/** A program that does not introduce itself in this time takes `app-server` for something else. */
const GREETING_MS = 60_000;
/** Sub-agents that say nothing for so long, or a third of its `inactivity`, are not waited for any longer. */
const MAX_PATIENCE_MS = 5 * 60_000;
/** How often an agent is told that its sub-agents have ended, which may start others. */
const MAX_RETURNS = 3;
const RETURN = "The agents that you started have ended. Look at what came of their work, and bring yours to its end.";
/** Whole texts of all that a turn has changed so far, again and again. */
const NOT_WANTED = ["turn/diff/updated"];

/**
 * Works to the end, and takes its messages from `waiting` once `listen` calls back. Null when this program has no
 * app-server, or one that speaks of other things.
 */
export async function workByServer(
  session: Session,
  waiting: string[],
  listen: (wake: () => void) => void,
): Promise<SessionSummary | null> {
  const server = new ServerSession(session, waiting);
  listen(() => server.wake());
  const ended = await session.converse(serverProgramOf(session.request), (conversation) => server.speak(conversation));
  listen(() => {});
  await server.close();
  const wasStopped = ended.kind !== "exited" || ended.aborted || ended.timedOut || ended.inactive;
  return server.isGreeted || wasStopped ? server.summary() : null;
}

class ServerSession {
  readonly #session: Session;
  readonly #waiting: string[];
  readonly #reader = new ServerReader();
  readonly #steers = new Set<Promise<void>>();
  readonly #toldOutside = new Set<string>();
  #link: RpcLink | null = null;
  #work: Promise<void> = Promise.resolve();
  #thread: string | null = null;
  #turn: string | null = null;
  #endTurn: () => void = () => {};
  #endHelpers: () => void = () => {};
  #lastHeardAt = 0;
  #isStopping = false;
  #isClosed = false;
  #isGreeted = false;

  constructor(session: Session, waiting: string[]) {
    this.#session = session;
    this.#waiting = waiting;
  }

  /** Whether the program speaks this protocol. */
  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  summary(): SessionSummary {
    return this.#reader.summary();
  }

  /** A message waits. */
  wake(): void {
    if (this.#isStopping) return;
    // Nothing is said into a turn that is over: it begins the next one.
    if (this.#turn !== null) for (const text of this.#waiting.splice(0)) this.#steer(text, true, this.#own());
    else if (this.#waiting.length > 0) this.#endHelpers();
  }

  speak(conversation: Conversation): Protocol {
    const link = new RpcLink(conversation.send);
    this.#link = link;
    return {
      begin: () => {
        this.#work = this.#drive(link, conversation)
          .catch((error: unknown) => this.#fail(error))
          .finally(conversation.finish);
      },
      hear: (line) => {
        this.#lastHeardAt = performance.now();
        const message = parseRecord(line);
        if (message === null) {
          if (line.trim() !== "") conversation.note(line);
        } else if (typeof message.method !== "string") link.take(message);
        else if (message.id !== undefined) void conversation.owe(this.#answer(message, link));
        else for (const event of this.#reader.read(message)) this.#tell(event, link, conversation);
      },
      interrupt: () => {
        this.#isStopping = true;
        if (this.#turn === null) conversation.finish();
        else this.#interrupt(link);
      },
    };
  }

  /** The program is gone; waits until nothing of the conversation is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#link?.close();
    this.#endTurn();
    this.#endHelpers();
    await this.#work;
    const { counted } = this.#reader;
    if (this.#thread !== null && counted !== null)
      await writeUsageNote(this.#session.request.home, this.#thread, counted);
  }

  #fail(error: unknown): void {
    if (error instanceof RpcError && error.isUnknown("thread/start")) this.#isGreeted = false;
    else if (!this.#isClosed) this.#reader.fail(error instanceof Error ? error.message : String(error));
  }

  /** A key in its environment counts for nothing here, until it is told. */
  async #logIn(link: RpcLink): Promise<void> {
    const apiKey = keyOf(this.#session.request);
    if (apiKey === null) return;
    await link.request("account/login/start", { type: "apiKey", apiKey }).catch((error: unknown) => {
      // Whether it can work without will be seen.
      this.#session.note(
        `[pleach could not log Codex in by its key: ${error instanceof Error ? error.message : error}]`,
      );
    });
  }

  async #drive(link: RpcLink, conversation: Conversation): Promise<void> {
    const tooLong = setTimeout(() => conversation.finish(), GREETING_MS);
    try {
      await link.request("initialize", {
        clientInfo: { name: "pleach", title: null, version: "1" },
        capabilities: { experimentalApi: false, requestAttestation: false, optOutNotificationMethods: NOT_WANTED },
      });
    } catch {
      return;
    } finally {
      clearTimeout(tooLong);
    }
    this.#isGreeted = true;
    link.notify("initialized");
    const { request, context, note } = this.#session;
    await this.#logIn(link);
    const { id, isNew } = await this.#open(link);
    this.#thread = id;
    this.#reader.begin(id);
    context.report({ kind: "session", id });
    let prompt: string | null = isNew ? promptWithTools(request) : promptOf(request);
    for (let returns = 0; prompt !== null && !this.#isStopping; ) {
      await this.#takeTurn(link, id, prompt);
      await Promise.all(this.#steers);
      const isGood = this.#reader.summary().ending === "completed";
      const hasHelpers = isGood && this.#waiting.length === 0 && this.#reader.helpers.length > 0;
      const isOver = hasHelpers && (await this.#waitForHelpers()) && returns++ < MAX_RETURNS;
      if (isGood && this.#waiting.length > 0) prompt = this.#waiting.splice(0).join("\n\n");
      else prompt = isOver ? RETURN : null;
      if (prompt !== null) note(`[message] ${prompt}`);
    }
    if (!this.#isStopping) this.#tellLeft();
  }

  /** Whether none of its sub-agents is at work any more; or nothing was heard of them for too long, or something else came. */
  async #waitForHelpers(): Promise<boolean> {
    const patienceMs = Math.min(MAX_PATIENCE_MS, this.#session.inactivityMs / 3);
    this.#lastHeardAt = performance.now();
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (performance.now() - this.#lastHeardAt >= patienceMs) this.#endHelpers();
      }, patienceMs / 10);
      this.#endHelpers = () => {
        clearInterval(look);
        resolve();
      };
    });
    return this.#reader.helpers.length === 0;
  }

  /** What is ended in the midst of its work, for the program ends what it has started. */
  #tellLeft(): void {
    const { commands, helpers } = this.#reader;
    this.#reader.abandonHelpers();
    const left = [...commands, ...helpers];
    if (left.length === 0) return;
    const text = `left ${left.length === 1 ? "this" : "these"} running in the background, ended with it: ${left.join("; ")}`;
    this.#session.note(`[${text}]`);
    this.#session.warn(text);
  }

  /** Goes on with the earlier thread where it is still there, in this worktree; begins one otherwise. */
  async #open(link: RpcLink): Promise<{ id: string; isNew: boolean }> {
    const { request, agent, note } = this.#session;
    const { session, cwd, home } = request;
    const sandbox = sandboxOf(request) as NonNullable<Sent["thread/start"]["sandbox"]>;
    const how = {
      approvalPolicy: policyFor(sandbox),
      approvalsReviewer: "user",
      sandbox,
      ...(agent.model === undefined ? {} : { model: agent.model }),
    };
    if (session !== null) {
      this.#reader.resume(session, await readUsageNote(home, session));
      try {
        const resumed = await link.request("thread/resume", { ...how, threadId: session, cwd, excludeTurns: true });
        const id = textOf(recordOf(resumed.thread).id);
        if (id === session) return { id, isNew: false };
      } catch (error) {
        if (!(error instanceof RpcError) || error.code === null) throw error;
      }
      note("[the earlier session is gone: a new one is begun]");
    }
    // It begins in the folder that it was started in. If it were told one, it would write into its user's configuration that
    // this folder is to be trusted, and would do what the repository's own configuration says.
    const { thread } = await link.request("thread/start", how);
    const id = textOf(recordOf(thread).id);
    if (id === null) throw new Error("invalid request: it began a thread without an id");
    return { id, isNew: true };
  }

  async #takeTurn(link: RpcLink, threadId: string, text: string): Promise<void> {
    this.#reader.beginTurn();
    const over = new Promise<void>((resolve) => {
      this.#endTurn = resolve;
    });
    await link.request("turn/start", { threadId, input: [{ type: "text", text, text_elements: [] }] });
    await over;
    this.#turn = null;
  }

  #tell(event: ServerEvent, link: RpcLink, conversation: Conversation): void {
    const { context, agent } = this.#session;
    switch (event.kind) {
      case "turn":
        this.#turn = event.id;
        if (this.#isStopping) this.#interrupt(link);
        this.wake();
        break;
      case "turnOver":
        this.#turn = null;
        this.#endTurn();
        break;
      case "said":
      case "acts":
      case "noise":
      case "limit":
      case "outage":
      case "window":
        this.#session.tell(event);
        break;
      case "helpersOver":
        this.#endHelpers();
        break;
      case "changed":
        void conversation.owe(this.#lookAtChange(event.paths, event.at));
        break;
      case "used":
        context.report({ kind: "cost", usd: priceTokens(event.tokens, agent.price), tokens: totalOf(event.tokens) });
        break;
      case "locked":
        conversation.finish();
        break;
    }
  }

  /** The turn of its own thread that is under way. */
  #own(): Place | null {
    return this.#thread === null || this.#turn === null ? null : { threadId: this.#thread, turnId: this.#turn };
  }

  /** Says something into a running turn; a message that comes too late for it begins the next one. */
  #steer(text: string, isMessage: boolean, at: Place | null): void {
    const { note } = this.#session;
    if (at === null || this.#link === null) return;
    const { threadId, turnId: expectedTurnId } = at;
    const input = [{ type: "text", text, text_elements: [] }];
    const sent = this.#link.request("turn/steer", { threadId, expectedTurnId, input }).then(
      () => {
        if (isMessage) note(`[message] ${text}`);
      },
      () => {
        if (isMessage) this.#waiting.push(text);
      },
    );
    this.#steers.add(sent);
    void sent.finally(() => this.#steers.delete(sent));
  }

  #interrupt(link: RpcLink): void {
    if (this.#thread === null || this.#turn === null) return;
    link.request("turn/interrupt", { threadId: this.#thread, turnId: this.#turn }).catch(() => {});
  }

  /** Whatever it asks gets an answer, if only that it cannot be met. */
  async #answer(message: JsonRecord, link: RpcLink): Promise<void> {
    const { request, context, note } = this.#session;
    const { result, refused } = await answerRequest(message, {
      sandbox: sandboxOf(request),
      act: this.#reader.act(itemOf(message)),
      requestPermission: context.requestPermission,
    });
    if (result === null) return link.refuse(message.id, "not supported");
    link.answer(message.id, result);
    if (refused === null) return;
    note(`[denied] ${refused.what}: ${refused.reason}`);
    // A refusal has no reason of its own in this protocol.
    const { advice = "Go on without it." } = refused;
    const text = `That was refused, ${refused.what}: ${wordRefusal({ ...refused, advice })}`;
    this.#steer(text, false, placeOf(message.params));
  }

  /** In its sandbox it asks nobody: what it should not have changed it hears at once, not when its work is judged. */
  async #lookAtChange(paths: readonly string[], at: Place): Promise<void> {
    const { request, context, note } = this.#session;
    const places = [request.cwd, await realpath(request.cwd).catch(() => request.cwd)];
    for (const path of paths) {
      if (this.#toldOutside.has(path) || !places.some((place) => path.startsWith(`${place}${sep}`))) continue;
      this.#toldOutside.add(path);
      const asked = { tool: "apply_patch", paths: [path], command: null, reads: false };
      const answer = await context.requestPermission(asked);
      if (answer.allow) {
        this.#toldOutside.delete(path);
        continue;
      }
      note(`[outside] ${path}: ${answer.reason}`);
      const { reason, advice = "Go on without it." } = answer;
      this.#steer(`You changed ${path}, but ${reason}. Undo that change. ${advice}`, false, at);
    }
  }
}
