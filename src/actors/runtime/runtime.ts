/**
 * The one loop: an event is appended to the log, folded into its actor, and what that asks for is performed. Knows
 * neither git nor plans. Opening a log and recovering it is in `open-runtime.ts`, what a batch is in `batch.ts`.
 *
 * RUNTIME-1 One batch is one external event and all internal effects that follow from it; its records go to the log together
 *    (RULE-3). Steps run ahead of the disk; performers, answers and watchers only ever see what is durable.
 * RUNTIME-2 After the log failed nothing is performed any more; `failed` rejects and the host ends (RULE-3).
 * RUNTIME-3 Recovery folds the log, delivers internal effects of a torn batch, then performs what is still open (RULE-6, RULE-8).
 * RUNTIME-4 A crash is a record to the parent. A root that crashes is the end of the run's host, never of its log.
 * RUNTIME-5 A step whose context fails its kind's check ends the host before anything of its batch is written: the log can be
 *    gone on with by a program that is right.
 * RUNTIME-6 A host that stops in good order may hear its performers out: what they report of the work that is being stopped,
 *    such as what it cost, is recorded; outcomes are not, and nothing that follows is performed.
 */
import type { AnyStateMachine } from "xstate";
import { messageOf, PleachError } from "../../errors.ts";
import type { LogEnd, LogRecord, LogStore, LogWriter } from "../log/port.ts";
import { Batch, type Message, type StateCheck } from "./batch.ts";
import { isInternal } from "./internal-effects.ts";
import type { OpenEffect } from "./open-effects.ts";
import type { Clock, OpenPerformers, Outcome, PerformContext, Performer } from "./ports.ts";
import type { ActorSystem, Applied } from "./system.ts";

/** An actor kind: its machine and, for effects that only it asks for, its performers. */
export interface Logic {
  machine: AnyStateMachine;
  perform?: OpenPerformers;
  /** Asked after each of its steps, but not of those that are read from the log (RUNTIME-5). */
  check?: StateCheck;
}
export type Logics = Readonly<Record<string, Logic>>;

/** The machines alone, by kind. */
export function toMachines(logics: Logics): Record<string, AnyStateMachine> {
  return Object.fromEntries(Object.entries(logics).map(([kind, { machine }]) => [kind, machine]));
}

export interface RuntimeOptions {
  log: LogStore;
  logics: Logics;
  /** OpenPerformers of effects that any actor may ask for. */
  perform: OpenPerformers;
  clock: Clock;
  /** The root actor; started when the log is empty, and once more when it has ended and `again` gives it an input. */
  root: { id: string; kind: string; input: unknown; again?: (system: ActorSystem) => unknown };
  /** Facts for the epoch record, besides its number. */
  epoch: (epoch: number) => Record<string, unknown>;
  /** A saved state to start folding from, if there is one. */
  restore?: (system: ActorSystem) => void;
  /** crc of the last record in the restored state: reading on refuses another history with `log.otherHistory`. */
  afterCrc?: string;
  /** Checks the fold of every record read (throws to refuse); `createFoldCheck` in replay.ts is the usual one. */
  check?: (record: LogRecord, applied: Applied) => void;
  /** Called with what was folded, before anything new is written. */
  recovered?: (system: ActorSystem, end: LogEnd) => void;
  /** Told of every durable record of this epoch, in order: from the first one on, which is its own. */
  committed?: Watcher;
  /** Around every performer; for fault injection. */
  around?: (name: string, params: unknown, perform: () => Promise<Outcome | undefined>) => Promise<Outcome | undefined>;
}

export type Watcher = (records: readonly LogRecord[]) => void;

/** Runs the actors of one run. Made by `openRuntime`. */
export class Runtime {
  readonly system: ActorSystem;
  /** Rejects with the reason when the host cannot go on (RUNTIME-2, RUNTIME-4, RUNTIME-5); never resolves. */
  readonly failed: Promise<never>;
  readonly #options: RuntimeOptions;
  readonly #builtIn: OpenPerformers;
  readonly #writer: LogWriter;
  readonly #watchers = new Set<Watcher>();
  readonly #performing = new Map<string, { abort: AbortController; done: Promise<void> }>();
  #fail!: (reason: unknown) => void;
  #performs = false;
  /** Nothing is written any more. */
  #stopped = false;
  /** Nothing but reports is taken, and nothing is performed, until all that is performed has ended (RUNTIME-6). */
  #isClosing = false;
  #progress = 0;
  /** How far the log's time is ahead of the clock, ms. */
  #aheadMs = 0;
  /** Last record that another host may have acted on. */
  readonly #inherited: number;

