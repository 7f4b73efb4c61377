/**
 * Reads what Claude Code writes in its stream-json mode: each line becomes events for the adapter, and all of
 * them together the summary of the session. No I/O: a recorded transcript reads the same as a live one.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import type { PermissionRequest } from "../agent.ts";
import { amountOf, type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type ActKind, type SessionSummary, shorten, UnresolvedFailures } from "../session-summary.ts";
import { Background, type BackgroundTask } from "./background.ts";
import { type Notice, ServiceNotices } from "./service-notices.ts";
import { unknownTools } from "./tools.ts";
import { ClaudeUsage, type Spent } from "./usage.ts";

export type ClaudeEvent =
  | { kind: "session"; id: string }
  | { kind: "said"; text: string }
  | { kind: "acts"; tool: string; what: string }
  /** It asks whether it may; the answer goes to `requestId`. */
  | { kind: "asks"; requestId: string; tool: string; input: JsonRecord; toolUseId: string }
  /** It calls one of our hooks for a tool; the answer goes to `requestId`. */
  | { kind: "hooks"; requestId: string; callback: string; tool: string; input: JsonRecord }
  /** A control request that is none of ours. */
  | { kind: "demands"; requestId: string; subtype: string }
  | { kind: "cost"; spent: Spent }
  /** Of its model service: a usage limit, an outage. */
  | Notice
  /** The key is refused; what it does now, trying again, is in vain. */
  | { kind: "locked" }
  /** A turn begins, for a message of ours or by itself. */
  | { kind: "turnBegins" }
  /** A turn is over, and so many messages of ours wait for the next. */
  | { kind: "turnOver"; queued: number }
  /** It works, or has nothing more to do until somebody says something or background work ends. */
  | { kind: "state"; isIdle: boolean }
  /** What runs in the background has changed. */
  | { kind: "background"; tasks: readonly BackgroundTask[] }
  | { kind: "noise"; text: string };

interface Act {
  kind: ActKind;
  what: string;
  command: string | null;
  /** Its answer comes at once, and its end later. */
  isInBackground: boolean;
  isDone: boolean;
}

const EDITS = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);
const COMMANDS = new Set(["Bash", "PowerShell"]);
const READS = new Set(["Read", "Glob", "Grep", "LS", "LSP", "NotebookRead", "WebFetch", "WebSearch"]);
const LOCKED = new Set([401, 403]);

/** Reads one process's lines in order. */
export class ClaudeReader {
  /** By the ids of the tool calls, in their order. */
  readonly #acts = new Map<string, Act>();
  readonly #background = new Background();
  #left: readonly BackgroundTask[] = [];
  readonly #denied = new Set<string>();
  readonly #usage: ClaudeUsage;
  readonly #notices = new ServiceNotices();
  #session: string | null = null;
  #result: JsonRecord | null = null;
  #lastStatus: number | null = null;
  #lockedStatus: number | null = null;
  #apiError: string | null = null;
  #said: string | null = null;

  /** `price` is that of the agent's entry. */
  constructor(price?: AgentSpec["price"]) {
    this.#usage = new ClaudeUsage(price);
  }

