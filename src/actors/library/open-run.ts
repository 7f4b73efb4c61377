/**
 * The library's run: streams of the user's own under a supervisor, over a log in a folder. Wires the runtime, the file
 * log, snapshots and the lock; holds no rule of its own.
 *
 * LIBRARY-1 What `state`, `events` and watchers show was folded from durable records only (RULE-3), in a system of its own: the
 *    runtime's may be ahead of the disk.
 * LIBRARY-2 A snapshot is of that system, so it never holds what the log may lose.
 */

import { randomInt } from "node:crypto";
import path from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import type { SupervisorContext, SupervisorInput } from "../../machines/supervisor.ts";
import { HOST } from "../../protocol/address.ts";
import type { RunEvent } from "../../protocol/client.ts";
import { describeSelf, findHostPid, HOST_CLOSED, type HostFacts, markEnded } from "../control/host-lock.ts";
import { readProgram } from "../control/program.ts";
import {
  type LogEnd,
  type LogRecord,
  type LogStore,
  openFileLog,
  openSnapshots,
  type SnapshotStore,
} from "../log/index.ts";
import { findNonJson } from "../runtime/json.ts";
import { hashMachines } from "../runtime/machine-hash.ts";
import { openRuntime } from "../runtime/open-runtime.ts";
import { systemClock } from "../runtime/ports.ts";
import { createFoldCheck } from "../runtime/replay.ts";
import type { Runtime, RuntimeOptions } from "../runtime/runtime.ts";
import { ActorSystem } from "../runtime/system.ts";
import type { LibraryRun, OpenRunOptions, RunEnd, StreamState } from "./library-run.ts";
import { type LogicMap, ROOT, readStreams, toMachines } from "./run-streams.ts";

const MAX_KEPT_EVENTS = 10_000;
const RECORDS_BETWEEN_SNAPSHOTS = 5_000;
const NEVER_ASKED = ["actor.started", "actor.stopped"];

/**
 * Opens a run: begins a new one, or goes on with the one in the folder. Rejects with `run.live` while a living process
 * has it open, `run.otherStreams` when the log is of other streams, `machine.impure`, `stream.badName`, and as the log
 * does: `log.damaged`, `log.newer`, `log.incompatible`, `log.differs`, `log.failed`.
 */
export async function openRun(options: OpenRunOptions): Promise<LibraryRun> {
  const { logics, children } = readStreams(options.streams, options.kinds ?? {});
  const log = options.log ?? openFileLog(path.join(options.dir, "log"));
  refuseLive(await findHostPid(log), options.dir);
  const snapshots = options.log === undefined ? openSnapshots(path.join(options.dir, "snapshots")) : null;
  const key = JSON.stringify([readProgram(), hashMachines(toMachines(logics))]);
  const saved = (await snapshots?.loadNewest({ key })) ?? null;
  const run = new HostedRun(options, { logics, log, saving: snapshots && { snapshots, key } });
  const {
    strategy = "one_for_one",
    intensity = { max: 3, periodMs: 5_000 },
    degrade = false,
  } = options.supervision ?? {};
  const input: SupervisorInput = { strategy, intensity, degrade, children, seed: randomInt(2 ** 31) };
  try {
    await run.open(input, saved);
  } catch (thrown) {
    if (codeOf(thrown) === "log.taken") refuseLive(await findHostPid(log), options.dir);
    // A snapshot is a cache: whatever is wrong with it, the log is read from its beginning.
    if (saved === null || run.hasRead) throw thrown;
    await run.open(input, null);
  }
  return run;
}

function refuseLive(pid: number | null, dir: string): void {
  if (pid === null) return;
  throw new PleachError("run.live", `the run in ${dir} is open in process ${pid}`, {
    hint: "close it there first, or end that process",
    file: dir,
  });
}

interface Wiring {
  logics: LogicMap;
  log: LogStore;
  saving: { snapshots: SnapshotStore; key: string } | null;
}
interface SavedState {
  state: unknown;
  crc: string;
}

class HostedRun implements LibraryRun {
  readonly done: Promise<RunEnd>;
  failed: Promise<never> = new Promise(() => {});
  /** Whether the log was read to its end. */
  hasRead = false;
  readonly #options: OpenRunOptions;
  readonly #wiring: Wiring;
  readonly #self: HostFacts = describeSelf();
  readonly #watchers = new Set<(event: RunEvent) => void>();
  #runtime!: Runtime;
  #view!: ActorSystem;
  #events: RunEvent[] = [];
  #lastCrc = "";
  #savedSeq = 0;
  #saving: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #finish!: (end: RunEnd) => void;

