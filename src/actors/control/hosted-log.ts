/**
 * A log that this process hosts: taken over under its lease, folded (from a snapshot where there is one), written through a
 * runtime, and let go of again. Both kinds of hosts stand on it: that of a plan's run and that of a run of the library.
 *
 * HOSTED-1 Nothing is read or written before the lease is held; it is released when nothing is written any more, also after a
 *    failure.
 * HOSTED-2 A listener gets every record of this epoch once, in order and durable, whenever it begins to listen.
 * HOSTED-3 A snapshot is a cache: what is wrong with one, or with the saving of one, costs time and nothing else. It is of
 *    durable records only, all of which the state has been given.
 */
import { codeOf, type PleachError } from "../../errors.ts";
import { HOST } from "../../protocol/address.ts";
import type { LogEnd, LogRecord, LogStore, SnapshotStore } from "../log/index.ts";
import { hashMachines } from "../runtime/machine-hash.ts";
import { openRuntime } from "../runtime/open-runtime.ts";
import { createFoldCheck } from "../runtime/replay.ts";
import { type Runtime, type RuntimeOptions, toMachines, type Watcher } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { describeSelf, HOST_CLOSED } from "./epoch-lease.ts";
import type { HostFacts, Lease, LeaseHolder } from "./lease.ts";

/** What a host knows of its run besides what the runtime knows. */
export interface HostedState {
  /** Begins anew: from what `save` kept, or from nothing (undefined). Called again when a snapshot is worth nothing. */
  reset(kept: unknown): void;
  /** A record of an earlier epoch, folded; in order. */
  recover(record: LogRecord): void;
  /** All of the log is read. What it throws refuses the run, before anything is written. */
  ready(system: ActorSystem, end: LogEnd): void;
  /** JSON of the actors and of what else is kept, after the last record that was given; null while it cannot be told. */
  save(): { system: unknown; kept: unknown } | null;
}

export interface HostedLogOptions extends Pick<RuntimeOptions, "logics" | "perform" | "clock" | "root" | "around"> {
  log: LogStore;
  lease: Lease;
  /** Null: none are kept. */
  snapshots: SnapshotStore | null;
  /** Name and version: another one folds from the beginning, for hashes of machines do not see what these call. */
  program: string;
  /** Facts for the epoch record, besides those of every one. */
  describeEpoch?: (epoch: number) => Record<string, unknown>;
  /** Whether the last record says that the host is closed: for one whose process may live on. Default false. */
  saysClosed?: boolean;
  state: HostedState;
  /** The words of the refusal when somebody hosts the log already. */
  toLiveError: (holder: LeaseHolder) => PleachError;
}

/** What a snapshot depends on besides the log: it is of use only to the same program with the same machines. */
export function toSnapshotKey(program: string, machineHashes: Readonly<Record<string, string>>): string {
  return JSON.stringify([program, machineHashes]);
}

/** Records between two snapshots. */
const SNAPSHOT_EVERY = 5_000;

interface Saved {
  state: { system: unknown; kept: unknown };
  crc: string;
}

/** Made by `HostedLog.open`. */
export class HostedLog {
  readonly #options: HostedLogOptions;
  readonly #machines: Record<string, string>;
  readonly #key: string;
  #runtime!: Runtime;
  #release: () => Promise<void> = async () => {};
  /** Whether the log was read to its end. */
  #isRead = false;
  #listener: Watcher | null = null;
  /** Durable records that nobody was given yet. */
  #backlog: LogRecord[] = [];
  #last = { seq: 0, crc: "" };
  #savedSeq = 0;
  #saving: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  private constructor(options: HostedLogOptions) {
    this.#options = options;
    this.#machines = hashMachines(toMachines(options.logics));
    this.#key = toSnapshotKey(options.program, this.#machines);
  }

  /**
   * Takes over a log. Rejects with what `toLiveError` makes while it is hosted, and as `openRuntime` does: `log.damaged`,
   * `log.newer`, `log.incompatible`, `log.differs`, `log.taken`, `log.failed`.
   */
  static async open(options: HostedLogOptions): Promise<HostedLog> {
    const hosted = new HostedLog(options);
    const self = describeSelf();
    const acquired = await options.lease.acquire(self, () => hosted.#takeOver(self));
    if (acquired.kind === "held") throw options.toLiveError(acquired.by);
    hosted.#release = acquired.release;
    return hosted;
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  /** The last durable record of this epoch. */
  get seq(): number {
    return this.#last.seq;
  }

  async #takeOver(self: HostFacts): Promise<void> {
    const saved = ((await this.#options.snapshots?.loadNewest({ key: this.#key })) ?? null) as Saved | null;
    try {
      await this.#openRuntime(self, saved);
    } catch (thrown) {
      if (saved === null || this.#isRead) throw thrown;
      await this.#openRuntime(self, null);
    }
  }

  async #openRuntime(self: HostFacts, saved: Saved | null): Promise<void> {
    const { log, logics, perform, clock, root, around, program, state, describeEpoch } = this.#options;
    const checkFold = createFoldCheck(this.#machines);
    state.reset(saved?.state.kept);
    this.#runtime = await openRuntime({
      log,
      logics,
      perform,
      clock,
      root,
      ...(around === undefined ? {} : { around }),
      ...(saved === null ? {} : { restore: (system) => system.restore(saved.state.system), afterCrc: saved.crc }),
      epoch: (epoch) => ({ epoch, ...self, program, machines: this.#machines, ...describeEpoch?.(epoch) }),
      check: (record, applied) => {
        checkFold(record, applied);
        state.recover(record);
      },
      recovered: (system, end) => {
        this.#isRead = true;
        this.#savedSeq = end.seq;
        state.ready(system, end);
      },
      committed: (records) => this.#commit(records),
    });
  }

  /** Gives all records of this epoch, those first that are there already. To be called once. */
  listen(listener: Watcher): void {
    this.#listener = listener;
    const backlog = this.#backlog;
    this.#backlog = [];
    if (backlog.length > 0) this.#give(listener, backlog);
  }

  /** Lets others take over a log that failed, without waiting for the performers. */
  release(): Promise<void> {
    return this.#release();
  }

  /** Stops performing, waits for the performers, closes the log, keeps a snapshot. Does not reject for a log that failed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const runtime = this.#runtime;
    try {
      // The last word and the stop in one go: nothing may be recorded behind it.
      const said = this.#options.saysClosed ? runtime.send(HOST, HOST_CLOSED, { epoch: runtime.epoch }) : null;
      await Promise.all([said, runtime.stop()]);
      this.#save();
    } catch (thrown) {
      // A host that failed has told so by `failed`; there is nothing left to close.
      if (codeOf(thrown) !== "run.stopped" && codeOf(thrown) !== "log.failed") throw thrown;
    } finally {
      await this.#saving;
      await this.#release();
    }
  }

  #commit(records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined) this.#last = { seq: last.seq, crc: last.crc };
    if (this.#listener === null) this.#backlog.push(...records);
    else this.#give(this.#listener, records);
  }

  #give(listener: Watcher, records: readonly LogRecord[]): void {
    listener(records);
    if (this.#last.seq - this.#savedSeq >= SNAPSHOT_EVERY) this.#save();
  }

  #save(): void {
    const { snapshots, state } = this.#options;
    if (snapshots === null || this.#listener === null) return;
    const kept = state.save();
    if (kept === null) return;
    const snapshot = { ...this.#last, key: this.#key, state: kept };
    this.#savedSeq = snapshot.seq;
    this.#saving = this.#saving.then(() => snapshots.save(snapshot)).catch(() => {});
  }
}
