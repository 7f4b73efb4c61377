/**
 * Carries a simulated run from its first host to its end: lets the actors come to rest, moves the clock on to the next
 * thing that is due, and lets hosts die and others take over. A run in which nothing is due and nothing happens any more
 * is a deadlock; one that records far more than its plan can need is endless.
 */

import { setImmediate as turn } from "node:timers/promises";
import { decide } from "../../actors/host/decide.ts";
import type { LogRecord, MemoryLog } from "../../actors/log/index.ts";
import { runLogics } from "../../actors/run-actors/root.ts";
import { openRuntime } from "../../actors/runtime/open-runtime.ts";
import type { Performers } from "../../actors/runtime/ports.ts";
import { createFoldCheck } from "../../actors/runtime/replay.ts";
import type { Runtime } from "../../actors/runtime/runtime.ts";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import type { ConflictContext } from "../../machines/conflict.ts";
import { parseAddress, streamActor } from "../../protocol/address.ts";
import type { FakeClock } from "../fake-clock.ts";
import { refuseBadNumber } from "./check-input.ts";
import type { Setting } from "./setting.ts";
import type { Workers } from "./workers.ts";

export interface Scene {
  setting: Setting;
  workers: Workers;
  performers: Performers;
  log: MemoryLog;
  clock: FakeClock;
  root: { id: string; kind: string; input: unknown };
  /** What a person answers to a conflict, and after how many milliseconds. */
  person: (conflict: { task: string; choices: string[] }) => { choice: string; afterMs: number };
}

/** Records a task that a run may take; the worst of many random plans took a tenth. */
const MOST_RECORDS_A_TASK = 500;
/** Turns of the event loop after which a log that syncs no more has all that it will get. */
const TURNS_AT_REST = 4;
/** Bytes of a torn write that a crash may leave. */
const MOST_TORN_BYTES = 3_000;
const LONGEST_DOWNTIME_MS = 10 * 60_000;

/** Runs hosts until the run is over; the last one's runtime, stopped. Null when a host could not go on. */
export async function hostToEnd(scene: Scene): Promise<Runtime | null> {
  const { draw, faults, post, report } = scene.setting;
  const crashes = draw.whole(0, faults.hostCrashes, "host crashes");
  const current: { runtime: Runtime | null } = { runtime: null };
  planBlows(scene, current);
  for (let epoch = 1; ; epoch++) {
    try {
      const host = new Host(scene, await open(scene), epoch <= crashes ? epoch : null);
      current.runtime = host.runtime;
      const end = await host.live();
      current.runtime = null;
      if (end === "over") return host.runtime;
      if (end === "stuck") return null;
    } catch (thrown) {
      post.host = null;
      if (codeOf(thrown)?.startsWith("simulate.")) throw thrown;
      report("host", messageOf(thrown));
      return null;
    }
  }
}

async function open({ setting, performers, log, clock, root }: Scene): Promise<Runtime> {
  const runtime = await openRuntime({
    log,
    logics: runLogics,
    clock,
    root,
    epoch: (epoch) => ({ epoch }),
    perform: performers,
    check: createFoldCheck({}),
  });
  for (const record of log.read({ afterSeq: setting.ledger.seq })) setting.ledger.note(record);
  return runtime;
}

/** What people and defects do to a run from outside, at times drawn beforehand: crashes of streams, a cancellation. */
function planBlows({ setting, clock }: Scene, current: { runtime: Runtime | null }): void {
  const { draw, faults, plan, durationOf } = setting;
  const serialMs = plan.tasks.reduce((sum, task) => sum + durationOf(task), 0);
  const send = (actor: string, type: string, ...words: (string | number)[]): void => {
    clock.setTimer(clock.now() + draw.whole(0, Math.ceil(serialMs / 2), type, ...words), () => {
      if (current.runtime?.system.isActive(actor)) current.runtime.send(actor, type).catch(() => {});
    });
  };
  if (draw.chance(faults.cancelRate, "cancel")) send("scheduler", "run.cancel");
  for (let blow = draw.whole(0, faults.streamCrashes, "stream crashes"); blow > 0; blow--) {
    const stream = draw.pick(plan.streams, "stream crash", blow).name;
    // A letter that no stream can read: its step throws.
    send(streamActor(stream), "task.start", blow);
  }
}

/** One host's life. */
class Host {
  readonly runtime: Runtime;
  readonly #scene: Scene;
  /** The record at which it dies. */
  readonly #diesAt: number;
  /** Whether its last records are only written, not synced, so that others than the last are lost. */
  readonly #diesBetweenWriteAndSync: boolean;
  readonly #tornBytes: number;
  readonly #asked = new Set<string>();
  #durable: number;
  #isDying = false;
  #failure: { thrown: unknown } | null = null;

  /** `crash` is the number of the crash that ends it, null for none. */
  constructor(scene: Scene, runtime: Runtime, crash: number | null) {
    const { draw, plan } = scene.setting;
    this.#scene = scene;
    this.runtime = runtime;
    this.#durable = runtime.system.seq;
    const most = 10 + 30 * plan.tasks.length;
    const lives = crash === null ? Number.POSITIVE_INFINITY : draw.magnitude(1, most, "lives", crash);
    this.#diesAt = runtime.inherited + lives;
    this.#diesBetweenWriteAndSync = draw.chance(0.6, "unsynced", crash ?? 0);
    this.#tornBytes = draw.chance(0.5, "torn", crash ?? 0)
      ? draw.whole(0, MOST_TORN_BYTES, "torn bytes", crash ?? 0)
      : 0;
    runtime.failed.catch((thrown) => {
      this.#failure = { thrown };
    });
  }

