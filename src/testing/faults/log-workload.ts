/**
 * A workload for one log, generated from a seed: epochs of appends by several producers, ended by closing, by a kill, by a
 * loss of power, or by another process that takes over; with one step broken, or none. `LogChecker` checks what is left each
 * time.
 */
import type { LogRecord, LogStore, LogWriter, RecordDraft } from "../../actors/log/port.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { createRandomSequence, type RandomSequence } from "../determinism/seeded-random.ts";
import { assertGuarantee } from "./assert-guarantee.ts";
import type { Fault, FaultInjector } from "./fault-injector.ts";
import { LogChecker } from "./log-checker.ts";
import {
  type CrashKind,
  type CreateLogUnderTest,
  type LogUnderTest,
  runUnderFault,
  type WorkloadResult,
} from "./log-under-test.ts";

/** Runs the workload of `seed`. Throws `faults.broken` when the log breaks a guarantee. */
export function runLogWorkload(create: CreateLogUnderTest, seed: number, fault: Fault | null): Promise<WorkloadResult> {
  return runUnderFault(create, fault, (log, injector) => new LogWorkload(log, injector, seed).run());
}

class LogWorkload {
  readonly #log: LogUnderTest;
  readonly #injector: FaultInjector;
  readonly #checker = new LogChecker();
  /** Decides what is done; what a crash does has a sequence of its own, so that a fault changes nothing of the rest. */
  readonly #random: RandomSequence;
  readonly #crashRandom: RandomSequence;
  #count = 0;
  /** Number of the first step that the newest writer took. */
  #firstStep = 0;
  #lastCrash: CrashKind | "none" = "none";

  constructor(log: LogUnderTest, injector: FaultInjector, seed: number) {
    this.#log = log;
    this.#injector = injector;
    this.#random = createRandomSequence(seed, "history");
    this.#crashRandom = createRandomSequence(seed, "crashes");
  }

  async run(): Promise<void> {
    const epochs = 2 + this.#random.below(3);
    for (let epoch = 0; epoch < epochs; epoch++) await this.#runEpoch(await this.#beginEpoch());
    const { writer } = await this.#beginEpoch();
    await this.#tolerate(() => writer.close());
  }

  async #runEpoch({ writer }: { writer: LogWriter }): Promise<void> {
    const answers: Promise<boolean>[] = [];
    const groups = 1 + this.#random.below(4);
    let isHealthy = true;
    for (let group = 0; group < groups; group++) {
      const appends = 1 + this.#random.below(3);
      const isAwaited = this.#random.chance(0.7);
      for (let each = 0; each < appends; each++) answers.push(this.#append(writer));
      if (isAwaited) isHealthy = (await Promise.all(answers)).every(Boolean);
      if (!isHealthy) break;
    }
    const ending = this.#random.pick(["closed", "killed", "powerLost", "takenOver"] as const);
    if (!isHealthy) await this.#expectNoWrites(writer);
    else if (ending === "closed") await this.#close(writer);
    else if (ending === "takenOver" && (await Promise.all(answers)).every(Boolean)) return this.#takeOver(writer);
    this.#crash(ending === "closed" || ending === "takenOver" ? this.#randomCrash() : ending);
    await Promise.all(answers);
  }

  /** Another process begins the next epoch while this writer still lives: what it appends late must not count. */
  async #takeOver(writer: LogWriter): Promise<void> {
    const { writer: next } = await this.#beginEpoch();
    const late = writer.append([this.#draft("late")]);
    const answer = await late.durable.then(() => "durable", codeOf);
    assertGuarantee(answer === "log.failed", () => `a writer whose epoch was taken over was answered ${answer}`);
    await writer.close().catch(() => undefined);
    if (await this.#append(next)) await this.#tolerate(() => next.close());
    this.#crash(this.#randomCrash());
  }

  /** Reads, checks and begins the next epoch, in as many processes as it takes. */
  async #beginEpoch(): Promise<{ store: LogStore; writer: LogWriter }> {
    for (;;) {
      const store = this.#log.open();
      const begun = await this.#tolerate(async () => {
        const after = await this.#checker.check(store, this.#lastCrash === "powerLost");
        const draft = this.#draft("epoch");
        const count = this.#checker.noteAppend([draft], null);
        const writer = await store.beginEpoch(() => draft, { after });
        this.#checker.noteRecord(writer.begun[0] as LogRecord);
        this.#checker.noteDurable(count);
        return writer;
      });
      if (begun !== null) {
        this.#lastCrash = "none";
        this.#firstStep = this.#injector.steps.length;
        await this.#tolerate(() => this.#checker.checkBegun(store, begun.begun[0] as LogRecord));
        return { store, writer: begun };
      }
      this.#crash(this.#randomCrash());
    }
  }

  /** Appends some records; whether they were called durable. */
  async #append(writer: LogWriter): Promise<boolean> {
    const drafts = Array.from({ length: this.#random.below(4) }, () => this.#draft("noted"));
    const { records, durable } = writer.append(drafts);
    const count = this.#checker.noteAppend(drafts, records);
    const done = await this.#tolerate(async () => {
      await durable;
      const hasFailed = this.#injector.hasFailedSince(this.#firstStep);
      assertGuarantee(!hasFailed, () => "an append was called durable after a write or sync of its writer had failed");
      this.#checker.noteDurable(count);
      return true;
    });
    return done ?? false;
  }

  async #close(writer: LogWriter): Promise<void> {
    const count = this.#checker.noteAppend([], null);
    const isClosed = await this.#tolerate(async () => {
      await writer.close();
      return true;
    });
    if (isClosed) this.#checker.noteDurable(count);
  }

  /** After a failed write or sync nothing more is written, whatever the writer is asked for (LOG-3). */
  async #expectNoWrites(writer: LogWriter): Promise<void> {
    const again = await writer.append([this.#draft("again")]).durable.then(() => "durable", codeOf);
    assertGuarantee(again === "log.failed", () => `after a failure an append was answered ${again}`);
    const closing = await writer.close().then(() => "closed", codeOf);
    assertGuarantee(closing === "log.failed", () => `after a failure closing was answered ${closing}`);
    const changes = this.#injector.writesAfterFault;
    assertGuarantee(
      changes.length === 0,
      () => `after a failure there was still: ${changes.map(({ name }) => name).join(", ")}`,
    );
  }

  /** What `work` gives; null when it failed as a log may, because a step was broken or the process is over. */
  async #tolerate<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) === "faults.broken") throw error;
      const mayFail = this.#injector.injected !== null || this.#lastCrash !== "none";
      assertGuarantee(
        mayFail && codeOf(error) === "log.failed",
        () => `it failed with ${codeOf(error)}: ${messageOf(error)}`,
      );
      return null;
    }
  }

  #crash(kind: CrashKind): void {
    this.#lastCrash = kind;
    this.#log.crash(kind, this.#crashRandom);
  }

  #randomCrash(): CrashKind {
    return this.#crashRandom.chance(0.5) ? "killed" : "powerLost";
  }

  #draft(type: string): RecordDraft {
    const n = ++this.#count;
    const text = this.#random.pick(["", "x", "ü\u2028\u0000", '{"v":1,"seq":1}\n']).repeat(this.#random.below(120));
    const effects = this.#random.chance(0.3) ? [{ id: `a/1/${n}/0`, name: "act", hash: "00ff00ff" }] : [];
    return { time: n, actor: "a", type, data: { n, text }, effects, cause: null };
  }
}
