/**
 * The library's run: streams of the user's own under a supervisor, over a log that this process hosts. Shows what is
 * durable of it; holds no rule of its own.
 *
 * LIBRARY-1 What `state`, `events` and watchers show was folded from durable records only (RULE-3), in a system of its own: the
 *    runtime's may be ahead of the disk.
 * LIBRARY-2 A snapshot is of that system, so it never holds what the log may lose.
 */

import { randomInt } from "node:crypto";
import { hintOf } from "../../arguments/check-arguments.ts";
import { codeOf, PleachError } from "../../errors.ts";
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
import { type ActorState, ActorSystem } from "../runtime/system.ts";
import { checkOpenOptions } from "./check-options.ts";
import { warnOfUnknown } from "./known-events.ts";
import type { LibraryRun, OpenRunOptions, RunEnd, RunOf, UntilOptions } from "./library-run.ts";
import { ROOT, readStreams } from "./run-streams.ts";
import type { KindMap, NoKinds, StreamCrash, StreamMap, StreamState } from "./stream-types.ts";

const MAX_KEPT_EVENTS = 10_000;
/** The process of a library's run may live on; its lease has to look for what its host says at the end. */
const CLOSING = { saysClosed: true };
const NEVER_ASKED = ["actor.started", "actor.stopped"];

/**
 * Opens a run: begins a new one, or goes on with the one in the folder. Rejects with `run.live` while a living process
 * has it open, `run.otherStreams` when the log is of other streams, `machine.impure`, `stream.badName`,
 * `usage.badArgument`, `usage.unknownName`, and as the log does: `log.damaged`, `log.newer`, `log.incompatible`, `log.differs`, `log.failed`.
 */
export function openRun<const Streams extends StreamMap, const Kinds extends KindMap = NoKinds>(
  options: OpenRunOptions<Streams, Kinds>,
): Promise<RunOf<Streams, Kinds>>;
export async function openRun(options: OpenRunOptions): Promise<LibraryRun> {
  checkOpenOptions(options);
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
  return new OpenLibraryRun(hosted, view, logics, options.onEvent);
}

/** What is durable (LIBRARY-1): the actors' states, their newest crashes and the newest events. */
class DurableView implements HostedState {
  system!: ActorSystem;
  #events: RunEvent[] = [];
  readonly #crashes = new Map<string, StreamCrash>();
  readonly #logics: Logics;
  readonly #children: SupervisorInput["children"];

  constructor(logics: Logics, children: SupervisorInput["children"]) {
    this.#logics = logics;
    this.#children = children;
  }

  get events(): readonly RunEvent[] {
    return this.#events.slice(-MAX_KEPT_EVENTS);
  }

  reset(kept: unknown): void {
    this.#events = [];
    this.#crashes.clear();
    const { crashes = {} } = (kept ?? {}) as { crashes?: Record<string, StreamCrash> };
    for (const [stream, crash] of Object.entries(crashes)) this.#crashes.set(stream, crash);
  }

