/**
 * Reads what an ACP agent sends: JSON-RPC messages become events for the adapter and, together, the summary of the
 * session. Reads raw messages, not the SDK's types, for what matters most (usage, costs, errors) is in fields that are
 * optional, unstable or an agent's own. No I/O.
 */

import { statusIn } from "../api-failure.ts";
import { amountOf, type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import {
  type ActKind,
  growthOf,
  NO_TOKENS,
  type SessionSummary,
  shorten,
  type Tokens,
  totalOf,
  UnresolvedFailures,
} from "../session-summary.ts";
import { type Quirks, quirksOf } from "./quirks.ts";

export type AcpEvent =
  | { kind: "said"; text: string }
  | { kind: "acts"; what: string }
  /** Of the turn that just ended; `usd` is null when the agent does not say. */
  | { kind: "cost"; usd: number | null; tokens: Tokens };

/** What a tool call is about to touch, as far as the agent has said so yet. */
export interface ToolCall {
  kind: string;
  title: string;
  paths: string[];
  command: string | null;
}

/** Characters of a message that comes in pieces after which it is handed over, though it goes on. */
const MAX_UNSAID_CHARS = 8_000;
/** As much of its last message as anybody may want; the rest of one that goes on is in the transcript. */
const MAX_MESSAGE_CHARS = 64 * 1024;
const EDITS = new Set(["edit", "delete", "move"]);
const READS = new Set(["read", "search", "fetch", "think"]);

/** Reads one connection's messages in order. */
export class AcpReader {
  readonly #tools = new Map<string, ToolCall>();
  readonly #denied = new Set<string>();
  readonly #unresolved = new UnresolvedFailures();
  #quirks: Quirks = quirksOf(null);
  #ending: SessionSummary["ending"] = "none";
  #complaint: string | null = null;
  #status: number | null = null;
  #isUnpaid = false;
  #said = "";
  #turn = "";
  /** Its last message: what was said since it acted last. */
  #message = "";
  #isMessageOver = false;
  #hasActed = false;
  #sessionUsd = 0;
  #spentUsd = 0;
  #hasPrice = false;
  #counted: Tokens = NO_TOKENS;
  #chunks: Tokens = NO_TOKENS;

  get quirks(): Quirks {
    return this.#quirks;
  }

  /** A prompt is sent: what came before, such as the replay of a session, is history. */
  beginTurn(): void {
    this.#said = "";
    this.#turn = "";
    this.#isMessageOver = true;
    this.#hasActed = false;
    this.#chunks = NO_TOKENS;
    this.#ending = "none";
    this.#complaint = null;
    this.#status = null;
    this.#isUnpaid = false;
    this.#denied.clear();
  }

  /** The session is there; what it cost so far was paid in earlier attempts, and what it said was said in them. */
  beginSession(): void {
    this.#spentUsd = this.#sessionUsd;
    this.#message = "";
  }

  /** A permission for this call was refused by us. */
  deny(toolCallId: string): void {
    this.#denied.add(toolCallId);
    const { kind, title } = this.toolCall({ toolCallId });
    this.#unresolved.add({ act: actOf(kind), why: "denied", what: title });
  }

  /** Whether something was refused in this turn. */
  get wasDenied(): boolean {
    return this.#denied.size > 0;
  }

  /** A call with all that was said of it; permissions are often asked for with little more than its id. */
  toolCall(written: unknown): ToolCall {
    const update = recordOf(written);
    const id = textOf(update.toolCallId) ?? "";
    const before = this.#tools.get(id) ?? { kind: "other", title: "a tool", paths: [], command: null };
    const raw = recordOf(update.rawInput);
    const named = [raw.file_path, raw.filePath, raw.filepath, raw.path].map(textOf);
    const located = listOf(update.locations).map((each) => textOf(recordOf(each).path));
    const changed = listOf(update.content).map((each) => textOf(recordOf(each).path));
    const kind = textOf(update.kind) ?? before.kind;
    const title = shorten(textOf(update.title) ?? before.title);
    // The folder that a command runs in is no file that it changes.
    const files = kind === "execute" ? [] : [...named, ...located, ...changed];
    const paths = [...new Set([...before.paths, ...files.filter((path) => path !== null)])];
    const command = kind === "execute" ? (textOf(raw.command) ?? before.command) : before.command;
    const call = { kind, title, paths, command };
    if (id !== "") this.#tools.set(id, call);
    return call;
  }

  /** What a message of the agent says. */
  read(message: JsonRecord): AcpEvent[] {
    if (message.method === "session/update") return this.#readUpdate(recordOf(recordOf(message.params).update));
    const result = recordOf(message.result);
    const name = textOf(recordOf(result.agentInfo).name);
    if (name !== null) this.#quirks = quirksOf(name);
    return typeof result.stopReason === "string" ? this.#endTurn(result) : [];
  }

  /** The agent answered a request with an error. */
  fail(error: unknown): void {
    const { code, message, data } = recordOf(error);
    const details = Object.values(recordOf(data)).filter((each) => typeof each === "string");
    const text = [textOf(message) ?? String(error), ...details].join(": ");
    this.#ending = "failed";
    this.#complaint = text;
    const isHttp = typeof code === "number" && code >= 400 && code < 600;
    this.#status = isHttp ? code : (statusIn(text) ?? statusAlone(text));
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
      isUnpaid: this.#isUnpaid,
      unresolved: this.#unresolved.list(),
      said: this.#message.trim() === "" ? null : this.#message,
    };
  }

  #readUpdate(update: JsonRecord): AcpEvent[] {
    switch (update.sessionUpdate) {
      case "agent_message_chunk": {
        const text = textOf(recordOf(update.content).text) ?? "";
        this.#said += text;
        this.#turn = (this.#turn + text).slice(-4_000);
        this.#noteMessage(text);
        const usage = recordOf(update._meta).usage;
        if (usage !== undefined) this.#chunks = add(this.#chunks, tokensIn(recordOf(usage)));
        return this.#said.length > MAX_UNSAID_CHARS ? this.flush() : [];
      }
      case "tool_call":
      case "tool_call_update":
        return this.#readTool(update);
      case "usage_update": {
        const usd = amountOf(recordOf(update.cost).amount);
        if (usd !== null) {
          this.#sessionUsd = usd;
          this.#hasPrice = true;
        }
        return [];
      }
      case "session_info_update": {
        const error = recordOf(recordOf(recordOf(update._meta).codex).error);
        const text = textOf(error.additionalDetails) ?? textOf(error.message);
        if (text !== null) this.#complaint = text;
        return [];
      }
      default:
        return [];
    }
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
    if (update.status !== "completed" && update.status !== "failed") return this.flush();
    const act = actOf(kind);
    if (update.status === "completed") {
      this.#hasActed = true;
      this.#unresolved.succeed(act);
    } else if (act === "edit" && !this.#denied.has(id)) {
      this.#unresolved.add({ act, why: "failed", what: `${title} ${paths.join(" ")}`.trim() });
    }
    return [...this.flush(), { kind: "acts", what: update.status === "completed" ? title : `${title} (failed)` }];
  }

  #endTurn(result: JsonRecord): AcpEvent[] {
    const tokens = this.#tokensOf(result);
    const usd = this.#hasPrice ? Math.max(0, this.#sessionUsd - this.#spentUsd) : null;
    this.#spentUsd = this.#sessionUsd;
    const words = this.#turn.trim();
    const used = tokens === null ? 0 : totalOf(tokens);
    const isNull = "usage" in result && result.usage === null;
    this.#ending = endingOf(result.stopReason);
    if (this.#ending === "interrupted" && this.wasDenied) {
      // It ends the turn when it may not do something: what is unresolved tells the rest.
      this.#ending = "completed";
    } else if (this.#ending === "completed") {
      const saysFailure = !this.#hasActed && this.#quirks.failure.test(words);
      this.#isUnpaid = saysFailure || isNull || (this.#quirks.paysAlways && used === 0);
      this.#complaint = this.#isUnpaid ? words || this.#complaint : null;
      this.#status = this.#isUnpaid ? statusIn(words) : null;
    }
    const isFree = used === 0 && (usd ?? 0) === 0;
    return [...this.flush(), ...(isFree ? [] : [{ kind: "cost" as const, usd, tokens: tokens ?? NO_TOKENS }])];
  }

  #tokensOf(result: JsonRecord): Tokens | null {
    switch (this.#quirks.tokens) {
      case "chunks":
        return this.#chunks;
      case "quota": {
        const count = recordOf(recordOf(recordOf(result._meta).quota).token_count);
        return { ...NO_TOKENS, input: amountOf(count.input_tokens) ?? 0, output: amountOf(count.output_tokens) ?? 0 };
      }
      case "session": {
        const total = tokensIn(recordOf(result.usage));
        const growth = growthOf(total, this.#counted);
        this.#counted = total;
        return growth;
      }
      case "prompt":
      case "lastCall":
        return typeof result.usage === "object" && result.usage !== null ? tokensIn(recordOf(result.usage)) : null;
    }
  }
}

