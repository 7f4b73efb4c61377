/** What a watcher may ask of a run's host, and what it is answered. */

export type RunCommand =
  | { command: "cancel" }
  /** Stops the workers, records `run.interrupted`, ends the host; the run can be resumed. */
  | { command: "interrupt" }
  | { command: "decide"; conflict: string; choice: string }
  /** A text for the agent that works on a task now. */
  | { command: "message"; task: string; text: string }
  /** A call of a coordination tool by a program that no run started; `key` is unique to the call. */
  | {
      command: "tool";
      tool: string;
      args: unknown;
      stream: string | null;
      task: string | null;
      guest: string;
      key: string;
      patienceMs: number;
    };

/** `data` is the tool's answer for a `tool` command. */
export type CommandAnswer =
  | { ok: true; message: string; data?: unknown }
  | { ok: false; code: string; message: string; hint: string };
