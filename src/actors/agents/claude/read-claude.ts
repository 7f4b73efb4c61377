/**
 * Reads what Claude Code writes in its stream-json mode: each line becomes events for the adapter, and all of
 * them together the summary of the session. No I/O: a recorded transcript reads the same as a live one.
 */

import { amountOf, type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type ActKind, type SessionSummary, shorten, UnresolvedFailures } from "../session-summary.ts";

export type ClaudeEvent =
  | { kind: "session"; id: string }
  | { kind: "said"; text: string }
  | { kind: "acts"; tool: string; what: string }
  /** It asks whether it may; the answer goes to `requestId`. */
  | { kind: "asks"; requestId: string; tool: string; input: JsonRecord; toolUseId: string }
  /** A control request that is none of ours. */
  | { kind: "demands"; requestId: string; subtype: string }
  | { kind: "cost"; usd: number; tokens: number }
  /** The key is refused; what it does now, trying again, is in vain. */
  | { kind: "locked" }
  /** A turn is over, and so many messages of ours wait for the next. */
  | { kind: "turnOver"; queued: number }
  | { kind: "noise"; text: string };

interface Act {
  id: string;
  kind: ActKind;
  what: string;
  isDone: boolean;
}

const EDITS = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);
const COMMANDS = new Set(["Bash", "PowerShell"]);
const READS = new Set(["Read", "Glob", "Grep", "LS", "NotebookRead", "WebFetch", "WebSearch"]);
const LOCKED = new Set([401, 403]);

/** Reads one process's lines in order. */
export class ClaudeReader {
  readonly #acts: Act[] = [];
  readonly #denied = new Set<string>();
  #session: string | null = null;
  #result: JsonRecord | null = null;
  #spentUsd = 0;
  #lastStatus: number | null = null;
  #lockedStatus: number | null = null;
  #apiError: string | null = null;

  /** What a line of stdout says. */
  read(line: string): ClaudeEvent[] {
    const message = parseRecord(line);
    if (message === null) return line.trim() === "" ? [] : [{ kind: "noise", text: line }];
    switch (message.type) {
      case "system":
        return this.#readSystem(message);
      case "assistant":
        return this.#readAssistant(message);
      case "user":
        return this.#readToolResults(message);
      case "result":
        return this.#readResult(message);
      case "control_request":
        return readControl(message);
      default:
        return [];
    }
  }

  /** A permission was refused by us: the tool with this id will not run. */
  deny(toolUseId: string): void {
    this.#denied.add(toolUseId);
  }

  /** What the session came to so far. */
  summary(): SessionSummary {
    const result = this.#result ?? {};
    if (this.#lockedStatus !== null) return this.#summarise("failed", this.#apiError, this.#lockedStatus);
    if (this.#result === null) return this.#summarise("none", this.#apiError, this.#lastStatus);
    const words = textOf(result.result) ?? listOf(result.errors).map(String).join("; ");
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
    for (const { id, kind, what, isDone } of this.#acts) {
      if (this.#denied.has(id)) unresolved.add({ act: kind, why: "denied", what });
      else if (isDone) unresolved.succeed(kind);
    }
    const isUnpaid = ending === "completed" && tokensIn(recordOf(this.#result?.usage)) === 0;
    return { ending, complaint: complaint === "" ? null : complaint, status, isUnpaid, unresolved: unresolved.list() };
  }

  #readSystem(message: JsonRecord): ClaudeEvent[] {
    if (message.subtype === "init") {
      const id = textOf(message.session_id);
      if (id === null || id === this.#session) return [];
      this.#session = id;
      return [{ kind: "session", id }];
    }
    if (message.subtype === "permission_denied") {
      this.#denied.add(textOf(message.tool_use_id) ?? "");
      return [{ kind: "noise", text: `[denied] ${textOf(message.tool_name) ?? ""}: ${textOf(message.message) ?? ""}` }];
    }
    if (message.subtype !== "api_retry") return [];
    const status = amountOf(message.error_status);
    this.#lastStatus = status;
    const text = `the model service answered ${status ?? "nothing"} (${textOf(message.error) ?? "unknown"})`;
    const events: ClaudeEvent[] = [{ kind: "noise", text: `[retry ${amountOf(message.attempt) ?? ""}] ${text}` }];
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
        const { what } = describeTool(tool, recordOf(block.input));
        this.#acts.push({ id: textOf(block.id) ?? "", kind: actOf(tool), what: shorten(what), isDone: false });
        events.push({ kind: "acts", tool, what });
      }
    }
    if (isError) this.#lastStatus = amountOf(message.api_error_status) ?? this.#lastStatus;
    else if (events.length > 0) this.#lastStatus = null;
    return events;
  }

  #readToolResults(message: JsonRecord): ClaudeEvent[] {
    for (const each of listOf(recordOf(message.message).content)) {
      const { type, tool_use_id, is_error } = recordOf(each);
      if (type !== "tool_result" || is_error === true) continue;
      const act = this.#acts.find(({ id }) => id === tool_use_id);
      if (act) act.isDone = true;
    }
    return [];
  }

  #readResult(message: JsonRecord): ClaudeEvent[] {
    this.#result = message;
    for (const each of listOf(message.permission_denials)) {
      const { tool_name, tool_use_id, tool_input } = recordOf(each);
      const id = textOf(tool_use_id) ?? "";
      const tool = textOf(tool_name) ?? "";
      if (!this.#acts.some((act) => act.id === id)) {
        const { what } = describeTool(tool, recordOf(tool_input));
        this.#acts.push({ id, kind: actOf(tool), what, isDone: false });
      }
      this.#denied.add(id);
    }
    const cost = this.#costOf(message);
    return [
      ...(cost.usd > 0 || cost.tokens > 0 ? [{ kind: "cost" as const, ...cost }] : []),
      { kind: "turnOver", queued: amountOf(message.queued_turn_count) ?? 0 },
    ];
  }

  /** Newer versions say what came on top; older ones only the total of this process. A resumed total is of the session. */
  #costOf(message: JsonRecord): { usd: number; tokens: number } {
    const total = amountOf(message.total_cost_usd) ?? 0;
    const sinceTotal = Math.max(0, total - this.#spentUsd);
    this.#spentUsd = total;
    if (typeof message.model_usage_since_last_result !== "object") {
      return { usd: sinceTotal, tokens: tokensIn(recordOf(message.usage)) };
    }
    const models = Object.values(recordOf(message.model_usage_since_last_result)).map(recordOf);
    const sum = (key: string) => models.reduce((all, model) => all + (amountOf(model[key]) ?? 0), 0);
    const tokens = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"];
    return { usd: sum("costUSD"), tokens: tokens.reduce((all, key) => all + sum(key), 0) };
  }
}

function readControl(message: JsonRecord): ClaudeEvent[] {
  const requestId = textOf(message.request_id);
  if (requestId === null) return [];
  const request = recordOf(message.request);
  const subtype = textOf(request.subtype) ?? "";
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
export function describeTool(
  tool: string,
  input: JsonRecord,
): { what: string; paths: string[]; command: string | null; reads: boolean } {
  const path = textOf(input.file_path) ?? textOf(input.notebook_path) ?? textOf(input.path);
  const command = COMMANDS.has(tool) ? textOf(input.command) : null;
  return {
    what: `${tool} ${command ?? path ?? ""}`.trim(),
    paths: path === null ? [] : [path],
    command,
    reads: READS.has(tool),
  };
}
