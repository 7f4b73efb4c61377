/**
 * Reads what an ACP agent sends: JSON-RPC messages become events for the adapter and, together, the summary of the
 * session. Reads raw messages, not the SDK's types: both versions of the protocol are read here, and what matters most
 * (usage, costs, errors) is in fields that are optional, unstable or an agent's own. No I/O.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import type { AgentFailure } from "../../../protocol/values.ts";
import { statusIn } from "../api-failure.ts";
import { type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import { type SessionSummary, UnresolvedFailures } from "../session-summary.ts";
import { AcpCosts, type Spent } from "./acp-costs.ts";
import { isAuthRequired, KnownFailure } from "./greeting.ts";
import type { OpenCodeEvent } from "./opencode-events.ts";
import { type Quirks, quirksOf } from "./quirks.ts";
import { actOf, isReading, type ToolCall, ToolCalls } from "./tool-calls.ts";

export type AcpEvent =
  | { kind: "said"; text: string }
  | { kind: "acts"; what: string }
  | ({ kind: "cost" } & Spent)
  /** Its service failed, and it tries again. */
  | { kind: "retries"; text: string; status: number | null; until?: number | null }
  /** For the transcript only. */
  | { kind: "note"; text: string }
  /** It works, or has stopped (version 2, in which the answer to a prompt is not its end); `owes`: not all of it has. */
  | { kind: "busy" }
  | { kind: "idle"; owes: boolean };

/** Characters of a message that comes in pieces after which it is handed over, though it goes on. */
const MAX_UNSAID_CHARS = 8_000;
/** As much of its last message as anybody may want; the rest of one that goes on is in the transcript. */
const MAX_MESSAGE_CHARS = 64 * 1024;

/** Reads one connection's messages in order. */
export class AcpReader {
  readonly #tools = new ToolCalls();
  readonly #costs: AcpCosts;
  readonly #denied = new Set<string>();
  readonly #unresolved = new UnresolvedFailures();
  #quirks: Quirks = quirksOf(null);
  #session: string | null = null;
  #isHistory = false;
  #ending: SessionSummary["ending"] = "none";
  #complaint: string | null = null;
  #status: number | null = null;
  #failure: AgentFailure | null = null;
  #isUnpaid = false;
  #wantsLogin = false;
  #said = "";
  #turn = "";
  /** Its last message: what was said since it acted last. */
  #message = "";
  #isMessageOver = false;
  #hasActed = false;
  #hasPaid = false;
  #isOver = false;
  /** The status of its service's last error, told apart from the error. */
  #toldStatus: number | null = null;

  constructor(price?: AgentSpec["price"]) {
    this.#costs = new AcpCosts(price);
  }

  get quirks(): Quirks {
    return this.#quirks;
  }

  /** Dollars of the whole session so far; null when it tells none. */
  get sessionUsd(): number | null {
    return this.#costs.sessionUsd;
  }

  /** A session is asked for: what it tells again of its earlier days is no work, and was paid. */
  expectHistory(): void {
    this.#isHistory = true;
  }

  /** The session is there; earlier attempts have counted `keptUsd` of it. */
  beginSession(session: string | null = null, keptUsd = 0): void {
    this.#session = session;
    this.#message = "";
    this.#costs.beginSession(keptUsd);
  }

  /** A prompt is sent: what came before, such as the replay of a session, is history. */
  beginTurn(): void {
    this.#isHistory = false;
    this.#said = "";
    this.#turn = "";
    this.#isMessageOver = true;
    this.#hasActed = false;
    this.#hasPaid = false;
    this.#isOver = false;
    this.#ending = "none";
    this.#complaint = null;
    this.#status = null;
    this.#failure = null;
    this.#isUnpaid = false;
    this.#wantsLogin = false;
    this.#toldStatus = null;
    this.#denied.clear();
    this.#costs.beginTurn();
  }

  /** From now on OpenCode's own server is heard, too. */
  expectServer(): void {
    this.#costs.expectCalls();
  }

