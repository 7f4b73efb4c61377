/**
 * The model of a log: what it was asked to keep and what it called durable. Checks what is read from it later:
 *
 * FAULT-4 What was called durable is there, each record as it was given, in order.
 * FAULT-5 Behind it there may be more of what was asked for, in order and without a gap, and nothing else.
 * FAULT-6 The log is never found damaged, and what of a bad tail is left behind the last record goes with the next epoch.
 */
import { isDeepStrictEqual } from "node:util";
import type { LogRecord, LogStore, RecordDraft } from "../../actors/log/port.ts";
import { readEach, verifyLog } from "../../actors/log/read-log.ts";
import { assertGuarantee } from "./assert-guarantee.ts";

/** One record that was asked for; known whole once the log has handed it out. */
interface Appended {
  draft: RecordDraft;
  record: LogRecord | null;
}

/** What one log was asked to keep. */
export class LogChecker {
  #appended: Appended[] = [];
  #durable = 0;

  /** Notes what is asked for; says how many are asked for now. */
  noteAppend(drafts: readonly RecordDraft[], records: readonly LogRecord[] | null): number {
    for (const [at, draft] of drafts.entries()) this.#appended.push({ draft, record: records?.[at] ?? null });
    return this.#appended.length;
  }

  /** The first `count` that were asked for were called durable. */
  noteDurable(count: number): void {
    this.#durable = Math.max(this.#durable, count);
  }

  /** The record that was asked for last, as the log handed it out. */
  noteRecord(record: LogRecord): void {
    const last = this.#appended.at(-1);
    if (last !== undefined) last.record = record;
  }

  /** Checks what `store` holds (FAULT-4 to FAULT-6), which is what is there from now on. Rejects with `faults.broken`, or as `read` does. */
  async check(store: LogStore, isAllDurable: boolean): Promise<number> {
    const records: LogRecord[] = [];
    const end = await readEach(store, (record) => records.push(record));
    assertGuarantee(
      records.length >= this.#durable,
      () => `${this.#durable} records were called durable, but only ${records.length} are there (FAULT-4)`,
    );
    for (const [at, record] of records.entries()) {
      const appended = this.#appended[at];
      assertGuarantee(appended !== undefined, () => `record ${record.seq} is there, but nobody asked for it (FAULT-5)`);
      assertGuarantee(
        isSame(appended, record) && record.seq === at + 1,
        () => `record ${at + 1} is not what was asked for: ${JSON.stringify(record).slice(0, 300)} (FAULT-4, FAULT-5)`,
      );
    }
    const report = await verifyLog(store);
    assertGuarantee(
      report.ok && report.records === records.length && end.seq === records.length,
      () =>
        `read and verify do not agree: ${records.length} records, end ${end.seq}, ${JSON.stringify(report)} (FAULT-6)`,
    );
    this.#appended = records.map((record) => ({ draft: record, record }));
    if (isAllDurable) this.#durable = records.length;
    return end.epoch;
  }

  /** Checks a log whose newest epoch has just begun with `first` (FAULT-6). */
  async checkBegun(store: LogStore, first: LogRecord): Promise<void> {
    const { ok, droppedBytes } = await verifyLog(store);
    const newest = await store.newestEpoch();
    assertGuarantee(
      ok && droppedBytes === 0,
      () => `an epoch was begun, but ${droppedBytes} bytes of a bad tail are left (FAULT-6)`,
    );
    assertGuarantee(isDeepStrictEqual(newest, first), () => "the newest epoch is not the one that was begun");
  }
}

/** A record that was handed out must come back whole; of another one only the draft is known. */
function isSame({ draft, record }: Appended, got: LogRecord): boolean {
  if (record !== null) return isDeepStrictEqual(JSON.parse(JSON.stringify(record)), got);
  const { time, actor, type, data, effects, cause } = got;
  return isDeepStrictEqual(JSON.parse(JSON.stringify(draft)), { time, actor, type, data, effects, cause });
}