  constructor(options: OpenRunOptions, wiring: Wiring) {
    this.#options = options;
    this.#wiring = wiring;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    if (options.onEvent) this.#watchers.add(options.onEvent);
  }

  async open(input: SupervisorInput, saved: SavedState | null): Promise<void> {
    const { logics, log } = this.#wiring;
    const machineHashes = hashMachines(toMachines(logics));
    const check = createFoldCheck(machineHashes);
    this.#events = [];
    const options: RuntimeOptions = {
      log,
      logics,
      perform: {},
      clock: this.#options.clock ?? systemClock,
      root: { id: ROOT, kind: "supervisor", input },
      epoch: (epoch) => ({ epoch, program: `${readProgram()} (library)`, ...this.#self, machines: machineHashes }),
      check: (record, applied) => {
        check(record, applied);
        this.#remember(record);
      },
      recovered: (system, end) => this.#recover(system, end, input),
      committed: (records) => this.#commit(records),
    };
    this.#runtime = await openRuntime(
      saved === null ? options : { ...options, restore: (system) => system.restore(saved.state), afterCrc: saved.crc },
    );
    this.failed = this.#runtime.failed;
    this.failed.catch(() => markEnded(this.#self));
    this.#runtime.start();
  }

  async send(stream: string, event: { type: string; [key: string]: unknown }): Promise<RunEvent> {
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
    const actor = this.#view.actors.get(stream);
    if (actor === undefined) {
      throw new PleachError("run.unknownStream", `this run has no stream ${stream}`, {
        hint: `its actors are ${[...this.#view.actors.keys()].join(", ")}`,
      });
    }
    const { value, context } = actor.snapshot;
    return { value, context, status: actor.status, incarnation: actor.incarnation };
  }

  events(): readonly RunEvent[] {
    return this.#events.slice(-MAX_KEPT_EVENTS);
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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      // The last word and the stop in one go: nothing may be recorded behind it.
      const said = this.#runtime.send(HOST, HOST_CLOSED, { epoch: this.#runtime.epoch });
      const stopped = this.#runtime.stop();
      await Promise.all([said, stopped]);
      this.#save();
    } catch (thrown) {
      // A host that failed has told so by `failed`; there is nothing left to close.
      if (codeOf(thrown) !== "run.stopped" && codeOf(thrown) !== "log.failed") throw thrown;
    } finally {
      markEnded(this.#self);
    }
    await this.#saving;
  }

  /** Takes over what the log says, before anything new is written. */
  #recover(system: ActorSystem, end: LogEnd, input: SupervisorInput): void {
    this.hasRead = true;
    this.#lastCrc = end.crc;
    const root = system.actors.get(ROOT);
    if (root !== undefined) {
      const recorded = (root.snapshot.context as SupervisorContext).children.map(({ id }) => id);
      const given = input.children.map(({ id }) => id);
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
    this.#view = new ActorSystem(toMachines(this.#wiring.logics));
    this.#view.restore(system.persist());
    this.#savedSeq = this.#view.seq;
  }

  #commit(records: readonly LogRecord[]): void {
    for (const record of records) {
      this.#view.apply(record);
      const event = this.#remember(record);
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
    this.#lastCrc = records.at(-1)?.crc ?? this.#lastCrc;
    if (this.#view.seq - this.#savedSeq >= RECORDS_BETWEEN_SNAPSHOTS) this.#save();
    this.#noticeEnd();
  }

  #remember(record: LogRecord): RunEvent {
    const event = toEvent(record);
    this.#events.push(event);
    if (this.#events.length > 2 * MAX_KEPT_EVENTS) this.#events = this.#events.slice(-MAX_KEPT_EVENTS);
    return event;
  }

  #noticeEnd(): void {
    const root = this.#view.actors.get(ROOT);
    if (root?.status === "done") this.#finish((root.snapshot.context as SupervisorContext).outcome as RunEnd);
  }

  #save(): void {
    const { saving } = this.#wiring;
    if (saving === null) return;
    const { seq } = this.#view;
    const snapshot = { seq, crc: this.#lastCrc, key: saving.key, state: this.#view.persist() };
    this.#savedSeq = seq;
    // A snapshot that cannot be saved costs the next start some time, and nothing else.
    this.#saving = this.#saving.then(() => saving.snapshots.save(snapshot)).catch(() => {});
  }
}

function toEvent({ seq, time, actor, type, data }: LogRecord): RunEvent {
  return { seq, time: new Date(time).toISOString(), actor, type, data: data as Record<string, unknown> };
}
