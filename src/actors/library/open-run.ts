/**
 * The library's run: streams of the user's own under a supervisor, over a log that this process hosts. Shows what is
 * durable of it; holds no rule of its own.
 *
 * LIBRARY-1 What `state`, `events` and watchers show was folded from durable records only (RULE-3), in a system of its own: the
 *    runtime's may be ahead of the disk.
 * LIBRARY-2 A snapshot is of that system, so it never holds what the log may lose.
 */

import { randomInt } from "node:crypto";
import { PleachError } from "../../errors.ts";
import type { SupervisorContext, SupervisorInput } from "../../machines/supervisor.ts";
import type { RunEvent } from "../../protocol/client.ts";
import { createEpochLease } from "../control/epoch-lease.ts";
import { HostedLog, type HostedState } from "../control/hosted-log.ts";
import { openFolder } from "../control/local-engine.ts";
import { readProgram } from "../control/program.ts";
import type { LogRecord } from "../log/index.ts";
import { findNonJson } from "../runtime/json.ts";
import { type Outcome, systemClock } from "../runtime/ports.ts";
import { type Logics, type Runtime, toMachines } from "../runtime/runtime.ts";
import { ActorSystem } from "../runtime/system.ts";
import type { LibraryRun, OpenRunOptions, RunEnd, RunOf } from "./library-run.ts";
import { ROOT, readStreams } from "./run-streams.ts";
import type { KindMap, NoKinds, StreamMap, StreamState } from "./stream-types.ts";

const MAX_KEPT_EVENTS = 10_000;
/** The process of a library's run may live on; its lease has to look for what its host says at the end. */
const CLOSING = { saysClosed: true };
const NEVER_ASKED = ["actor.started", "actor.stopped"];

/**
 * Opens a run: begins a new one, or goes on with the one in the folder. Rejects with `run.live` while a living process
 * has it open, `run.otherStreams` when the log is of other streams, `machine.impure`, `stream.badName`, and as the log
 * does: `log.damaged`, `log.newer`, `log.incompatible`, `log.differs`, `log.failed`.
 */
export function openRun<const Streams extends StreamMap, const Kinds extends KindMap = NoKinds>(
  options: OpenRunOptions<Streams, Kinds>,
): Promise<RunOf<Streams, Kinds>>;
export async function openRun(options: OpenRunOptions): Promise<LibraryRun> {
  const { dir } = options;
  const { logics, children } = readStreams(options.streams, options.kinds ?? {});
  const { log, snapshots } = options.log === undefined ? openFolder(dir) : { log: options.log, snapshots: null };
  const {
    strategy = "one_for_one",
    intensity = { max: 3, periodMs: 5_000 },
    degrade = false,
  } = options.supervision ?? {};
  const input: SupervisorInput = { strategy, intensity, degrade, children, seed: randomInt(2 ** 31) };
  const view = new DurableView(logics, children);
  const hosted = await HostedLog.open({
    log,
    snapshots,
    lease: createEpochLease(log, CLOSING),
    ...CLOSING,
    program: `${readProgram()} (library)`,
    logics,
    perform: {},
    clock: options.clock ?? systemClock,
    root: { id: ROOT, kind: "supervisor", input },
    state: view,
    toLiveError: ({ pid }) =>
      new PleachError("run.live", `the run in ${dir} is open in process ${pid}`, {
        hint: "close it there first, or end that process",
        file: dir,
      }),
  });
  return new OpenLibraryRun(hosted, view, options.onEvent);
}

/** What is durable (LIBRARY-1): the actors' states and the newest events. */
class DurableView implements HostedState {
  system!: ActorSystem;
  #events: RunEvent[] = [];
  readonly #logics: Logics;
  readonly #children: SupervisorInput["children"];

  constructor(logics: Logics, children: SupervisorInput["children"]) {
    this.#logics = logics;
    this.#children = children;
  }

  get events(): readonly RunEvent[] {
    return this.#events.slice(-MAX_KEPT_EVENTS);
  }

  reset(): void {
    this.#events = [];
  }

  recover(record: LogRecord): void {
    this.#remember(record);
  }

