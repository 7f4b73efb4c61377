/**
 * The one loop: an event is appended to the log, folded into its actor, and what that asks for is performed. Owns the
 * mailbox, the batches, performing and recovery; knows neither git nor plans.
 *
 * T1 One batch is one external event and all internal effects that follow from it; its records go to the log together
 *    (R3). Steps run ahead of the disk; performers, answers and watchers only ever see what is durable.
 * T2 After the log failed nothing is performed any more; `failed` rejects and the host ends (R3).
 * T3 Recovery folds the log, delivers internal effects of a torn batch, then performs what is still open (R6, R8).
 * T4 A crash is a record to the parent. A root that crashes is the end of the run's host, never of its log.
 */
import type { AnyStateMachine } from "xstate";
import { messageOf, PleachError } from "../errors.ts";
import { isInternal, type SpawnParams, type StopParams, type TellParams } from "./internal-effects.ts";
import type { LogEnd, LogRecord, LogStore, LogWriter, RecordDraft } from "./log/port.ts";
import type { Clock, Outcome, PerformContext, Performer, Performers } from "./ports.ts";
import { ActorSystem, type Applied, DEAD_LETTERS, HOST, type OpenEffect, StepFailure } from "./system.ts";

/** An actor kind: its machine and, for effects that only it asks for, its performers. */
export interface Logic {
  machine: AnyStateMachine;
  perform?: Performers;
}
export type Logics = Readonly<Record<string, Logic>>;

export interface RuntimeOptions {
  log: LogStore;
  logics: Logics;
  /** Performers of effects that any actor may ask for. */
  perform: Performers;
  clock: Clock;
  /** The root actor; started when the log is empty. */
  root: { id: string; kind: string; input: unknown };
  /** Facts for the epoch record, besides its number. */
  epoch: (epoch: number) => Record<string, unknown>;
  /** A saved state to start folding from, if there is one. */
  restore?: (system: ActorSystem) => void;
  /** crc of the last record in the restored state: reading on refuses another history with `log.otherHistory`. */
  afterCrc?: string;
  /** Checks the fold of every record read (throws to refuse); `verifyFold` in verify.ts is the usual one. */
  check?: (record: LogRecord, applied: Applied) => void;
  /** Called with what was folded, before anything new is written. */
  recovered?: (system: ActorSystem, end: LogEnd) => void;
  /** Around every performer; for fault injection. */
  around?: (name: string, params: unknown, perform: () => Promise<Outcome | undefined>) => Promise<Outcome | undefined>;
}

interface Message {
  actor: string;
  type: string;
  data: Record<string, unknown>;
  cause: string | null;
}

export type Watcher = (records: readonly LogRecord[]) => void;

/** Runs the actors of one run. Made by `openRuntime`. */
export class Runtime {
  readonly system: ActorSystem;
  /** Rejects with the reason when the host cannot go on (T2, T4); never resolves. */
  readonly failed: Promise<never>;
  readonly #options: RuntimeOptions;
  readonly #writer: LogWriter;
  readonly #watchers = new Set<Watcher>();
  readonly #performing = new Map<string, { abort: AbortController; done: Promise<void> }>();
  #fail!: (reason: unknown) => void;
  #performs = false;
  #stopped = false;
  #progress = 0;
  /** Last record that another host may have acted on. */
  readonly #inherited: number;

  constructor(options: RuntimeOptions, system: ActorSystem, writer: LogWriter, inherited: number) {
    this.#options = options;
    this.system = system;
    this.#writer = writer;
    this.#inherited = inherited;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  get epoch(): number {
    return this.#writer.epoch;
  }

  /** Last record that an earlier epoch wrote. */
  get inherited(): number {
    return this.#inherited;
  }

  /** Sends an event from outside; resolves with its record once durable. Throws when the runtime has stopped. */
  async send(actor: string, type: string, data: Record<string, unknown> = {}): Promise<LogRecord> {
    const { records, durable } = this.#commit({ actor, type, data, cause: null });
    await durable;
    return records[0] as LogRecord;
  }

  /** Watches committed records, in order. Returns how to stop. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Delivers the mail of a batch that is not whole: of a torn one, or of the root that has just started (T3). */
  async settleMail(): Promise<void> {
    const mail = [...this.system.open.values()].filter(isInternal);
    if (mail.length > 0) await this.#commitAll((batch) => mail.map((effect) => this.#deliver(effect, batch))).durable;
  }

  /** From here on effects are performed, first of all those that are open. Before it, `send` only records. */
  start(): void {
    this.#performs = true;
    for (const effect of [...this.system.open.values()]) {
      if (!isInternal(effect)) this.#perform(effect, effect.seq <= this.#inherited);
    }
  }

  /** Stops performing: aborts everything under way, waits for it, and closes the log. The open effects stay open. */
  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      for (const { abort } of this.#performing.values()) abort.abort();
    }
    await Promise.all([...this.#performing.values()].map(({ done }) => done));
    await this.#writer.close();
  }

  #commit(message: Message): { records: LogRecord[]; durable: Promise<void> } {
    // What is no JSON is its sender's fault, and fails here rather than inside a batch.
    JSON.stringify(message.data);
    return this.#commitAll((batch) => this.#deliverMessage(message, batch));
  }