  /** What a line of stdout says. */
  read(line: string): ClaudeEvent[] {
    const message = parseRecord(line);
    if (message === null) return line.trim() === "" ? [] : [{ kind: "noise", text: line }];
    switch (message.type) {
      case "system":
        return this.#readSystem(message);
      case "assistant":
        return this.#readAssistant(message);
      case "stream_event":
        return spending(this.#usage.piece(recordOf(message.event), textOf(message.parent_tool_use_id) ?? ""));
      case "user":
        return this.#readToolResults(message);
      case "result":
        return this.#readResult(message);
      case "control_request":
        return readControl(message);
      case "rate_limit_event":
        return this.#notices.limit(message);
      default:
        return [];
    }
  }

  /** A permission was refused by us: the tool with this id will not run. */
  deny(toolUseId: string): void {
    this.#denied.add(toolUseId);
  }

  /** We ended it while these still ran. */
  leave(tasks: readonly BackgroundTask[]): void {
    this.#left = tasks;
  }

  /** What the session came to so far. */
  summary(): SessionSummary {
    const result = this.#result ?? {};
    if (this.#lockedStatus !== null) return this.#summarise("failed", this.#apiError, this.#lockedStatus);
    if (this.#result === null) return this.#summarise("none", this.#apiError, this.#lastStatus);
    const words = textOf(result.result) ?? textsOf(result.errors).join("; ");
    const status = amountOf(result.api_error_status) ?? (result.is_error === true ? this.#lastStatus : null);
    const subtype = textOf(result.subtype) ?? "";
    if (/max_turns|max_budget/.test(subtype)) return this.#summarise("limited", words || subtype, null);
    if (/^aborted/.test(textOf(result.terminal_reason) ?? "")) return this.#summarise("interrupted", words, null);
    if (result.is_error !== false || subtype !== "success") return this.#summarise("failed", words || subtype, status);
    if (this.#apiError !== null) return this.#summarise("failed", this.#apiError, this.#lastStatus);
    if (result.stop_reason === "refusal") return this.#summarise("refused", words, null);
    return this.#summarise("completed", null, null);
  }

  #summarise(ending: SessionSummary["ending"], complaint: string | null, status: number | null): SessionSummary {
    const unresolved = new UnresolvedFailures();
    let hasDone = false;
    for (const [id, { kind, what, isDone }] of this.#acts) {
      if (this.#denied.has(id)) unresolved.add({ act: kind, why: "denied", what });
      else if (isDone) unresolved.succeed(kind);
      hasDone ||= isDone && kind !== "other";
    }
    for (const { kind, what } of this.#left) {
      // A server that is left running is no fault of one that did its work; one that did nothing else has not.
      if (kind === "agent" || !hasDone) unresolved.add({ act: "command", why: "unfinished", what });
    }
    const isUnpaid = ending === "completed" && tokensIn(recordOf(this.#result?.usage)) === 0;
    const said = textOf(this.#result?.result)?.trim() || this.#said;
    return {
      ending,
      complaint: complaint === "" ? null : complaint,
      status,
      isUnpaid,
      unresolved: unresolved.list(),
      said,
    };
  }

  #readSystem(message: JsonRecord): ClaudeEvent[] {
    switch (message.subtype) {
      case "init": {
        const id = textOf(message.session_id);
        const isKnown = id === null || id === this.#session;
        this.#session = id ?? this.#session;
        const unknown = isKnown ? [] : unknownTools(textsOf(message.tools));
        const noise = unknown.length === 0 ? [] : [`[tools that pleach does not know: ${unknown.join(", ")}]`];
        return [
          ...(isKnown ? [] : [{ kind: "session" as const, id }]),
          ...noise.map((text) => ({ kind: "noise" as const, text })),
          { kind: "turnBegins" },
        ];
      }
      case "session_state_changed":
        return [{ kind: "state", isIdle: message.state === "idle" }];
      case "permission_denied": {
        this.#denied.add(textOf(message.tool_use_id) ?? "");
        const text = `[denied] ${textOf(message.tool_name) ?? ""}: ${textOf(message.message) ?? ""}`;
        return [{ kind: "noise", text }];
      }
      case "api_retry":
        return this.#readRetry(message);
      default:
        return this.#readBackground(message);
    }
  }

  #readBackground(message: JsonRecord): ClaudeEvent[] {
    const act = this.#acts.get(textOf(message.tool_use_id) ?? "");
    if (message.subtype === "task_notification" && message.status === "completed" && act) act.isDone = true;
    const hasChanged = this.#background.read(message, (id) => this.#acts.get(id)?.command ?? null);
    return hasChanged ? [{ kind: "background", tasks: this.#background.list() }] : [];
  }

  #readRetry(message: JsonRecord): ClaudeEvent[] {
    const status = amountOf(message.error_status);
    this.#lastStatus = status;
    const text = `the model service answered ${status ?? "nothing"} (${textOf(message.error) ?? "unknown"})`;
    const events: ClaudeEvent[] = [{ kind: "noise", text: `[retry ${amountOf(message.attempt) ?? ""}] ${text}` }];
    events.push(...this.#notices.status(status, null));
    if (status === null || !LOCKED.has(status)) return events;
    this.#lockedStatus = status;
    this.#apiError = text;
    return [...events, { kind: "locked" }];
  }

  #readAssistant(message: JsonRecord): ClaudeEvent[] {
    const events: ClaudeEvent[] = [];
    const isError = message.is_api_error_message === true || textOf(message.error) !== null;
    if (!isError) this.#apiError = this.#lockedStatus === null ? null : this.#apiError;
    for (const each of listOf(recordOf(message.message).content)) {
      const block = recordOf(each);
      if (block.type === "text") {
        const text = textOf(block.text) ?? "";
        if (isError) this.#apiError = text;
        events.push({ kind: "said", text });
      } else if (block.type === "tool_use") {
        const tool = textOf(block.name) ?? "";
        const { what } = this.#act(textOf(block.id) ?? "", tool, recordOf(block.input));
        events.push({ kind: "acts", tool, what });
      }
    }
    // What a sub-agent says is not said to us.
    if (!isError && textOf(message.parent_tool_use_id) === null) this.#said = wordsOf(events) ?? this.#said;
    if (isError) this.#lastStatus = amountOf(message.api_error_status) ?? this.#lastStatus;
    else if (events.length > 0) this.#lastStatus = null;
    return [...events, ...(isError ? [] : spending(this.#usage.answer(recordOf(message.message))))];
  }

  #act(id: string, tool: string, input: JsonRecord): Act {
    const { what, command } = describeTool(tool, input);
    const isInBackground = input.run_in_background === true;
    const act = { kind: actOf(tool), what, command, isInBackground, isDone: false };
    // What a call wrote is not kept with it: there may be ten thousand.
    this.#acts.set(id, { ...act, what: shorten(what), command: command === null ? null : shorten(command) });
    return act;
  }

  #readToolResults(message: JsonRecord): ClaudeEvent[] {
    for (const each of listOf(recordOf(message.message).content)) {
      const { type, tool_use_id, is_error } = recordOf(each);
      if (type !== "tool_result" || is_error === true) continue;
      const act = this.#acts.get(textOf(tool_use_id) ?? "");
      // A command that took too long is moved there.
      const isInBackground = act?.isInBackground || textOf(recordOf(message.tool_use_result).backgroundTaskId) !== null;
      if (act && !isInBackground) act.isDone = true;
    }
    return [];
  }

  #readResult(message: JsonRecord): ClaudeEvent[] {
    // Of several background tasks that ended at once the first turn may tell all: the others are empty.
    const isEmpty = message.num_turns === 0 && recordOf(message.origin).kind === "task-notification";
    if (!isEmpty || this.#result === null) this.#result = message;
    for (const each of listOf(message.permission_denials)) {
      const { tool_name, tool_use_id, tool_input } = recordOf(each);
      const id = textOf(tool_use_id) ?? "";
      if (!this.#acts.has(id)) this.#act(id, textOf(tool_name) ?? "", recordOf(tool_input));
      this.#denied.add(id);
    }
    const isBrokenOff = /^aborted/.test(textOf(message.terminal_reason) ?? "");
    const { ending, status, complaint } = this.summary();
    return [
      ...spending(this.#usage.settle(message, isBrokenOff)),
      ...(ending === "failed" ? this.#notices.status(status, complaint) : []),
      { kind: "turnOver", queued: amountOf(message.queued_turn_count) ?? 0 },
    ];
  }
}

/** The texts of a list; what is none may be of any shape. */
const textsOf = (value: unknown): string[] => listOf(value).flatMap((each) => textOf(each) ?? []);

const spending = (spent: Spent | null): ClaudeEvent[] => (spent === null ? [] : [{ kind: "cost", spent }]);

function wordsOf(events: readonly ClaudeEvent[]): string | null {
  const texts = events.flatMap((event) => (event.kind === "said" && event.text.trim() !== "" ? [event.text] : []));
  return texts.length === 0 ? null : texts.join("\n");
}

function readControl(message: JsonRecord): ClaudeEvent[] {
  const requestId = textOf(message.request_id);
  if (requestId === null) return [];
  const request = recordOf(message.request);
  const subtype = textOf(request.subtype) ?? "";
  if (subtype === "hook_callback") {
    const { tool_name, tool_input } = recordOf(request.input);
    const called = { callback: textOf(request.callback_id) ?? "", tool: textOf(tool_name) ?? "" };
    return [{ kind: "hooks", requestId, ...called, input: recordOf(tool_input) }];
  }
  if (subtype !== "can_use_tool") return [{ kind: "demands", requestId, subtype }];
  const tool = textOf(request.tool_name) ?? "";
  return [
    { kind: "asks", requestId, tool, input: recordOf(request.input), toolUseId: textOf(request.tool_use_id) ?? "" },
  ];
}

function actOf(tool: string): ActKind {
  return EDITS.has(tool) ? "edit" : COMMANDS.has(tool) ? "command" : "other";
}

function tokensIn(usage: JsonRecord): number {
  const keys = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
  return keys.reduce((all, key) => all + (amountOf(usage[key]) ?? 0), 0);
}

/** What a tool is about to touch, as the agent says. */
export function describeTool(tool: string, input: JsonRecord): Omit<PermissionRequest, "tool"> & { what: string } {
  const path = textOf(input.file_path) ?? textOf(input.notebook_path) ?? textOf(input.path);
  const command = COMMANDS.has(tool) ? textOf(input.command) : null;
  const url = tool === "WebFetch" ? textOf(input.url) : null;
  // A pattern may lead elsewhere than the folder in which it is looked for.
  const pattern = tool === "Glob" ? textOf(input.pattern) : null;
  const isElsewhere = pattern !== null && /^[~/]|(?:^|\/)\.\.(?:\/|$)/.test(pattern);
  return {
    what: `${tool} ${command ?? path ?? url ?? ""}`.trim(),
    paths: [...(path === null ? [] : [path]), ...(isElsewhere ? [pattern] : [])],
    command,
    reads: READS.has(tool),
    ...(url === null ? {} : { url }),
  };
}
