/**
 * What of Claude Code's work goes on behind its turns: sub-agents and commands in the background. The program says when one
 * begins and ends, and newer versions which there are; when one ends, it begins a turn of its own accord. Pure.
 */
import { type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import { shorten } from "../session-summary.ts";

export interface BackgroundTask {
  id: string;
  /** A command that never ends may be a server; a sub-agent that does not has not done its work. */
  kind: "command" | "agent";
  /** One line, the agent's words. */
  what: string;
}

const AT_WORK = new Set(["pending", "running", "paused"]);

/** Keeps what runs in the background by the program's system messages. */
export class Background {
  readonly #tasks = new Map<string, BackgroundTask>();

  list(): readonly BackgroundTask[] {
    return [...this.#tasks.values()];
  }

  /** Takes one message, and says whether anything changed; `commandOf` knows the command of a tool call. */
  read(message: JsonRecord, commandOf: (toolUseId: string) => string | null): boolean {
    const id = textOf(message.task_id) ?? "";
    switch (message.subtype) {
      case "background_tasks_changed":
        return this.#replace(
          listOf(message.tasks)
            .map(recordOf)
            .filter(({ task_id }) => textOf(task_id)),
        );
      case "task_started":
        if (message.is_backgrounded === false) return false;
        this.#add(message, commandOf(textOf(message.tool_use_id) ?? ""));
        return true;
      case "task_updated": {
        const status = textOf(recordOf(message.patch).status);
        return status !== null && !AT_WORK.has(status) && this.#tasks.delete(id);
      }
      case "task_notification":
        return this.#tasks.delete(id);
      default:
        return false;
    }
  }

  #add(task: JsonRecord, command: string | null): void {
    const id = textOf(task.task_id) ?? "";
    const kind = /agent/.test(textOf(task.task_type) ?? "") ? "agent" : "command";
    const what = command ?? textOf(task.description) ?? id;
    this.#tasks.set(id, { id, kind, what: shorten(kind === "agent" ? `a sub-agent: ${what}` : what) });
  }

  #replace(tasks: readonly JsonRecord[]): boolean {
    const ids = new Set(tasks.map((task) => textOf(task.task_id) ?? ""));
    for (const id of this.#tasks.keys()) if (!ids.has(id)) this.#tasks.delete(id);
    for (const task of tasks) if (!this.#tasks.has(textOf(task.task_id) ?? "")) this.#add(task, null);
    return true;
  }
}
