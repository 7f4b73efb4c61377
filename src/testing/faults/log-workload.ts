/**
 * A history of one log, drawn from a seed: epochs of appends by several producers, ended by closing, by a kill, by a loss of
 * power, or by another process that takes over; with one step broken, or none. `LogWitness` judges what is left each time.
 */
import type { LogStore, LogWriter, RecordDraft } from "../../actors/log/port.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { createRandom, type Random } from "../determinism/random-sequence.ts";
import { demand } from "./assert-promise.ts";
import { type Fault, Faults, type Step } from "./fault-injector.ts";
import { LogWitness } from "./log-checker.ts";
import type { CreateLogUnderFaults, Ending, LogUnderFaults } from "./log-under-test.ts";

/** What was played. */
export interface Played {
  steps: Step[];
  /** The step that was broken; null if the history never came to it. */
  met: Step | null;
}

/** Plays the history of `seed`. Throws `faults.broken` when the log breaks a promise. */
export async function playLogHistory(create: CreateLogUnderFaults, seed: number, fault: Fault | null): Promise<Played> {
  const faults = new Faults(fault);
  const log = create(faults);
  try {
    await new LogHistory(log, faults, seed).play();
  } finally {
    log.remove();
  }
  return { steps: faults.steps, met: faults.met };
}

class LogHistory {
  readonly #log: LogUnderFaults;
  readonly #faults: Faults;
  readonly #witness = new LogWitness();
  /** Draws what is done, and apart from it what a crash does: so a fault changes nothing of the rest. */
  readonly #random: Random;
  readonly #chance: Random;
  #count = 0;
  /** Number of the first step that the newest writer took. */
  #begunAt = 0;
  #lastEnding: Ending | "none" = "none";

  constructor(log: LogUnderFaults, faults: Faults, seed: number) {
    this.#log = log;
    this.#faults = faults;
    this.#random = createRandom(seed, "history");
    this.#chance = createRandom(seed, "crashes");
  }

  async play(): Promise<void> {
    const epochs = 2 + this.#random.below(3);
    for (let epoch = 0; epoch < epochs; epoch++) await this.#playEpoch(await this.#begin());
    const { writer } = await this.#begin();
    await this.#survives(() => writer.close());
  }

  async #playEpoch({ writer }: { writer: LogWriter }): Promise<void> {
    const answers: Promise<boolean>[] = [];
    const groups = 1 + this.#random.below(4);
    let isWell = true;
    for (let group = 0; group < groups; group++) {
      const appends = 1 + this.#random.below(3);
      const isAwaited = this.#random.chance(0.7);
      for (let each = 0; each < appends; each++) answers.push(this.#append(writer));
      if (isAwaited) isWell = (await Promise.all(answers)).every(Boolean);
      if (!isWell) break;
    }
    const ending = this.#random.pick(["closed", "killed", "powerLost", "takenOver"] as const);
    if (!isWell) await this.#expectSilence(writer);
    else if (ending === "closed") await this.#close(writer);
    else if (ending === "takenOver" && (await Promise.all(answers)).every(Boolean)) return this.#takeOver(writer);
    this.#end(ending === "closed" || ending === "takenOver" ? this.#drawEnding() : ending);
    await Promise.all(answers);
  }

  /** Another process begins the next epoch while this writer still lives: what it appends late must not count. */
  async #takeOver(writer: LogWriter): Promise<void> {
    const { writer: next } = await this.#begin();
    const late = writer.append([this.#draft("late")]);
    const answer = await late.durable.then(() => "durable", codeOf);
    demand(answer === "log.failed", () => `a writer whose epoch was taken over was answered ${answer}`);
    await writer.close().catch(() => undefined);
    if (await this.#append(next)) await this.#survives(() => next.close());
    this.#end(this.#drawEnding());
  }

  /** Reads, judges and begins the next epoch, in as many processes as it takes. */
  async #begin(): Promise<{ store: LogStore; writer: LogWriter }> {
    for (;;) {
      const store = this.#log.open();
      const begun = await this.#survives(async () => {
        const after = this.#witness.judge(store, this.#lastEnding === "powerLost");
        const draft = this.#draft("epoch");
        const count = this.#witness.ask([draft], null);
        const writer = await store.beginEpoch(() => draft, { after });
        this.#witness.complete(writer.first);
        this.#witness.confirm(count);
        return writer;
      });
      if (begun !== null) {
        this.#lastEnding = "none";
        this.#begunAt = this.#faults.steps.length;
        await this.#survives(async () => this.#witness.judgeBegun(store, begun.first));
        return { store, writer: begun };
      }
      this.#end(this.#drawEnding());
    }
  }

  /** Appends some records; whether they were called durable. */
  async #append(writer: LogWriter): Promise<boolean> {
    const drafts = Array.from({ length: this.#random.below(4) }, () => this.#draft("noted"));
    const { records, durable } = writer.append(drafts);
    const count = this.#witness.ask(drafts, records);
    const done = await this.#survives(async () => {
      await durable;
      const hasFailed = this.#faults.hasFailedSince(this.#begunAt);
      demand(!hasFailed, () => "an append was called durable after a write or sync of its writer had failed (L3)");
      this.#witness.confirm(count);
      return true;
    });
    return done ?? false;
  }

  async #close(writer: LogWriter): Promise<void> {
    const count = this.#witness.ask([], null);
    const isClosed = await this.#survives(async () => {
      await writer.close();
      return true;
    });
    if (isClosed) this.#witness.confirm(count);
  }

  /** After a failed write or sync nothing more is written, whatever the writer is asked for (L3). */
  async #expectSilence(writer: LogWriter): Promise<void> {
    const again = await writer.append([this.#draft("again")]).durable.then(() => "durable", codeOf);
    demand(again === "log.failed", () => `after a failure an append was answered ${again} (L3)`);
    const closing = await writer.close().then(() => "closed", codeOf);
    demand(closing === "log.failed", () => `after a failure closing was answered ${closing} (L3)`);
    const changes = this.#faults.changesAfterFault;
    demand(
      changes.length === 0,
      () => `after a failure there was still: ${changes.map(({ name }) => name).join(", ")} (L3)`,
    );
  }

  /** What `work` gives; null when it failed as a log may, because a step was broken or the process is over. */
  async #survives<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) === "faults.broken") throw error;
      const mayFail = this.#faults.met !== null || this.#lastEnding !== "none";
      demand(mayFail && codeOf(error) === "log.failed", () => `it failed with ${codeOf(error)}: ${messageOf(error)}`);
      return null;
    }
  }

  #end(how: Ending): void {
    this.#lastEnding = how;
    this.#log.end(how, this.#chance);
  }

  #drawEnding(): Ending {
    return this.#chance.chance(0.5) ? "killed" : "powerLost";
  }

  #draft(type: string): RecordDraft {
    const n = ++this.#count;
    const text = this.#random.pick(["", "x", "ü\u2028\u0000", '{"v":1,"seq":1}\n']).repeat(this.#random.below(120));
    const effects = this.#random.chance(0.3) ? [{ id: `a/1/${n}/0`, name: "act", hash: "00ff00ff" }] : [];
    return { time: n, actor: "a", type, data: { n, text }, effects, cause: null };
  }
}
