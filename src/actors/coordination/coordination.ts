/**
 * The coordination of a run: what its tools may read and change of it. Everything that changes state is an event in the
 * log; everything that is answered was durable before (RULE-2, RULE-3).
 */

import { join } from "node:path";
import type { ArtifactsContext } from "../../machines/artifacts.ts";
import type { ConflictContext } from "../../machines/conflict.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { attemptLabel, type TaskContext } from "../../machines/task/task-state.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { type Address, parseAddress, streamActor, taskActor } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import type { Letter } from "../../protocol/mail.ts";
import { readRecord } from "../../protocol/records.ts";
import type { RunFolder } from "../control/run-folder.ts";
import type { LogRecord } from "../log/port.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { readKept } from "./artifact-content.ts";
import type { Caller } from "./call.ts";
import type { EmittedEvents } from "./emitted-events.ts";
import { NoteSearch } from "./note-search.ts";

/** What the run's host lends. */
export interface CoordinationPort {
  readonly plan: Plan;
  readonly folder: RunFolder;
  /** Folders of the vaults that are searched. */
  readonly vaults: readonly string[];
  readonly emittedEvents: EmittedEvents;
  /** The newest state; it may be ahead of the disk. */
  readonly system: ActorSystem;
  /** Resolves when the event is durable. Its step is taken at once, before anything else can happen. */
  send(letter: Letter<"tools">): Promise<LogRecord>;
  /** Milliseconds since the Unix epoch, as the log's times. */
  now(): number;
  /** All records of the run; read for what is not kept in memory. */
  readLog(): AsyncIterable<readonly LogRecord[]>;
}

interface Waiter {
  look: () => void;
}

/** An artifact that a task has published. */
export interface Published {
  name: string;
  /** The content, once it is read; null when it is gone or damaged. */
  read: () => Promise<string | null>;
}

/** The state of a run as tools see it, and a way to wait for it to change. */
export class Coordination {
  readonly notes: NoteSearch;
  readonly #port: CoordinationPort;
  readonly #waiters = new Set<Waiter>();
  readonly #readers = new Map<string, (published: Published) => void>();
  #committed: number;

  /** `committed` is the last durable record. */
  constructor(port: CoordinationPort, committed: number) {
    this.#port = port;
    this.notes = new NoteSearch({ vaults: port.vaults, root: port.folder.root });
    this.#committed = committed;
  }