  crashOf(stream: string): StreamCrash | null {
    return this.#crashes.get(stream) ?? null;
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
    return { system: this.system.persist(), kept: { crashes: Object.fromEntries(this.#crashes) } };
  }

  /** Folds a record of this epoch. */
  apply(record: LogRecord): RunEvent {
    this.system.apply(record);
    return this.#remember(record);
  }

  #remember(record: LogRecord): RunEvent {
    const event = toEvent(record);
    this.#events.push(event);
    const { type, data, seq, time } = event;
    if (type === "child.crashed") {
      const { child, reason, event: on } = data as { child: string; reason: string; event: { type: string } };
      this.#crashes.set(child, { reason, event: on.type, seq, time });
    }
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
  readonly #logics: Logics;
  readonly #watchers = new Set<(event: RunEvent) => void>();
  /** Gives up those who wait for an event that cannot come any more. */
  readonly #waiting = new Set<(why: PleachError) => void>();
  /** An open run is worth waiting for; nothing else of it may be there to do so. */
  readonly #alive = setInterval(() => {}, 2 ** 30);
  #finish!: (end: RunEnd) => void;
  /** Why no event can come any more. */
  #ended: PleachError | null = null;

  constructor(hosted: HostedLog, view: DurableView, logics: Logics, onEvent: OpenRunOptions["onEvent"]) {
    this.#hosted = hosted;
    this.#runtime = hosted.runtime;
    this.#view = view;
    this.#logics = logics;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    if (onEvent) this.#watchers.add(onEvent);
    this.failed = this.#runtime.failed;
    // A run that failed may be opened again by this process, whether it was closed or not.
    this.failed
      .catch(() => {
        clearInterval(this.#alive);
        return hosted.release();
      })
      .catch(() => {});
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
    const { status } = this.state(stream);
    if (!this.#runtime.system.isActive(stream)) {
      const why = this.#view.crashOf(stream)?.reason;
      throw new PleachError(
        "run.inactiveStream",
        `stream ${stream} takes no events: it is ${status}${status === "crashed" && why !== undefined ? ` (${why})` : ""}`,
        { hint: this.#explainInactive(stream) },
      );
    }
    const kind = this.#runtime.system.actors.get(stream)?.kind ?? "";
    const machine = this.#logics[kind]?.machine;
    if (machine !== undefined) warnOfUnknown(machine, type, `stream ${stream} was sent`);
    return toEvent(await this.#ask(() => this.#runtime.send(stream, type, data)));
  }

  state(stream: string): StreamState {
    const actor = this.#view.system.actors.get(stream);
    if (actor === undefined) {
      throw new PleachError("run.unknownStream", `this run has no stream ${stream}`, {
        hint: hintOf(String(stream), this.#view.system.actors.keys()),
      });
    }
    const { value, context } = actor.snapshot;
    return { value, context, status: actor.status, incarnation: actor.incarnation, crash: this.#view.crashOf(stream) };
  }

  /** What is to become of a stream that is not active. */
  #explainInactive(stream: string): string {
    const root = this.#runtime.system.actors.get(ROOT) as ActorState;
    const { children, outcome } = root.snapshot.context as SupervisorContext;
    if (outcome.kind === "exhausted") return `the run is over: ${outcome.child} crashed too often; begin another one`;
    if (outcome.kind === "stopped") return "the run is over: begin another one";
    switch (children.find(({ id }) => id === stream)?.state) {
      case "backingOff":
        return "its supervisor restarts it in a moment: send again after its next actor.started";
      case "lost":
        return "its supervisor has given it up for good, and goes on with the others; state() holds the crash";
      case "done":
        return "it has come to its end, and is not started again";
      default:
        return "whoever started it decides whether it is started again";
    }
  }

  /** What a host of this library is told when the run is not open any more. */
  async #ask<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    try {
      return await send();
    } catch (thrown) {
      if (codeOf(thrown) !== "run.stopped") throw thrown;
      throw toStopped(thrown);
    }
  }

  events(): readonly RunEvent[] {
    return this.#view.events;
  }

  watch(watcher: (event: RunEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  until(is: (event: RunEvent) => boolean, { since }: UntilOptions = {}): Promise<RunEvent> {
    const past = since === undefined ? undefined : this.events().find((event) => event.seq > since && is(event));
    if (past !== undefined) return Promise.resolve(past);
    const coming = new Promise<RunEvent>((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const unwatch = this.watch((event) => {
        if (!is(event)) return;
        end();
        resolve(event);
      });
      const end = (why?: unknown): void => {
        unwatch();
        this.#waiting.delete(end);
        if (why !== undefined) reject(why);
      };
      this.#waiting.add(end);
      this.failed.catch(end);
    });
    coming.catch(() => {});
    return coming;
  }

  async stop(reason: string): Promise<void> {
    await this.#ask(() => this.#runtime.send(ROOT, "supervisor.stop", { reason }));
  }

  async close(): Promise<void> {
    try {
      await this.#hosted.close();
    } finally {
      this.#end(toStopped());
    }
  }

  #end(why: PleachError): void {
    clearInterval(this.#alive);
    this.#ended ??= why;
    for (const giveUp of [...this.#waiting]) giveUp(this.#ended);
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
    if (root?.status !== "done") return;
    const end = (root.snapshot.context as SupervisorContext).outcome as RunEnd;
    this.#finish(end);
    const how = end.kind === "exhausted" ? `${end.child} crashed too often: ${end.reason}` : "it was stopped";
    this.#end(
      new PleachError("run.over", `the run is over, and no event comes any more: ${how}`, {
        hint: "what came before is in events(), or in the log",
      }),
    );
  }
}

function toStopped(cause?: unknown): PleachError {
  return new PleachError("run.stopped", "the run is closed, or its host has failed", {
    hint: "openRun with the same folder goes on with it",
    ...(cause === undefined ? {} : { cause }),
  });
}

function toEvent({ seq, time, actor, type, data }: LogRecord): RunEvent {
  return { seq, time: new Date(time).toISOString(), actor, type, data: data as Record<string, unknown> };
}
