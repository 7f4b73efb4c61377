/**
 * The model of a run: what its hosts showed and did. Checks the log that is left:
 *
 * FAULT-7 What was shown as durable, or answered to a caller, is in the log for ever.
 * FAULT-8 What was performed had been asked for by a record that is in the log for ever.
 * FAULT-9 An effect is answered at most once, and only while it is open: not after its withdrawal, its actor's end or its answer.
 * FAULT-10 Every replay asks for what is recorded and comes to the live states; the log's time never goes back.
 * FAULT-11 Each task finished once and landed once, and was not started again after it had finished.
 * FAULT-12 After each of its records the scheduler's counters are what a recount gives (SCHED-4).
 */

import type { AnyStateMachine } from "xstate";
import type { LogRecord, LogStore } from "../../actors/log/port.ts";
import { readRecords } from "../../actors/log/read-log.ts";
import { replayLog } from "../../actors/runtime/replay.ts";
import { ActorSystem } from "../../actors/runtime/system.ts";
import { listMiscounts } from "../../machines/scheduler/recount.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { taskActor } from "../../protocol/address.ts";
import { readRecord } from "../../protocol/records.ts";
import { assertGuarantee } from "./assert-guarantee.ts";
import type { FakeWorld } from "./fake-world.ts";

export class RunChecker {
  readonly #shown = new Map<number, string>();
  readonly #world: FakeWorld;
  readonly #machines: Readonly<Record<string, AnyStateMachine>>;

  constructor(world: FakeWorld, machines: Readonly<Record<string, AnyStateMachine>>) {
    this.#world = world;
    this.#machines = machines;
  }

  /** Notes records that were shown as durable. */
  noteDurable(records: readonly LogRecord[]): void {
    for (const { seq, crc } of records) this.#shown.set(seq, crc);
  }

  /** Checks what a new host has read (FAULT-7, FAULT-8). */
  checkRecovered(records: readonly LogRecord[]): void {
    for (const [seq, crc] of this.#shown) {
      assertGuarantee(
        records[seq - 1]?.crc === crc,
        () => `record ${seq} was called durable, but it is gone or another (FAULT-7)`,
      );
    }
    const asked = new Set(records.flatMap(({ effects }) => effects.map(({ id }) => id)));
    for (const { name, effect } of this.#world.performed) {
      assertGuarantee(
        asked.has(effect),
        () => `${name} (${effect}) was performed, but no record asks for it (FAULT-8)`,
      );
    }
  }

  /** Checks the whole log of a run that is over (FAULT-7 to FAULT-12). `hash` is over the live states. Rejects as `read` does. */
  async checkFinished(store: LogStore, hash: string, tasks: readonly string[]): Promise<void> {
    const records = await readRecords(store);
    this.checkRecovered(records);
    this.#checkAnswers(records);
    const report = await replayLog(store, this.#machines);
    assertGuarantee(report.verified, () => `a replay differs: ${JSON.stringify(report.differences[0])} (FAULT-10)`);
    assertGuarantee(report.hash === hash, () => "a replay comes to other states than the live run (FAULT-10)");
    for (const task of tasks) checkTask(task, records);
    const landed = [...this.#world.tasksOnBranch].sort().join();
    assertGuarantee(landed === [...tasks].sort().join(), () => `on the branch are ${landed} (FAULT-11)`);
  }

  #checkAnswers(records: readonly LogRecord[]): void {
    const system = new ActorSystem(this.#machines);
    const causes = new Set<string>();
    let time = 0;
    for (const record of records) {
      const { seq, type, actor, cause } = record;
      assertGuarantee(record.time >= time, () => `record ${seq} is older than the one before (FAULT-10)`);
      time = record.time;
      if (cause !== null) {
        assertGuarantee(
          !causes.has(cause),
          () => `${cause} is answered twice, the second time by record ${seq} (FAULT-9)`,
        );
        causes.add(cause);
        const effect = cause.split("#")[0] as string;
        assertGuarantee(
          system.open.has(effect),
          () => `${type} of ${actor} (record ${seq}) answers ${cause}, which is over (FAULT-9)`,
        );
      }
      system.apply(record);
      if (actor === "scheduler") checkCounters(seq, system.actors.get(actor)?.snapshot.context as SchedulerContext);
    }
  }
}

function checkCounters(seq: number, context: SchedulerContext): void {
  const wrong = listMiscounts(context);
  assertGuarantee(wrong.length === 0, () => `the scheduler has miscounted at record ${seq}: ${wrong[0]} (FAULT-12)`);
}

function checkTask(task: string, records: readonly LogRecord[]): void {
  const own = records.filter(({ actor }) => actor === taskActor(task));
  const finished = own.map(readRecord).filter(({ type, data }) => type === "agent.exited" && data.ok);
  const landed = own.filter(({ type }) => type === "merge.landed");
  assertGuarantee(finished.length === 1, () => `${task} finished ${finished.length} times (FAULT-11)`);
  assertGuarantee(landed.length === 1, () => `${task} landed ${landed.length} times (FAULT-11)`);
  const again = own.find(
    ({ seq, effects }) => seq > (finished[0]?.seq ?? 0) && effects.some(({ name }) => name === "startAgent"),
  );
  assertGuarantee(
    again === undefined,
    () => `${task} was started again by record ${again?.seq}, after it had finished (FAULT-11)`,
  );
}