  get plan(): Plan {
    return this.#port.plan;
  }
  get now(): number {
    return this.#port.now();
  }
  get emittedEvents(): EmittedEvents {
    return this.#port.emittedEvents;
  }
  get root(): string {
    return this.#port.folder.root;
  }
  /** Folder of the artifacts' contents. */
  get artifactFolder(): string {
    return join(this.#port.folder.path, "artifacts");
  }

  /** Told of each batch of records once it is durable. */
  note(records: readonly LogRecord[]): void {
    this.#committed = records.at(-1)?.seq ?? this.#committed;
    for (const record of records.map(readRecord)) {
      if (record.type === "artifact.published") this.#tellReader(record.data);
    }
    for (const { look } of [...this.#waiters]) look();
  }

  /** Hands each artifact that a task publishes from now on to `deliver`, once it is durable. Returns how to stop. */
  readPublished(task: string, deliver: (published: Published) => void): () => void {
    this.#readers.set(task, deliver);
    return () => this.#readers.delete(task);
  }

  /**
   * Records an event; resolves when it is durable. Null when there is no such actor (any more): nothing is recorded then.
   */
  async send(letter: Letter<"tools">): Promise<LogRecord | null> {
    return this.#port.system.isActive(letter.to) ? this.#port.send(letter) : null;
  }

  /** Resolves to the first value that is not null, once all that it may rest on is durable; to null on timeout or abort. */
  until<Value>(
    look: () => Value | null,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<Value | null> {
    return new Promise((resolve) => {
      let found: { value: Value; seq: number } | null = null;
      const end = (value: Value | null): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        this.#waiters.delete(waiter);
        resolve(value);
      };
      const stop = (): void => end(null);
      const waiter: Waiter = {
        look: () => {
          if (found === null) {
            const value = look();
            if (value !== null) found = { value, seq: this.#port.system.seq };
          }
          if (found !== null && found.seq <= this.#committed) end(found.value);
        },
      };
      const timer = setTimeout(() => {
        // What is found already only waits for the disk.
        if (found === null) end(null);
      }, timeoutMs);
      if (signal.aborted) {
        stop();
        return;
      }
      signal.addEventListener("abort", stop);
      this.#waiters.add(waiter);
      waiter.look();
    });
  }

  get scheduler(): SchedulerContext | null {
    return this.#contextOf<SchedulerContext>("scheduler");
  }

  get artifacts(): ArtifactsContext | null {
    return this.#contextOf<ArtifactsContext>("artifacts");
  }

  /** The context of a task whose agent is at work; null otherwise. */
  runningTask(task: string): TaskContext | null {
    const actor = this.#port.system.actors.get(taskActor(task));
    return actor?.status === "active" && actor.snapshot.value === "running"
      ? (actor.snapshot.context as TaskContext)
      : null;
  }

  /** The conflicts that were raised by this question, the newest last. */
  conflictsOf(ask: string): { id: string; isOpen: boolean; context: ConflictContext }[] {
    return [...this.#port.system.actors.values()]
      .filter(({ kind, snapshot }) => kind === "conflict" && (snapshot.context as ConflictContext).ask === ask)
      .map(({ id, status, snapshot }) => {
        const isOpen = status === "active" && snapshot.value === "open";
        return { id: parseAddress(id).id, isOpen, context: snapshot.context as ConflictContext };
      });
  }

  taskOf(id: string): Task | undefined {
    return this.plan.tasks.find((task) => task.id === id);
  }

  /** Who calls from outside a known attempt: checked against the plan and what runs. Words when it cannot be. */
  identify({ stream, task, guest }: { stream?: unknown; task?: unknown; guest: string }): Caller | string {
    if (task !== undefined && task !== null) {
      const found = typeof task === "string" ? this.taskOf(task) : undefined;
      if (found === undefined) return `the plan has no task ${JSON.stringify(task)?.slice(0, 100)}`;
      const context = this.runningTask(found.id);
      if (context === null) return `no agent works on the task ${found.id} now`;
      if (stream !== undefined && stream !== found.stream) return `the task ${found.id} is of stream ${found.stream}`;
      return callerOfTask(found, attemptLabel(context));
    }
    const streams = this.plan.streams.map(({ name }) => name);
    const only = streams.length === 1 ? streams[0] : undefined;
    const name = stream ?? only;
    if (typeof name !== "string" || !streams.includes(name)) return `stream must be one of: ${streams.join(", ")}`;
    return { stream: name, task: null, attempt: null, holder: `guest:${guest}` };
  }

  /** Takes back all that a holder leased. */
  async returnAll(holder: string): Promise<void> {
    if (this.scheduler?.leases.some((lease) => lease.holder === holder))
      await this.send({ to: "scheduler", event: { type: "resource.return", holder } });
  }

  /** The payload of an emitted event, from the log. */
  async readPayload(key: string): Promise<unknown> {
    for await (const records of this.#port.readLog()) {
      for (const each of records) {
        const { type, data } = readRecord(each);
        if (type === "event.emitted" && data.key === key) return data.payload ?? null;
      }
    }
    return null;
  }

  #tellReader({ task, name, sha256 }: Events["artifact.published"]): void {
    const read = async (): Promise<string | null> =>
      (await readKept(this.artifactFolder, sha256))?.toString("utf8") ?? null;
    if (task !== null) this.#readers.get(task)?.({ name, read });
  }

  #contextOf<Context>(id: string): Context | null {
    const actor = this.#port.system.actors.get(id);
    return actor?.status === "active" ? (actor.snapshot.context as Context) : null;
  }
}

/** The caller that is the agent of a task's attempt. */
export function callerOfTask({ id, stream }: Pick<Task, "id" | "stream">, attempt: string): Caller {
  return { stream, task: id, attempt, holder: taskActor(id) };
}

/** The actor that facts about a caller are told to. */
export function actorOf({ task, stream }: Caller): Address<"task" | "stream"> {
  return task === null ? streamActor(stream) : taskActor(task);
}