  ready(system: ActorSystem): void {
    const root = system.actors.get(ROOT);
    if (root !== undefined) {
      const recorded = (root.snapshot.context as SupervisorContext).children.map(({ id }) => id);
      const given = this.#children.map(({ id }) => id);
      if (recorded.toSorted().join() !== given.toSorted().join()) {
        throw new PleachError(
          "run.otherStreams",
          `the log is of the streams ${recorded.join(", ")}, not ${given.join(", ")}`,
          {
            hint: "open it with the streams that it was begun with, or choose another folder",
          },
        );
      }
    }
    this.system = new ActorSystem(toMachines(this.#logics));
    this.system.restore(system.persist());
  }

  save(): { system: unknown; kept: unknown } {
    return { system: this.system.persist(), kept: null };
  }

  /** Folds a record of this epoch. */
  apply(record: LogRecord): RunEvent {
    this.system.apply(record);
    return this.#remember(record);
  }

  #remember(record: LogRecord): RunEvent {
    const event = toEvent(record);
    this.#events.push(event);
    if (this.#events.length > 2 * MAX_KEPT_EVENTS) this.#events = this.#events.slice(-MAX_KEPT_EVENTS);
    return event;
  }
}

class OpenLibraryRun implements LibraryRun {
  readonly done: Promise<RunEnd>;
  readonly failed: Promise<never>;
  readonly #hosted: HostedLog;
  readonly #runtime: Runtime;
  readonly #view: DurableView;
  readonly #watchers = new Set<(event: RunEvent) => void>();
  #finish!: (end: RunEnd) => void;

  constructor(hosted: HostedLog, view: DurableView, onEvent: OpenRunOptions["onEvent"]) {
    this.#hosted = hosted;
    this.#runtime = hosted.runtime;
    this.#view = view;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    if (onEvent) this.#watchers.add(onEvent);
    this.failed = this.#runtime.failed;
    // A run that failed may be opened again by this process, whether it was closed or not.
    this.failed.catch(() => hosted.release()).catch(() => {});
    hosted.listen((records) => this.#commit(records));
    this.#runtime.start();
  }

  async send(stream: string, event: Outcome): Promise<RunEvent> {
    const { type, ...data } = event;
    const found = findNonJson(data, "event");
    if (typeof type !== "string" || NEVER_ASKED.includes(type) || type.startsWith("xstate.") || found !== null) {
      throw new PleachError(
        "event.invalid",
        `cannot send ${String(type)} to ${stream}: ${found ?? "a reserved type"}`,
        {
          hint: "an event is JSON with a type of your own",
        },
      );
    }
    this.state(stream);
    if (!this.#runtime.system.isActive(stream)) {
      throw new PleachError(
        "run.inactiveStream",
        `stream ${stream} takes no events: it is ${this.state(stream).status}`,
        {
          hint: "a crashed stream takes events again once its supervisor has restarted it",
        },
      );
    }
    return toEvent(await this.#runtime.send(stream, type, data));
  }

  state(stream: string): StreamState {
    const actor = this.#view.system.actors.get(stream);
    if (actor === undefined) {
      throw new PleachError("run.unknownStream", `this run has no stream ${stream}`, {
        hint: `its actors are ${[...this.#view.system.actors.keys()].join(", ")}`,
      });
    }
    const { value, context } = actor.snapshot;
    return { value, context, status: actor.status, incarnation: actor.incarnation };
  }

  events(): readonly RunEvent[] {
    return this.#view.events;
  }

  watch(watcher: (event: RunEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  until(is: (event: RunEvent) => boolean): Promise<RunEvent> {
    const past = this.events().find(is);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const unwatch = this.watch((event) => {
        if (!is(event)) return;
        unwatch();
        resolve(event);
      });
      this.failed.catch(reject);
    });
  }

  async stop(reason: string): Promise<void> {
    await this.#runtime.send(ROOT, "supervisor.stop", { reason });
  }

  close(): Promise<void> {
    return this.#hosted.close();
  }

  #commit(records: readonly LogRecord[]): void {
    for (const record of records) {
      const event = this.#view.apply(record);
      for (const watcher of this.#watchers) {
        try {
          watcher(event);
        } catch (thrown) {
          queueMicrotask(() => {
            throw thrown;
          });
        }
      }
    }
    this.#noticeEnd();
  }

  #noticeEnd(): void {
    const root = this.#view.system.actors.get(ROOT);
    if (root?.status === "done") this.#finish((root.snapshot.context as SupervisorContext).outcome as RunEnd);
  }
}

function toEvent({ seq, time, actor, type, data }: LogRecord): RunEvent {
  return { seq, time: new Date(time).toISOString(), actor, type, data: data as Record<string, unknown> };
}
