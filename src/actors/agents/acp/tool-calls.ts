/** What an ACP agent has said of its tool calls, bit by bit; some of it only when it asks for a permission. No I/O. */
import { type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import { type ActKind, shorten } from "../session-summary.ts";

/** What a tool call is about to touch, as far as the agent has said so yet. */
export interface ToolCall {
  kind: string;
  title: string;
  paths: string[];
  command: string | null;
}

/** Calls that are remembered: those told of last. An agent that says no end of a call costs no memory for it. */
const MAX_CALLS = 500;
const MAX_PATHS = 200;
const EDITS = new Set(["edit", "delete", "move"]);
const READS = new Set(["read", "search", "fetch", "think"]);

export class ToolCalls {
  readonly #calls = new Map<string, ToolCall>();

  /** A call with all that was said of it; permissions are often asked for with little more than its id. */
  read(written: unknown): ToolCall {
    const update = recordOf(written);
    const id = textOf(update.toolCallId) ?? "";
    const before = this.#calls.get(id) ?? { kind: "other", title: "a tool", paths: [], command: null };
    const raw = recordOf(update.rawInput);
    const kind = textOf(update.kind) ?? before.kind;
    const title = shorten(textOf(update.title) ?? before.title);
    // The folder that a command runs in is no file that it changes.
    const files = kind === "execute" ? [] : filesOf(update, raw);
    const paths = [...new Set([...before.paths, ...files])].slice(0, MAX_PATHS);
    const command = kind === "execute" ? (textOf(raw.command) ?? before.command) : before.command;
    const call = { kind, title, paths, command };
    if (id !== "") this.#remember(id, call);
    return call;
  }

  #remember(id: string, call: ToolCall): void {
    this.#calls.delete(id);
    this.#calls.set(id, call);
    if (this.#calls.size <= MAX_CALLS) return;
    const [oldest] = this.#calls.keys();
    if (oldest !== undefined) this.#calls.delete(oldest);
  }
}

/** Files that an update names: in what the tool was given, where it works, and in its changes, as each version writes them. */
function filesOf({ locations, content }: JsonRecord, raw: JsonRecord): string[] {
  const changed = listOf(content)
    .map(recordOf)
    .flatMap((each) => [each, ...listOf(each.changes).map(recordOf)]);
  return [
    ...[raw.file_path, raw.filePath, raw.filepath, raw.path],
    ...listOf(locations).map((each) => recordOf(each).path),
    ...changed.flatMap(({ path, oldPath }) => [path, oldPath]),
  ].flatMap((path) => textOf(path) ?? []);
}

/** What the agent wants to do only reads. */
export const isReading = (kind: string): boolean => READS.has(kind);

export function actOf(kind: string): ActKind {
  return EDITS.has(kind) ? "edit" : kind === "execute" ? "command" : "other";
}
