/**
 * Watches what the hosts of one run show and do, and judges the log that is left:
 *
 * R1 What was shown as durable, or answered to a caller, is in the log for ever.
 * R2 What was performed had been asked for by a record that is in the log for ever.
 * R3 An effect is answered at most once, and only while it is open: not after its withdrawal, its actor's end or its answer.
 * R4 Every replay asks for what is recorded and comes to the live states; the log's time never goes back.
 * R5 Each task finished once and landed once, and was not started again after it had finished.
 */

import type { AnyStateMachine } from "xstate";
import type { LogRecord, LogStore } from "../../actors/log/port.ts";
import { replayLog } from "../../actors/runtime/replay.ts";
import { ActorSystem } from "../../actors/runtime/system.ts";
import { taskActor } from "../../protocol/address.ts";
import { demand } from "./broken.ts";
import type { PlayedWorld } from "./played-world.ts";

export class RunWitness {
  readonly #shown = new Map<number, string>();
  readonly #world: PlayedWorld;
  readonly #machines: Readonly<Record<string, AnyStateMachine>>;

  constructor(world: PlayedWorld, machines: Readonly<Record<string, AnyStateMachine>>) {
    this.#world = world;
    this.#machines = machines;
  }

  /** Notes records that were shown as durable. */
  show(records: readonly LogRecord[]): void {
    for (const { seq, crc } of records) this.#shown.set(seq, crc);
  }

  /** Judges what a new host has read (R1, R2). */
  judge(records: readonly LogRecord[]): void {
    for (const [seq, crc] of this.#shown) {
      demand(records[seq - 1]?.crc === crc, () => `record ${seq} was called durable, but it is gone or another (R1)`);
    }
    const asked = new Set(records.flatMap(({ effects }) => effects.map(({ id }) => id)));
    for (const { name, effect } of this.#world.performed) {
      demand(asked.has(effect), () => `${name} (${effect}) was performed, but no record asks for it (R2)`);
    }
  }

  /** Judges the whole log of a run that is over (R1-R5). `hash` is over the live states. Throws as `read` does. */
  judgeWhole(store: LogStore, hash: string, tasks: readonly string[]): void {
    const records = [...store.read()];
    this.judge(records);
    this.#judgeAnswers(records);
    const report = replayLog(store, this.#machines);
    demand(report.verified, () => `a replay differs: ${JSON.stringify(report.differences[0])} (R4)`);
    demand(report.hash === hash, () => "a replay comes to other states than the live run (R4)");
    for (const task of tasks) judgeTask(task, records);
    const landed = [...this.#world.tasksOnBranch].sort().join();
    demand(landed === [...tasks].sort().join(), () => `on the branch are ${landed} (R5)`);
  }

  #judgeAnswers(records: readonly LogRecord[]): void {
    const system = new ActorSystem(this.#machines);
    const causes = new Set<string>();
    let time = 0;
    for (const record of records) {
      const { seq, type, actor, cause } = record;
      demand(record.time >= time, () => `record ${seq} is older than the one before (R4)`);
      time = record.time;
      if (cause !== null) {
        demand(!causes.has(cause), () => `${cause} is answered twice, the second time by record ${seq} (R3)`);
        causes.add(cause);
        const effect = cause.split("#")[0] as string;
        demand(
          system.open.has(effect),
          () => `${type} of ${actor} (record ${seq}) answers ${cause}, which is over (R3)`,
        );
      }
      system.apply(record);
    }
  }
}

function judgeTask(task: string, records: readonly LogRecord[]): void {
  const own = records.filter(({ actor }) => actor === taskActor(task));
  const finished = own.filter(({ type, data }) => type === "task.exited" && (data as { ok: boolean }).ok);
  const landed = own.filter(({ type }) => type === "merge.landed");
  demand(finished.length === 1, () => `${task} finished ${finished.length} times (R5)`);
  demand(landed.length === 1, () => `${task} landed ${landed.length} times (R5)`);
  const again = own.find(
    ({ seq, effects }) => seq > (finished[0]?.seq ?? 0) && effects.some(({ name }) => name === "startAgent"),
  );
  demand(again === undefined, () => `${task} was started again by record ${again?.seq}, after it had finished (R5)`);
}
