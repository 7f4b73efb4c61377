/**
 * What a screen (or any watcher) sees of a run: the status document, events, outputs, and a way to send commands. Types
 * only; `src/actors/client/attach.ts` makes a client from a run's folder. Nothing here lets a watcher change state but a
 * command.
 */
import type { CommandAnswer, RunCommand } from "./commands.ts";
import type { StatusDocument } from "./status.ts";

/** One event as watchers see it: `time` is ISO. `facts.ts` and `tell-event.ts` say what types there are, and what they mean. */
export interface RunEvent {
  seq: number;
  time: string;
  actor: string;
  type: string;
  data: Record<string, unknown>;
}

export interface RunClient {
  readonly run: string;
  /** The newest committed state. */
  status(): StatusDocument;
  /** Events so far, oldest first (bounded: the newest 10,000). */
  events(): readonly RunEvent[];
  /** Calls back after new records were folded; returns how to stop. */
  subscribe(changed: () => void): () => void;
  /** The last `maxBytes` of a task's newest transcript, raw bytes (hostile: to be sanitised by who shows it). */
  readOutput(task: string, maxBytes: number): Promise<Buffer>;
  send(command: RunCommand): Promise<CommandAnswer>;
  close(): Promise<void>;
}