  constructor(options: RuntimeOptions, system: ActorSystem, writer: LogWriter, inherited: number) {
    this.#options = options;
    this.#builtIn = { setTimer: timerPerformer((dueAt, fire) => this.#setTimer(dueAt, fire)) };
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
    if (this.#isClosing) throw hasStopped();
    const { records, durable } = this.#commit({ actor, type, data, cause: null });
    await durable;
    return records[0] as LogRecord;
  }

  /**
   * Delivers an outcome of an effect that comes by another way than its performer; resolves to whether it counted, once
   * that is durable. Whoever performs the effect meanwhile is told to end.
   */
  async answer(effect: string, outcome: Outcome): Promise<boolean> {
    const durable = this.#answer(effect, outcome);
    if (durable === null) return false;
    this.#performing.get(effect)?.abort.abort();
    await durable;
    return true;
  }

  /** Watches committed records, in order. Returns how to stop. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Delivers the mail of a batch that is not whole: of a torn one, or of the root that has just started (RUNTIME-3). */
  async settleMail(): Promise<void> {
    const mail = [...this.system.open.values()].filter(isInternal);
    if (mail.length > 0) await this.#commitAll((batch) => mail.map((effect) => batch.deliver(effect))).durable;
  }

  /** From here on effects are performed, first of all those that are open. Before it, `send` only records. */
  start(): void {
    this.#performs = true;
    for (const effect of [...this.system.open.values()]) {
      if (!isInternal(effect)) this.#perform(effect, effect.seq <= this.#inherited);
    }
  }

  /**
   * Stops performing: aborts everything under way, waits for it, and closes the log. The open effects stay open. `hears`: what
   * is reported until then is still recorded (RUNTIME-6).
   */
  async stop({ hears = false }: { hears?: boolean } = {}): Promise<void> {
    if (!this.#stopped && !this.#isClosing) {
      this.#isClosing = true;
      if (!hears) this.#stopped = true;
      for (const { abort } of this.#performing.values()) abort.abort();
    }
    await Promise.all([...this.#performing.values()].map(({ done }) => done));
    this.#stopped = true;
    await this.#writer.close();
  }

  /**
   * Takes an outcome, if its effect is open; null if it was answered before or withdrawn (RULE-6): delivered twice or late, an
   * outcome does no harm.
   */
  #answer(effect: string, outcome: Outcome | undefined): Promise<void> | null {
    const asked = this.system.open.get(effect);
    if (this.#stopped || this.#isClosing || asked === undefined) return null;
    const { type, ...data } = outcome ?? { type: "effect.done", effect: asked.name };
    return this.#commit({ actor: asked.actor, type, data, cause: effect }).durable;
  }

  #commit(message: Message): { records: LogRecord[]; durable: Promise<void> } {
    // What is no JSON is its sender's fault, and fails here rather than inside a batch.
    JSON.stringify(message.data);
    return this.#commitAll((batch) => batch.deliverMessage(message));
  }

  #commitAll(fill: (batch: Batch) => void): { records: LogRecord[]; durable: Promise<void> } {
    if (this.#stopped) throw hasStopped();
    const { nextSeq } = this.#writer;
    const batch = new Batch(this.system, nextSeq, this.now(), (kind) => this.#options.logics[kind]?.check);
    try {
      fill(batch);
      batch.settle();
    } catch (thrown) {
      this.#die(thrown);
      throw thrown;
    }
    const { records, durable } = this.#writer.append(batch.drafts);
    this.#demandNumber(records, nextSeq);
    const settled = durable.then(() => this.#settle(batch, records));
    settled.catch((thrown) => this.#die(thrown));
    return { records, durable: settled };
  }

  /** Effects and states were named by the numbers that the writer predicted: one that gives others is not to be built on. */
  #demandNumber([first]: readonly LogRecord[], predicted: number): void {
    if (first === undefined || first.seq === predicted) return;
    const broken = new PleachError(
      "log.misnumbered",
      `the log gave number ${first.seq} where it had said ${predicted}`,
      {
        hint: "this is a bug in the log that the run was opened with; the records that it holds can be replayed",
      },
    );
    this.#die(broken);
    throw broken;
  }

  /**
   * The time of the log. A clock that goes backwards must not take it with it, nor hold it still: timers are due in that
   * time, and would wait until the clock has caught up.
   */
  now(): number {
    const now = this.#options.clock.now();
    this.#aheadMs = now >= this.system.time ? 0 : Math.max(this.#aheadMs, this.system.time - now);
    return now + this.#aheadMs;
  }

  /** Arms a timer that is due in the log's time. */
  #setTimer(dueAt: number, fire: () => void): () => void {
    const now = this.now();
    return this.#options.clock.setTimer(dueAt - now + this.#options.clock.now(), fire);
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
      const isWanted = this.#performs && !this.#isClosing && !this.#stopped && this.system.open.has(effect.id);
      if (isWanted) this.#perform(effect, false);
    }
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
      this.#options.logics[kind]?.perform?.[name] ?? this.#options.perform[name] ?? this.#builtIn[name];
    const context: PerformContext = {
      effect: id,
      actor,
      signal,
      recovering,
      report: async ({ type, ...data }, to = actor) => {
        // A worker that comes back after its effect is over speaks of an attempt, or an incarnation, that is gone.
        if (this.#stopped || !this.system.open.has(id) || !this.system.isActive(to)) return;
        await this.#commit({ actor: to, type, data, cause: `${id}#${++this.#progress}` }).durable;
      },
    };
    const run = async (): Promise<Outcome | undefined> => {
      if (perform === undefined) throw new Error(`nothing performs the effect ${name}`);
      return perform(params, context);
    };
    try {
      const outcome = await (this.#options.around ? this.#options.around(name, params, run) : run());
      await this.#answer(id, outcome);
    } catch (thrown) {
      if (this.#stopped || this.#isClosing || signal.aborted || !this.system.open.has(id)) return;
      const message: Message = { actor, type: `${name}.threw`, data: {}, cause: id };
      await this.#commitAll((batch) => batch.crash(actor, messageOf(thrown), message)).durable.catch(() => {});
    }
  }
}

const hasStopped = (): PleachError =>
  new PleachError("run.stopped", "the run's host has stopped", { hint: "pleach resume" });

/** Performs `setTimer {timer, dueAt}`: fires at the absolute time, also after a recovery. */
function timerPerformer(setTimer: Clock["setTimer"]): Performer {
  return (params, { signal }) =>
    new Promise((resolve) => {
      const { timer, dueAt } = params as { timer: string; dueAt: number };
      const cancel = setTimer(dueAt, () => resolve({ type: "timer.fired", timer }));
      signal.addEventListener("abort", () => {
        cancel();
        resolve(undefined);
      });
    });
}
