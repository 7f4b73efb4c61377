/**
 * Reads what Codex' app-server tells unasked: notifications become events for the adapter and, together, the summary of the
 * session. What threads of sub-agents do is the agent's doing too; only its own thread's turns begin and end. No I/O.
 */
import { type JsonRecord, listOf, textOf } from "../json-access.ts";
import { hereAndNow, resetTime } from "../reset-time.ts";
import {
  type ActKind,
  type SessionSummary,
  shorten,
  type Tokens,
  totalOf,
  UnresolvedFailures,
} from "../session-summary.ts";
import { UsageWindows, type WindowUse } from "../usage-windows.ts";
import type { CommandAction, FileUpdateChange, ThreadItem, Told, Turn } from "./app-server-types.ts";
import { type Heard, heard, wordOf } from "./heard.ts";
import { readLimit, readUse, type UsageLimit } from "./rate-limits.ts";
import { readError } from "./read-error.ts";
import { UsageMeter } from "./usage-meter.ts";

export type ServerEvent =
  | { kind: "turn"; id: string }
  | { kind: "turnOver" }
  /** None of its sub-agents is at work any more. */
  | { kind: "helpersOver" }
  | { kind: "said"; text: string }
  | { kind: "acts"; what: string }
  /** It has changed these files, and did not ask; in this turn. */
  | { kind: "changed"; paths: string[]; at: Place }
  | { kind: "used"; tokens: Tokens }
  | ({ kind: "limit" } & UsageLimit)
  | WindowUse
  | { kind: "outage"; what: "overloaded" | "down" }
  /** The key is refused; what it does now, trying again, is in vain. */
  | { kind: "locked" }
  | { kind: "noise"; text: string };

/** Of its retries, that one at which its service is told to be away. */
const TOLD_RETRIES = 3;

type Item<Type extends ThreadItem["type"]> = Heard<Extract<ThreadItem, { type: Type }>>;
/** Both of commands and of changes of files. */
type Status = Extract<ThreadItem, { type: "commandExecution" }>["status"];

/** A turn of a thread: its own, or a sub-agent's. */
export interface Place {
  threadId: string;
  turnId: string;
}

/** Where a message says that it belongs; null when it does not say. */
export function placeOf(written: unknown): Place | null {
  const { threadId, turnId } = heard<Told["item/completed"]>(written);
  const [thread, turn] = [textOf(threadId), textOf(turnId)];
  return thread === null || turn === null ? null : { threadId: thread, turnId: turn };
}

/** Something that the agent does. */
export interface Act {
  kind: ActKind;
  what: string;
  paths: string[];
  command: string | null;
}

/** Reads one connection's notifications in order. */
export class ServerReader {
  readonly #open = new Map<string, Act>();
  readonly #unresolved = new UnresolvedFailures();
  readonly #meter = new UsageMeter();
  /** What sub-agents were told to do, by their threads; and which of these have a turn under way. */
  readonly #errands = new Map<string, string>();
  readonly #helpers = new Set<string>();
  #thread = "";
  /** Whether what it tells of its own thread is new; of one that goes on it first tells what was used before. */
  #hasBegun = true;
  #hasPaid = false;
  #ending: SessionSummary["ending"] = "none";
  #complaint: string | null = null;
  /** Times that it has asked its service again. */
  #retries = 0;
  #status: number | null = null;
  #limit: UsageLimit | null = null;
  readonly #windows = new UsageWindows();
  #toldLimit = "";
  /** Of its own thread. */
  #said: string | null = null;

  /** The thread to go on with; what it used was counted up to `counted`, null when nobody knows. */
  resume(thread: string, counted: Tokens | null): void {
    this.#hasBegun = false;
    this.#thread = thread;
    this.#meter.resume(thread, counted);
  }

  /** The thread is there. */
  begin(thread: string): void {
    this.#thread = thread;
  }

  /** A turn is asked for. */
  beginTurn(): void {
    this.#hasPaid = false;
    this.#ending = "none";
    this.#complaint = null;
    this.#status = null;
  }

