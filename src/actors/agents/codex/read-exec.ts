/**
 * Reads what `codex exec --json` writes: events on stdout, and on stderr the refusals of its sandbox, of which the
 * events say nothing. No I/O.
 */

import { statusIn } from "../api-failure.ts";
import { amountOf, type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type ActKind, NO_TOKENS, type SessionSummary, type Tokens, UnresolvedFailures } from "../session-summary.ts";

export type CodexEvent =
  | { kind: "session"; id: string }
  | { kind: "said"; text: string }
  | { kind: "acts"; what: string }
  /** Tokens of the whole thread so far, not of this turn. */
  | { kind: "used"; tokens: Tokens }
  /** The key is refused; what it does now, trying again, is in vain. */
  | { kind: "locked" }
  | { kind: "noise"; text: string };

const NO_THREAD = /no rollout found|thread\/resume failed/i;
const REJECTED = /\b(?:rejected|denied)\b/;

/** Reads one process's lines in order. */
export class CodexReader {
  readonly #unresolved = new UnresolvedFailures();
  #ending: SessionSummary["ending"] = "none";
  #complaint: string | null = null;
  #isLocked = false;
  #isUnpaid = false;
  #isThreadGone = false;
  #said: string | null = null;

  /** What a line of stdout says. */
  read(line: string): CodexEvent[] {
    const event = parseRecord(line);
    if (event === null) return line.trim() === "" ? [] : [{ kind: "noise", text: line }];
    switch (event.type) {
      case "thread.started": {
        const id = textOf(event.thread_id);
        return id === null ? [] : [{ kind: "session", id }];
      }
      case "item.completed":
        return this.#readItem(recordOf(event.item));
      case "turn.completed":
        return this.#endTurn(event.usage);
      case "turn.failed":
        this.#ending = "failed";
        return this.#complain(textOf(recordOf(event.error).message));
      case "error":
        return this.#complain(textOf(event.message));
      default:
        return [];
    }
  }

  /** Whether the thread that it was to go on with is not there any more. */
  get isThreadGone(): boolean {
    return this.#isThreadGone && this.#ending === "none";
  }

  /** What a line of stderr says. */
  readError(line: string): void {
    if (NO_THREAD.test(line)) this.#isThreadGone = true;
    const error = /\bERROR\b(.*)/.exec(line)?.[1] ?? "";
    const what = /\berror=(.*)/.exec(error)?.[1];
    if (what === undefined || !REJECTED.test(what)) return;
    this.#unresolved.add({ act: /patch|writ/i.test(what) ? "edit" : "command", why: "denied", what });
  }

  /** What the session came to so far. */
  summary(): SessionSummary {
    const status = statusIn(this.#complaint ?? "");
    const ending = this.#isLocked ? "failed" : this.#ending;
    const complaint = ending === "completed" ? null : this.#complaint;
    const unresolved = this.#unresolved.list();
    return { ending, complaint, status, isUnpaid: this.#isUnpaid, unresolved, said: this.#said };
  }

  #readItem(item: JsonRecord): CodexEvent[] {
    const status = textOf(item.status);
    switch (item.type) {
      case "agent_message":
        this.#said = textOf(item.text) ?? this.#said;
        return [{ kind: "said", text: textOf(item.text) ?? "" }];
      case "file_change": {
        const paths = listOf(item.changes).map((change) => textOf(recordOf(change).path) ?? "");
        return this.#act("edit", `changing ${paths.join(", ")}`, status, status === "completed");
      }
      case "command_execution": {
        const what = textOf(item.command) ?? "a command";
        return this.#act("command", what, status, status === "completed" && item.exit_code === 0);
      }
      case "mcp_tool_call":
        return [{ kind: "acts", what: `${textOf(item.tool) ?? "a tool"} (${status ?? ""})` }];
      case "error":
        return [{ kind: "noise", text: textOf(item.message) ?? "" }];
      default:
        return [];
    }
  }

  /** A command that fails, such as red tests, is ordinary; a change of files that fails is not. */
  #act(act: ActKind, what: string, status: string | null, isDone: boolean): CodexEvent[] {
    if (isDone) this.#unresolved.succeed(act);
    else if (status === "declined") this.#unresolved.add({ act, why: "denied", what });
    else if (act === "edit") this.#unresolved.add({ act, why: "failed", what });
    return [{ kind: "acts", what: isDone ? what : `${what} (${status ?? "failed"})` }];
  }

  /** A turn's end that says nothing of tokens is an error in disguise; so is one that used none. */
  #endTurn(written: unknown): CodexEvent[] {
    this.#ending = "completed";
    const usage = recordOf(written);
    const cached = amountOf(usage.cached_input_tokens) ?? 0;
    const input = Math.max(0, (amountOf(usage.input_tokens) ?? 0) - cached);
    const tokens = { ...NO_TOKENS, input, cached, output: amountOf(usage.output_tokens) ?? 0 };
    this.#isUnpaid = tokens.input + tokens.cached + tokens.output === 0;
    return this.#isUnpaid ? [] : [{ kind: "used", tokens }];
  }

  #complain(message: string | null): CodexEvent[] {
    if (message === null) return [];
    this.#complaint = message;
    const events: CodexEvent[] = [{ kind: "noise", text: `[error] ${message}` }];
    const status = statusIn(message);
    if (status !== 401 && status !== 403) return events;
    this.#isLocked = true;
    return [...events, { kind: "locked" }];
  }
}