  /** Lives until the run is over, the host has died, or nothing goes on; throws when it fails without a crash. */
  async live(): Promise<"over" | "died" | "stuck"> {
    const { setting, workers, clock } = this.#scene;
    const { post, report } = setting;
    this.runtime.watch((records) => this.#note(records));
    post.host = (effect, outcome) => void this.runtime.answer(effect, outcome).catch(() => {});
    workers.sweep();
    this.runtime.start();
    for (;;) {
      await this.#rest();
      if (this.#isDying) return await this.#die();
      if (this.#failure !== null) throw this.#failure.thrown;
      if (this.runtime.system.actors.get("run")?.status === "done") return await this.#end();
      if (this.#isEndless) {
        report("endless", `there is no end after ${this.runtime.system.seq} records`);
        break;
      }
      this.#askPerson();
      const [next] = clock.armed();
      if (next === undefined) {
        report("deadlock", `nothing is due any more; ${describeStandstill(this.runtime)}`);
        break;
      }
      clock.advance(Math.max(0, next - clock.now()));
    }
    post.host = null;
    // Not waited for: what stands still may be a performer that never answers.
    this.runtime.stop().catch(() => {});
    return "stuck";
  }

  get #isEndless(): boolean {
    return this.runtime.system.seq > (1 + this.#scene.setting.plan.tasks.length) * MOST_RECORDS_A_TASK;
  }

  #note(records: readonly LogRecord[]): void {
    const { setting, log } = this.#scene;
    for (const record of records) setting.ledger.note(record);
    this.#durable = records.at(-1)?.seq ?? this.#durable;
    if (this.#durable < this.#diesAt || this.#isDying) return;
    this.#isDying = true;
    if (this.#diesBetweenWriteAndSync) log.holdSyncs();
    else log.crash({ keepBytes: this.#tornBytes });
  }

  /** Until everything that can happen at this time has happened: all that is folded is durable, and nothing follows. */
  async #rest(): Promise<void> {
    let seen = -1;
    for (let still = 0; still < TURNS_AT_REST && !this.#isEndless; ) {
      await turn();
      const { seq } = this.runtime.system;
      const isStill = seq === seen && this.#failure === null;
      if (isStill && this.#durable === seq && !this.#isDying) return;
      still = isStill || this.#failure !== null ? still + 1 : 0;
      seen = seq;
    }
  }

  async #die(): Promise<"died"> {
    const { setting, log, clock } = this.#scene;
    const { draw, post } = setting;
    post.host = null;
    log.crash({ keepBytes: this.#tornBytes });
    await this.runtime.stop().catch(() => {});
    await turn();
    clock.advance(draw.magnitude(1, LONGEST_DOWNTIME_MS, "downtime", this.runtime.epoch));
    await turn();
    return "died";
  }

  /** After the end every late answer still comes; none may change anything. */
  async #end(): Promise<"over"> {
    const { setting, workers, clock } = this.#scene;
    const { post, report } = setting;
    const { seq } = this.runtime.system;
    for (const id of workers.place.working) report("leftOpen", `somebody works on ${id} after the end`);
    for (let [next] = clock.armed(); next !== undefined && !this.#isEndless; [next] = clock.armed()) {
      clock.advance(Math.max(0, next - clock.now()));
      await this.#rest();
    }
    if (this.runtime.system.seq !== seq) report("leftOpen", `something was recorded after the end, record ${seq}`);
    post.host = null;
    await this.runtime.stop();
    return "over";
  }

  /** Asks the person about each open conflict, once a host. */
  #askPerson(): void {
    const { clock, person } = this.#scene;
    for (const { id, kind, incarnation, status, snapshot } of this.runtime.system.actors.values()) {
      // A conflict of a task that crashed may be raised again under the same name.
      const question = `${id} ${incarnation}`;
      if (kind !== "conflict" || status !== "active" || snapshot.value !== "open" || this.#asked.has(question))
        continue;
      this.#asked.add(question);
      const { task, choices } = snapshot.context as ConflictContext;
      const { choice, afterMs } = person({ task, choices: choices.map(({ name }) => name) });
      refuseBadNumber("simulate.badDuration", "the time that a person takes", afterMs);
      if (!choices.some(({ name }) => name === choice)) {
        throw new PleachError("simulate.badChoice", `a person chose ${JSON.stringify(choice)} for ${task}`, {
          hint: `choose one of: ${choices.map(({ name }) => name).join(", ")}`,
        });
      }
      const conflict = parseAddress(id).id;
      clock.setTimer(clock.now() + afterMs, () => void decide(this.runtime, { conflict, choice }).catch(() => {}));
    }
  }
}

function describeStandstill({ system }: Runtime): string {
  const living = [...system.actors.values()].filter(({ kind, status }) => kind === "task" && status === "active");
  const states = living.map(({ id, snapshot }) => `${id} is ${JSON.stringify(snapshot.value)}`);
  return states.length === 0 ? "no task lives" : states.slice(0, 5).join(", ");
}