  /** What OpenCode's own server says. */
  hearServer(event: OpenCodeEvent): AcpEvent[] {
    switch (event.kind) {
      case "called":
        return this.#costOf(this.#costs.hearCall(event.call, event.session === this.#session));
      case "retries":
        return this.#retry(event.text, event.until);
      case "failed":
        if (event.session === this.#session) this.#toldStatus = event.status;
        return [];
      case "idle":
        return [];
    }
  }

  /** A permission for this call was refused by us. A read that was refused is left at that by whoever goes on. */
  deny(toolCallId: string): void {
    this.#denied.add(toolCallId);
    const { kind, title } = this.toolCall({ toolCallId });
    if (!isReading(kind)) this.#unresolved.add({ act: actOf(kind), why: "denied", what: title });
  }

  /** Whether something was refused in this turn. */
  get wasDenied(): boolean {
    return this.#denied.size > 0;
  }

  /** Whether the turn failed before anything came of it, for a reason that is neither the account's nor the service's. */
  get failedAtOnce(): boolean {
    const isFailed = this.#ending === "failed" || (this.#ending === "completed" && this.#isUnpaid);
    const isOthers = this.#status !== null && this.#status !== 400 && this.#status !== 413;
    return isFailed && !isOthers && !this.#hasActed && !this.#hasPaid && this.#failure === null;
  }

  /** A call with all that was said of it. */
  toolCall(written: unknown): ToolCall {
    return this.#tools.read(written);
  }

  /** What a message of the agent says. */
  read(message: JsonRecord): AcpEvent[] {
    if (message.method === "session/update") {
      const { sessionId, update } = recordOf(message.params);
      // An agent may hold sessions of its own beside the one that it was asked for.
      const isOther = this.#session !== null && typeof sessionId === "string" && sessionId !== this.#session;
      return isOther ? [] : this.#readUpdate(recordOf(update));
    }
    const result = recordOf(message.result);
    const name = textOf(recordOf(result.agentInfo).name) ?? textOf(recordOf(result.info).name);
    if (name !== null) this.#quirks = quirksOf(name);
    return typeof result.stopReason === "string" ? this.#endTurn(result) : [];
  }

  /** What a line of its stderr says: Gemini tells there alone that its service failed and is tried again. */
  complain(line: string): AcpEvent[] {
    return this.#quirks.retrying?.test(line) ? this.#retry(line) : [];
  }

  /** The agent answered a request with an error. */
  fail(error: unknown): AcpEvent[] {
    const { code, message, data } = recordOf(error);
    const details = Object.values(recordOf(data)).filter((each) => typeof each === "string");
    const text = [textOf(message) ?? String(error), ...details].join(": ");
    this.#ending = "failed";
    this.#complaint = text;
    this.#failure = error instanceof KnownFailure ? error.failure : null;
    this.#wantsLogin = isAuthRequired(error);
    this.#status = this.#wantsLogin ? 401 : (this.#toldStatus ?? statusOf(code, text));
    return this.flush();
  }

  /** Whether it has failed for want of a login. */
  get wantsLogin(): boolean {
    return this.#wantsLogin;
  }

  /** More is known of its failure than it says itself. */
  know(failure: AgentFailure): void {
    this.#failure = failure;
  }

  /** The error with which the turn has failed; null when it has not. */
  get trouble(): { text: string; status: number | null } | null {
    const isFailed = this.#ending === "failed" || this.#isUnpaid;
    return isFailed && this.#complaint !== null ? { text: this.#complaint, status: this.#status } : null;
  }

  /** What was said and not handed over yet. */
  flush(): AcpEvent[] {
    const text = this.#said;
    this.#said = "";
    return text.trim() === "" ? [] : [{ kind: "said", text }];
  }

  /** What the session came to so far. */
  summary(): SessionSummary {
    return {
      ending: this.#ending,
      complaint: this.#complaint,
      status: this.#status,
      failure: this.#failure,
      isUnpaid: this.#isUnpaid,
      unresolved: this.#unresolved.list(),
      said: this.#message.trim() === "" ? null : this.#message,
    };
  }

  #readUpdate(update: JsonRecord): AcpEvent[] {
    if (update.sessionUpdate === "usage_update") return this.#readUsage(update);
    if (this.#isHistory) return [];
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
        return this.#readText(textOf(recordOf(update.content).text) ?? "", update);
      case "agent_message":
        return this.#readText(
          listOf(update.content)
            .map((each) => textOf(recordOf(each).text) ?? "")
            .join("\n"),
          update,
        );
      case "tool_call":
      case "tool_call_update":
        return this.#readTool(update);
      case "state_update":
        return this.#readState(update);
      case "session_info_update":
        return this.#readTrouble(recordOf(recordOf(recordOf(update._meta).codex).error));
      default:
        return [];
    }
  }

  #readText(text: string, update: JsonRecord): AcpEvent[] {
    if (this.#quirks.retrying?.test(text)) return this.#retry(text);
    this.#said += text;
    this.#turn = (this.#turn + text).slice(-4_000);
    this.#noteMessage(text);
    const usage = recordOf(update._meta).usage;
    const spent = usage === undefined ? null : this.#costs.hearChunk(recordOf(usage));
    return [...(this.#said.length > MAX_UNSAID_CHARS ? this.flush() : []), ...this.#costOf(spent)];
  }

  #retry(text: string, until: number | null = null): AcpEvent[] {
    this.#complaint = text;
    return [...this.flush(), { kind: "retries", text, status: statusIn(text), ...(until === null ? {} : { until }) }];
  }

  #readUsage(update: JsonRecord): AcpEvent[] {
    const spent = this.#costs.hearUpdate(update, this.#quirks, !this.#isHistory);
    const currency = this.#costs.takeForeign();
    const text = `[what it costs is told in ${currency ?? ""}, which is not counted as dollars]`;
    return [...(currency === null ? [] : [{ kind: "note" as const, text }]), ...this.#costOf(spent)];
  }

  /** Codex tells what its service answers while it tries again. */
  #readTrouble(error: JsonRecord): AcpEvent[] {
    const text = textOf(error.additionalDetails) ?? textOf(error.message);
    if (text === null) return [];
    this.#complaint = text;
    const [told] = Object.values(recordOf(error.codexErrorInfo)).map((each) => recordOf(each).httpStatusCode);
    const status = typeof told === "number" ? told : statusIn(text);
    return error.willRetry === true ? [{ kind: "retries", text, status }] : [];
  }

  #readState({ state, background, error, ...result }: JsonRecord): AcpEvent[] {
    // It may begin another turn by itself, such as when something ended that it left running.
    if (state === "running" && this.#isOver) this.beginTurn();
    if (state !== "idle") return [{ kind: "busy" }];
    const owes = listOf(background).length > 0;
    if (typeof result.stopReason !== "string") return [{ kind: "idle", owes }];
    const isFailed = result.stopReason === "error";
    const events = isFailed ? [...this.#countTurn(result).events, ...this.fail(error)] : this.#endTurn(result);
    return [...events, { kind: "idle", owes }];
  }

  /** A message begins where one is said after an act; white space alone is none. */
  #noteMessage(text: string): void {
    if (this.#isMessageOver && text.trim() !== "") {
      this.#message = "";
      this.#isMessageOver = false;
    }
    if (!this.#isMessageOver && this.#message.length < MAX_MESSAGE_CHARS) this.#message += text;
  }

  #readTool(update: JsonRecord): AcpEvent[] {
    this.#isMessageOver = true;
    const { kind, title, paths } = this.toolCall(update);
    const id = textOf(update.toolCallId) ?? "";
    const { status } = update;
    if (status !== "completed" && status !== "failed" && status !== "cancelled") return this.flush();
    this.#costs.endCall();
    const act = actOf(kind);
    if (status === "completed") {
      this.#hasActed = true;
      this.#unresolved.succeed(act);
    } else if (status === "failed" && act === "edit" && !this.#denied.has(id)) {
      this.#unresolved.add({ act, why: "failed", what: `${title} ${paths.join(" ")}`.trim() });
    }
    return [...this.flush(), { kind: "acts", what: status === "completed" ? title : `${title} (${status})` }];
  }

  #endTurn(result: JsonRecord): AcpEvent[] {
    const { events, used } = this.#countTurn(result);
    const words = this.#turn.trim();
    const isNull = "usage" in result && result.usage === null;
    this.#ending = endingOf(result.stopReason);
    if (this.#ending === "interrupted" && this.wasDenied) {
      // It ends the turn when it may not do something: what is unresolved tells the rest.
      this.#ending = "completed";
    } else if (this.#ending === "completed") {
      const saysFailure = !this.#hasActed && this.#quirks.failure.test(words);
      this.#isUnpaid = saysFailure || isNull || (this.#quirks.paysAlways && (used ?? 0) === 0);
      this.#complaint = this.#isUnpaid ? words || this.#complaint : null;
      this.#status = this.#isUnpaid ? statusOf(null, words) : null;
    }
    return [...this.flush(), ...events];
  }

  #countTurn(result: JsonRecord): { events: AcpEvent[]; used: number | null } {
    this.#isOver = true;
    const { spent, used } = this.#costs.endTurn(result, this.#quirks);
    return { events: this.#costOf(spent), used };
  }

  #costOf(spent: Spent | null): AcpEvent[] {
    if (spent === null) return [];
    this.#hasPaid = true;
    return [{ kind: "cost", ...spent }];
  }
}

function endingOf(stopReason: unknown): SessionSummary["ending"] {
  if (stopReason === "end_turn") return "completed";
  if (stopReason === "cancelled") return "interrupted";
  return stopReason === "refusal" ? "refused" : "limited";
}

/** The HTTP status of the service behind an error. */
function statusOf(code: unknown, text: string): number | null {
  if (typeof code === "number" && code >= 400 && code < 600) return code;
  return statusIn(text) ?? statusAlone(text);
}

/** A detail such as "401 mock error" begins with the status. */
function statusAlone(text: string): number | null {
  const status = Number(/(?:^|: )([45]\d\d)\b/.exec(text)?.[1]);
  return Number.isInteger(status) ? status : null;
}