  /** What a notification says. */
  read(message: JsonRecord): ServerEvent[] {
    switch (wordOf<keyof Told>(message.method)) {
      case "turn/started": {
        const { threadId, turn } = heard<Told["turn/started"]>(message.params);
        const id = textOf(heard<Turn>(turn).id);
        if (threadId === this.#thread) {
          // By its own word, not by ours: what it tells of a thread that goes on may come after a turn was asked for.
          this.#hasBegun = true;
          return id === null ? [] : [{ kind: "turn", id }];
        }
        this.#helpers.add(textOf(threadId) ?? "");
        return [];
      }
      case "turn/completed":
        return this.#endTurn(heard<Told["turn/completed"]>(message.params));
      case "item/started": {
        const { item } = heard<Told["item/started"]>(message.params);
        const act = actOf(item);
        if (act !== null) this.#open.set(textOf(heard<ThreadItem>(item).id) ?? "", act);
        return [];
      }
      case "item/completed":
        return this.#endItem(heard<Told["item/completed"]>(message.params).item, placeOf(message.params));
      case "thread/tokenUsage/updated":
        return this.#count(heard<Told["thread/tokenUsage/updated"]>(message.params));
      case "account/rateLimits/updated": {
        const { rateLimits } = heard<Told["account/rateLimits/updated"]>(message.params);
        const { now } = hereAndNow();
        const uses = readUse(rateLimits, now).flatMap(({ window, used, until }) =>
          this.#windows.hear(window, used, until),
        );
        return [...uses, ...this.#readLimit(readLimit(rateLimits, now))];
      }
      case "error":
        return this.#complain(heard<Told["error"]>(message.params));
      case "mcpServer/startupStatus/updated": {
        const { name, status, error } = heard<Told["mcpServer/startupStatus/updated"]>(message.params);
        const text = `[tools of ${textOf(name) ?? "?"}: ${textOf(error) ?? "failed"}]`;
        return wordOf<Told["mcpServer/startupStatus/updated"]["status"]>(status) === "failed"
          ? [{ kind: "noise", text }]
          : [];
      }
      case "warning":
        return [{ kind: "noise", text: `[warning] ${textOf(heard<Told["warning"]>(message.params).message) ?? ""}` }];
      default:
        return [];
    }
  }

  /** A request of ours was answered with an error, and nothing can go on. */
  fail(text: string): void {
    this.#ending = "failed";
    this.#complaint = text;
  }

  /** What an item that is under way does; null when it is not known. */
  act(item: unknown): Act | null {
    return this.#open.get(textOf(item) ?? "") ?? null;
  }

  /** Commands that began and have not ended. */
  get commands(): readonly string[] {
    return [...this.#open.values()].flatMap(({ command, what }) => (command === null ? [] : [what]));
  }

  /** Sub-agents that are at work, by what they were told. */
  get helpers(): readonly string[] {
    return [...this.#helpers].map((thread) => this.#errands.get(thread) ?? "a sub-agent");
  }

  /** Sub-agents are ended before they were done. */
  abandonHelpers(): void {
    for (const what of this.helpers) this.#unresolved.add({ act: "other", why: "unfinished", what });
  }

  /** What was counted of the thread in all. */
  get counted(): Tokens | null {
    return this.#meter.counted(this.#thread);
  }

  /** What the session came to so far. */
  summary(): SessionSummary {
    const ending = this.#ending;
    const isDone = ending === "completed";
    return {
      ending,
      complaint: isDone ? null : this.#complaint,
      status: isDone ? null : this.#status,
      isUnpaid: isDone && !this.#hasPaid,
      unresolved: this.#unresolved.list(),
      said: this.#said,
    };
  }

  #endTurn({ threadId, turn }: Heard<Told["turn/completed"]>): ServerEvent[] {
    if (threadId !== this.#thread) {
      const wasLast = this.#helpers.delete(textOf(threadId) ?? "") && this.#helpers.size === 0;
      return wasLast ? [{ kind: "helpersOver" }] : [];
    }
    const { status, error } = heard<Turn>(turn);
    switch (wordOf<Turn["status"]>(status)) {
      case "completed":
        this.#ending = "completed";
        break;
      case "interrupted":
        this.#ending = "interrupted";
        break;
      default: {
        const { text, status, ending } = readError(error);
        this.#ending = ending;
        this.#complaint = text || this.#complaint;
        this.#status = status ?? this.#status;
      }
    }
    return [{ kind: "turnOver" }];
  }

  #endItem(written: unknown, at: Place | null): ServerEvent[] {
    const { id, type } = heard<ThreadItem>(written);
    this.#open.delete(textOf(id) ?? "");
    switch (wordOf<ThreadItem["type"]>(type)) {
      case "agentMessage": {
        const text = textOf((written as Item<"agentMessage">).text) ?? "";
        if (text.trim() === "") return [];
        if (at?.threadId === this.#thread) this.#said = text;
        return [{ kind: "said", text }];
      }
      case "commandExecution": {
        const { status, exitCode } = written as Item<"commandExecution">;
        return this.#endAct(written, at, wordOf<Status>(status), exitCode === 0);
      }
      case "fileChange":
        return this.#endAct(written, at, wordOf<Status>((written as Item<"fileChange">).status), true);
      case "mcpToolCall": {
        const { tool, status } = written as Item<"mcpToolCall">;
        return [{ kind: "acts", what: `${textOf(tool) ?? "a tool"} (${textOf(status) ?? ""})` }];
      }
      case "collabAgentToolCall": {
        const { tool, prompt, receiverThreadIds } = written as Item<"collabAgentToolCall">;
        const what = shorten(`a sub-agent: ${textOf(prompt) ?? ""}`);
        for (const thread of listOf(receiverThreadIds)) {
          const id = textOf(thread) ?? "";
          if (!this.#errands.has(id)) this.#errands.set(id, what);
        }
        return [{ kind: "acts", what: textOf(tool) ?? "a sub-agent" }];
      }
      case "contextCompaction":
        return [{ kind: "noise", text: "[its context was full and was made shorter]" }];
      default:
        return [];
    }
  }

  /** A command that fails, such as red tests, is ordinary; a change of files that fails is not. Reading decides nothing. */
  #endAct(written: unknown, at: Place | null, status: Status | null, isGood: boolean): ServerEvent[] {
    const act = actOf(written);
    if (act === null) return [];
    const { kind, what, paths } = act;
    const isDone = status === "completed" && isGood;
    if (isDone) this.#unresolved.succeed(kind);
    else if (status === "declined" && kind !== "other") this.#unresolved.add({ act: kind, why: "denied", what });
    else if (kind === "edit") this.#unresolved.add({ act: kind, why: "failed", what });
    const acts = { kind: "acts" as const, what: isDone ? what : `${what} (${status ?? "failed"})` };
    return isDone && paths.length > 0 && at !== null ? [acts, { kind: "changed", paths, at }] : [acts];
  }

  #count({ threadId, tokenUsage }: Heard<Told["thread/tokenUsage/updated"]>): ServerEvent[] {
    const thread = textOf(threadId) ?? "";
    if (thread === this.#thread && !this.#hasBegun) {
      this.#meter.remember(thread, tokenUsage);
      return [];
    }
    const tokens = this.#meter.count(thread, tokenUsage);
    if (totalOf(tokens) === 0) return [];
    this.#hasPaid = true;
    return [{ kind: "used", tokens }];
  }

  #complain({ error, willRetry, threadId }: Heard<Told["error"]>): ServerEvent[] {
    const { text, status, outage, isLimit } = readError(error);
    const events: ServerEvent[] = [{ kind: "noise", text: `[error] ${text}` }];
    if (threadId !== this.#thread) return events;
    this.#complaint = text;
    this.#status = status;
    if (isLimit)
      events.push(
        ...this.#readLimit(this.#limit ?? { until: resetTime(text, hereAndNow()), source: "usageLimitExceeded" }),
      );
    else if (outage !== null) {
      if (willRetry === true) this.#retries++;
      // It asks for minutes by itself; that its service is away for a moment is nothing to tell.
      if (willRetry !== true || this.#retries === TOLD_RETRIES) events.push({ kind: "outage", what: outage });
    }
    if (status !== 401 && status !== 403) return events;
    return [...events, { kind: "locked" }];
  }

  /** The same limit is told once. */
  #readLimit(limit: UsageLimit | null): ServerEvent[] {
    this.#limit = limit ?? this.#limit;
    if (limit === null || this.#toldLimit === String(limit.until)) return [];
    this.#toldLimit = String(limit.until);
    return [{ kind: "limit", ...limit }];
  }
}

/** What an item does; null for one that is no act. */
function actOf(written: unknown): Act | null {
  switch (wordOf<ThreadItem["type"]>(heard<ThreadItem>(written).type)) {
    case "fileChange": {
      const { changes } = written as Item<"fileChange">;
      const paths = listOf(changes).flatMap((each) => textOf(heard<FileUpdateChange>(each).path) ?? []);
      return { kind: "edit", what: shorten(`changing ${paths.join(", ")}`), paths, command: null };
    }
    case "commandExecution": {
      const { command: text, commandActions } = written as Item<"commandExecution">;
      const command = textOf(text) ?? "a command";
      return { kind: isReading(commandActions) ? "other" : "command", what: shorten(command), paths: [], command };
    }
    default:
      return null;
  }
}

const READS: ReadonlySet<unknown> = new Set<CommandAction["type"]>(["read", "listFiles", "search"]);

/** Whether Codex itself says that a command only reads. */
function isReading(written: unknown): boolean {
  const actions = listOf(written);
  return actions.length > 0 && actions.every((each) => READS.has(heard<CommandAction>(each).type));
}
