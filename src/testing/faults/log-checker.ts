/**
 * Watches what a log is asked to keep and what it calls durable, and judges what is read from it later:
 *
 * V1 What was called durable is there, each record as it was given, in order.
 * V2 Behind it there may be more of what was asked for, in order and without a gap, and nothing else.
 * V3 The log is never found damaged, and what of a bad tail is left behind the last record goes with the next epoch.
 */
import { isDeepStrictEqual } from "node:util";
import type { LogRecord, LogStore, RecordDraft } from "../../actors/log/port.ts";
import { demand } from "./assert-promise.ts";

/** One record that was asked for; known whole once the log has handed it out. */
interface Asked {
  draft: RecordDraft;
  record: LogRecord | null;
}

/** What one log was asked to keep. */
export class LogWitness {
  #asked: Asked[] = [];
  #safe = 0;

  /** Notes what is asked for; says how many are asked for now. */
  ask(drafts: readonly RecordDraft[], records: readonly LogRecord[] | null): number {
    for (const [at, draft] of drafts.entries()) this.#asked.push({ draft, record: records?.[at] ?? null });
    return this.#asked.length;
  }

  /** The first `count` that were asked for were called durable. */
  confirm(count: number): void {
    this.#safe = Math.max(this.#safe, count);
  }

  /** The record that was asked for last, as the log handed it out. */
  complete(record: LogRecord): void {
    const last = this.#asked.at(-1);
    if (last !== undefined) last.record = record;
  }

  /** Judges what `store` holds (V1-V3), which is what is there from now on. Throws `faults.broken`, or as `read` does. */
  judge(store: LogStore, areSafe: boolean): number {
    const reading = store.read();
    const records: LogRecord[] = [];
    let step = reading.next();
    for (; !step.done; step = reading.next()) records.push(step.value);
    const end = step.value;
    demand(
      records.length >= this.#safe,
      () => `${this.#safe} records were called durable, but only ${records.length} are there (V1)`,
    );
    for (const [at, record] of records.entries()) {
      const asked = this.#asked[at];
      demand(asked !== undefined, () => `record ${record.seq} is there, but nobody asked for it (V2)`);
      demand(
        isSame(asked as Asked, record) && record.seq === at + 1,
        () => `record ${at + 1} is not what was asked for: ${JSON.stringify(record).slice(0, 300)} (V1, V2)`,
      );
    }
    const report = store.verify();
    demand(
      report.ok && report.records === records.length && end.seq === records.length,
      () => `read and verify do not agree: ${records.length} records, end ${end.seq}, ${JSON.stringify(report)} (V3)`,
    );
    this.#asked = records.map((record) => ({ draft: record, record }));
    if (areSafe) this.#safe = records.length;
    return end.epoch;
  }

  /** Judges a log whose newest epoch has just begun with `first` (V3). */
  judgeBegun(store: LogStore, first: LogRecord): void {
    const { ok, droppedBytes } = store.verify();
    demand(ok && droppedBytes === 0, () => `an epoch was begun, but ${droppedBytes} bytes of a bad tail are left (V3)`);
    demand(isDeepStrictEqual(store.newestEpoch(), first), () => "the newest epoch is not the one that was begun");
  }
}

/** A record that was handed out must come back whole; of another one only the draft is known. */
function isSame({ draft, record }: Asked, got: LogRecord): boolean {
  if (record !== null) return isDeepStrictEqual(JSON.parse(JSON.stringify(record)), got);
  const { time, actor, type, data, effects, cause } = got;
  return isDeepStrictEqual(JSON.parse(JSON.stringify(draft)), { time, actor, type, data, effects, cause });
}