  #commitAll(fill: (batch: Batch) => void): { records: LogRecord[]; durable: Promise<void> } {
    if (this.#stopped) throw new PleachError("run.stopped", "the run's host has stopped", { hint: "pleach resume" });
    const batch: Batch = { drafts: [], mail: [], perform: [], withdrawn: [], time: this.#now() };
    try {
      fill(batch);
      for (let next = batch.mail.shift(); next !== undefined; next = batch.mail.shift()) this.#deliver(next, batch);
    } catch (thrown) {
      this.#die(thrown);
      throw thrown;
    }
    const { records, durable } = this.#writer.append(batch.drafts);
    const settled = durable.then(() => this.#settle(batch, records));
    settled.catch((thrown) => this.#die(thrown));
    return { records, durable: settled };
  }

  /** A clock that goes backwards must not take the log's time with it. */
  #now(): number {
    return Math.max(this.system.time, this.#options.clock.now());
  }

  #die(reason: unknown): void {
    this.#stopped = true;
    for (const { abort } of this.#performing.values()) abort.abort();
    this.#fail(reason);
  }

  #settle(batch: Batch, records: readonly LogRecord[]): void {
    for (const watcher of this.#watchers) watcher(records);
    for (const effect of batch.withdrawn) this.#performing.get(effect.id)?.abort.abort();
    for (const effect of batch.perform) {
      if (this.#performs && !this.#stopped && this.system.open.has(effect.id)) this.#perform(effect, false);
    }
  }

  /** Delivers one internal effect: a message, a start, a stop, or a letter set aside. */
  #deliver(effect: OpenEffect, batch: Batch): void {
    const { id: cause } = effect;
    if (effect.name === "tell") {
      const { to, event } = effect.params as TellParams;
      const { type, ...data } = event;
      if (this.system.isActive(to)) this.#deliverMessage({ actor: to, type, data, cause }, batch);
      else this.#append({ actor: DEAD_LETTERS, type: "letter.dropped", data: { to, event: type }, cause }, batch);
    } else if (effect.name === "spawnActor") {
      const { id, kind } = effect.params as SpawnParams;
      const parent = effect.actor;
      if (!this.system.isActive(parent)) {
        this.#append(
          { actor: DEAD_LETTERS, type: "letter.dropped", data: { to: id, event: "actor.started" }, cause },
          batch,
        );
        return;
      }
      const incarnation = (this.system.actors.get(id)?.incarnation ?? 0) + 1;
      this.#deliverMessage({ actor: id, type: "actor.started", data: { kind, parent, incarnation }, cause }, batch);
    } else if (effect.name === "stopActor") {
      this.#stopTree(effect.params as StopParams, cause, batch);
    } else {
      this.#append(
        { actor: DEAD_LETTERS, type: "letter.setAside", data: effect.params as Record<string, unknown>, cause },
        batch,
      );
    }
  }

  #stopTree({ id, reason }: StopParams, cause: string, batch: Batch): void {
    const order = this.system.shutdownOrder(id);
    if (order.length === 0) {
      this.#append(
        { actor: DEAD_LETTERS, type: "letter.dropped", data: { to: id, event: "actor.stopped" }, cause },
        batch,
      );
    }
    for (const [index, actor] of order.entries()) {
      const last = index === order.length - 1;
      this.#append({ actor, type: "actor.stopped", data: { reason }, cause: last ? cause : null }, batch);
    }
  }

  /** Steps an actor; a step that throws becomes a crash told to the parent instead. */
  #deliverMessage(message: Message, batch: Batch): void {
    try {
      this.#append(message, batch);
    } catch (thrown) {
      if (!(thrown instanceof StepFailure)) throw thrown;
      this.#crash(message.actor, messageOf(thrown.cause), message, batch);
    }
  }

  #crash(actor: string, reason: string, message: Message, batch: Batch): void {
    const parent = this.system.actors.get(actor)?.parent ?? (message.data as { parent?: string | null }).parent ?? null;
    if (parent === null) {
      throw new PleachError("run.rootCrashed", `the root actor crashed on ${message.type}: ${reason}`, {
        hint: "this is a bug in the root's machine; the log is intact and can be replayed",
      });
    }
    const { type, data } = message;
    const crash = { child: actor, reason, event: { type, data } };
    this.#deliverMessage({ actor: parent, type: "child.crashed", data: crash, cause: message.cause }, batch);
  }

  #append(message: Message, batch: Batch): void {
    const seq = this.#writer.nextSeq + batch.drafts.length;
    // The fold sees what a reader of the log will see: data that went through JSON.
    const data = JSON.parse(JSON.stringify(message.data)) as Record<string, unknown>;
    const { actor, type, cause } = message;
    const applied = this.system.apply({ seq, time: batch.time, actor, type, data, cause });
    batch.drafts.push({ time: batch.time, actor, type, data, effects: applied.refs, cause });
    batch.withdrawn.push(...applied.withdrawn);
    for (const effect of applied.effects) (isInternal(effect) ? batch.mail : batch.perform).push(effect);
  }

  #perform(effect: OpenEffect, recovering: boolean): void {
    const abort = new AbortController();
    const work = this.#carryOut(effect, abort.signal, recovering).finally(() => this.#performing.delete(effect.id));
    this.#performing.set(effect.id, { abort, done: work });
  }

  async #carryOut(effect: OpenEffect, signal: AbortSignal, recovering: boolean): Promise<void> {
    const { id, actor, name, params } = effect;
    const kind = this.system.actors.get(actor)?.kind ?? "";
    const perform: Performer | undefined =
      this.#options.logics[kind]?.perform?.[name] ?? this.#options.perform[name] ?? builtIn[name];
    const context: PerformContext = {
      effect: id,
      actor,
      signal,
      recovering,
      report: async ({ type, ...data }, to = actor) => {
        if (this.#stopped || !this.system.isActive(to)) return;
        await this.#commit({ actor: to, type, data, cause: `${id}#${++this.#progress}` }).durable;
      },
    };
    const run = async (): Promise<Outcome | undefined> => {
      if (perform === undefined) throw new Error(`nothing performs the effect ${name}`);
      return perform === armTimer
        ? armTimer(params as never, context, this.#options.clock)
        : perform(params as never, context);
    };
    try {
      const outcome = await (this.#options.around ? this.#options.around(name, params, run) : run());
      if (this.#stopped || !this.system.open.has(id)) return;
      const { type, ...data } = outcome ?? { type: "effect.done", effect: name };
      await this.#commit({ actor, type, data, cause: id }).durable;
    } catch (thrown) {
      if (this.#stopped || signal.aborted || !this.system.open.has(id)) return;
      const message: Message = { actor, type: `${name}.threw`, data: {}, cause: id };
      await this.#commitAll((batch) => this.#crash(actor, messageOf(thrown), message, batch)).durable.catch(() => {});
    }
  }
}

interface Batch {
  drafts: RecordDraft[];
  mail: OpenEffect[];
  perform: OpenEffect[];
  withdrawn: OpenEffect[];
  time: number;
}

/** Performs `setTimer {timer, dueAt}`: fires at the absolute time, also after a recovery. */
const armTimer = (
  params: { timer: string; dueAt: number },
  { signal }: PerformContext,
  clock?: Clock,
): Promise<Outcome | undefined> =>
  new Promise((resolve) => {
    const cancel = clock?.setTimer(params.dueAt, () => resolve({ type: "timer.fired", timer: params.timer }));
    signal.addEventListener("abort", () => {
      cancel?.();
      resolve(undefined);
    });
  });

const builtIn: Performers = { setTimer: armTimer };

/**
 * Folds what the log holds, takes it over by a new epoch, and gives the runtime; `start()` sets it performing.
 * Rejects with `log.damaged`, `log.newer`, `log.incompatible`, `log.taken` or `log.failed`.
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const machines = Object.fromEntries(Object.entries(options.logics).map(([kind, { machine }]) => [kind, machine]));
  const system = new ActorSystem(machines);
  options.restore?.(system);
  const { afterCrc } = options;
  const records = options.log.read({ afterSeq: system.seq, ...(afterCrc === undefined ? {} : { afterCrc }) });
  let next = records.next();
  for (; !next.done; next = records.next()) {
    const applied = applyRecorded(system, next.value);
    options.check?.(next.value, applied);
  }
  options.recovered?.(system, next.value);
  const time = Math.max(system.time, options.clock.now());
  const seq = next.value.seq + 1;
  const inherited = system.seq;
  const begin = (epoch: number): RecordDraft[] => {
    const first = { time, actor: HOST, type: "epoch.started", data: options.epoch(epoch), effects: [], cause: null };
    return system.actors.has(options.root.id)
      ? [first]
      : [first, startRoot(system, options.root, { time, seq: seq + 1 })];
  };
  // What was folded is only this log's end if nobody began an epoch since.
  const writer = await options.log.beginEpoch(begin, { after: next.value.epoch });
  system.seq = writer.nextSeq - 1;
  const runtime = new Runtime(options, system, writer, inherited);
  await runtime.settleMail();
  return runtime;
}

/** The record that starts the root. It comes with the epoch's, so that no log holds a run that never began. */
function startRoot(
  system: ActorSystem,
  { id: actor, kind, input }: RuntimeOptions["root"],
  at: { time: number; seq: number },
): RecordDraft {
  const data = JSON.parse(JSON.stringify({ kind, parent: null, incarnation: 1, input }));
  const { refs } = system.apply({ ...at, actor, type: "actor.started", data, cause: null });
  return { time: at.time, actor, type: "actor.started", data, effects: refs, cause: null };
}

/** Folds one record of a log; a step that throws on a recorded event means another program wrote it. */
export function applyRecorded(system: ActorSystem, record: LogRecord): Applied {
  try {
    return system.apply(record);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    throw new PleachError("log.incompatible", `record ${record.seq} cannot be folded: ${thrown.message}`, {
      hint: "the log was written by another version of the machines; use the program that wrote it",
      cause: thrown,
    });
  }
}