/** What the agent wants to do only reads. */
export const isReading = (kind: string): boolean => READS.has(kind);

function actOf(kind: string): ActKind {
  return EDITS.has(kind) ? "edit" : kind === "execute" ? "command" : "other";
}

function endingOf(stopReason: unknown): SessionSummary["ending"] {
  if (stopReason === "end_turn") return "completed";
  if (stopReason === "cancelled") return "interrupted";
  return stopReason === "refusal" ? "refused" : "limited";
}

/** Some count cached input as part of the input, some beside it: their own total tells which. */
function tokensIn(usage: JsonRecord): Tokens {
  const input = amountOf(usage.inputTokens) ?? 0;
  const output = amountOf(usage.outputTokens) ?? 0;
  const cached = (amountOf(usage.cachedReadTokens) ?? 0) + (amountOf(usage.cachedWriteTokens) ?? 0);
  const isPart = amountOf(usage.totalTokens) === input + output;
  return { input: isPart ? Math.max(0, input - cached) : input, cached, output };
}

const add = (a: Tokens, b: Tokens): Tokens => ({
  input: a.input + b.input,
  cached: a.cached + b.cached,
  output: a.output + b.output,
});

/** A detail such as "401 mock error" begins with the status. */
function statusAlone(text: string): number | null {
  const status = Number(/(?:^|: )([45]\d\d)\b/.exec(text)?.[1]);
  return Number.isInteger(status) ? status : null;
}
