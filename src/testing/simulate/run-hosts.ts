/**
 * Runs the hosts of a simulated run to its end: lets all that can happen at one time happen, moves the clock on to the next
 * timer, and lets hosts crash and others take over. A run in which nothing is due and nothing happens any more
 * is a deadlock; one that records far more than its plan can need is endless.
 */

import { setImmediate as turn } from "node:timers/promises";
import { decide } from "../../actors/host/decide.ts";
import { type LogRecord, type MemoryLog, readEach } from "../../actors/log/index.ts";
import { schedulerOf } from "../../actors/projections/run-view.ts";
import { openRuntime } from "../../actors/runtime/open-runtime.ts";
import type { OpenPerformers } from "../../actors/runtime/ports.ts";
import { createFoldCheck } from "../../actors/runtime/replay.ts";
import type { Logics, Runtime } from "../../actors/runtime/runtime.ts";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import type { ConflictContext } from "../../machines/conflict.ts";
import { neededLimit } from "../../machines/scheduler/budget-question.ts";
import { parseAddress, streamActor } from "../../protocol/address.ts";
import type { FakeClock } from "../determinism/fake-clock.ts";
import { requireAmount } from "./check-input.ts";
import { scheduleStepsIn } from "./stepping-person.ts";
import type { Workers } from "./workers.ts";
import type { World } from "./world.ts";

export interface HostSetup {
  world: World;
  workers: Workers;
  performers: OpenPerformers;
  logics: Logics;
  log: MemoryLog;
  clock: FakeClock;
  root: { id: string; kind: string; input: unknown };
  /** What a person answers to a conflict, and after how many milliseconds. */
  person: (conflict: { task: string; choices: string[] }) => { choice: string; afterMs: number };
}

/** Records per task that a run may take; the worst of many random plans took a tenth. */
const MAX_RECORDS_PER_TASK = 500;
/** Turns of the event loop after which a log that syncs no more has all that it will get. */
const IDLE_TURNS = 4;
/** Bytes of a torn write that a crash may leave. */
const MAX_TORN_BYTES = 3_000;
const MAX_DOWNTIME_MS = 10 * 60_000;

/** Runs hosts until the run is over; the last one's runtime, stopped. Null when a host could not go on. */
export async function runHosts(setup: HostSetup): Promise<Runtime | null> {
  const { random, faults, mailbox, report } = setup.world;
  const crashes = random.whole(0, faults.hostCrashes, "host crashes");
  const current: { runtime: Runtime | null } = { runtime: null };
  scheduleFaults(setup, current);
  scheduleStepsIn(setup.world, setup.clock, () => current.runtime);
  for (let epoch = 1; ; epoch++) {
    try {
      const host = new Host(setup, await open(setup), epoch <= crashes ? epoch : null);
      current.runtime = host.runtime;
      const end = await host.run();
      current.runtime = null;
      if (end === "finished") return host.runtime;
      if (end === "stalled") return null;
    } catch (thrown) {
      mailbox.host = null;
      if (codeOf(thrown)?.startsWith("simulate.")) throw thrown;
      report("host", messageOf(thrown));
      return null;
    }
  }
}

async function open({ world, performers, logics, log, clock, root }: HostSetup): Promise<Runtime> {
  const runtime = await openRuntime({
    log,
    logics,
    clock,
    root,
    epoch: (epoch) => ({ epoch }),
    perform: performers,
    check: createFoldCheck({}),
  });
  await readEach(log, (record) => world.oracle.observe(record), { afterSeq: world.oracle.seq });
  return runtime;
}

/** Faults that come from outside, at times decided beforehand: crashes of streams, a cancellation. */
function scheduleFaults({ world, clock }: HostSetup, current: { runtime: Runtime | null }): void {
  const { random, faults, plan, durationOf } = world;
  const serialMs = plan.tasks.reduce((sum, task) => sum + durationOf(task), 0);
  const send = (actor: string, type: string, ...words: (string | number)[]): void => {
    clock.setTimer(clock.now() + random.whole(0, Math.ceil(serialMs / 2), type, ...words), () => {
      if (current.runtime?.system.isActive(actor)) current.runtime.send(actor, type).catch(() => {});
    });
  };
  if (random.chance(faults.cancelRate, "cancel")) send("scheduler", "run.cancel");
  for (let crash = random.whole(0, faults.streamCrashes, "stream crashes"); crash > 0; crash--) {
    const stream = random.pick(plan.streams, "stream crash", crash).name;
    // A letter that no stream can read: its step throws.
    send(streamActor(stream), "task.start", crash);
  }
}

/** One host, from its start to its end. */
class Host {
  readonly runtime: Runtime;
  readonly #setup: HostSetup;
  /** The record at which it crashes. */
  readonly #crashAt: number;
  /** Whether its last records are only written, not synced, so that others than the last are lost. */
  readonly #crashesBeforeSync: boolean;
  readonly #tornBytes: number;
  /** Conflicts that nobody was asked about yet, or that may be raised again. */
  readonly #raised = new Set<string>();
  readonly #asked = new Set<string>();
  #durable: number;
  #isCrashing = false;
  #failure: { thrown: unknown } | null = null;

  /** `crash` is the number of the crash that ends it, null for none. */
  constructor(setup: HostSetup, runtime: Runtime, crash: number | null) {
    const { random, plan } = setup.world;
    this.#setup = setup;
    this.runtime = runtime;
    this.#durable = runtime.system.seq;
    for (const { id, kind } of runtime.system.actors.values()) if (kind === "conflict") this.#raised.add(id);
    const maxRecords = 10 + 30 * plan.tasks.length;
    const records = crash === null ? Number.POSITIVE_INFINITY : random.magnitude(1, maxRecords, "lives", crash);
    this.#crashAt = runtime.inherited + records;
    this.#crashesBeforeSync = random.chance(0.6, "unsynced", crash ?? 0);
    this.#tornBytes = random.chance(0.5, "torn", crash ?? 0)
      ? random.whole(0, MAX_TORN_BYTES, "torn bytes", crash ?? 0)
      : 0;
    runtime.failed.catch((thrown) => {
      this.#failure = { thrown };
    });
  }

  /** Runs until the run is over, the host has crashed, or nothing goes on; throws when it fails without a crash. */
  async run(): Promise<"finished" | "crashed" | "stalled"> {
    const { world, workers, clock } = this.#setup;
    const { mailbox, report } = world;
    this.runtime.watch((records) => this.#observe(records));
    mailbox.host = (effect, outcome) => void this.runtime.answer(effect, outcome).catch(() => {});
    workers.stopAll();
    this.runtime.start();
    for (;;) {
      await this.#runUntilIdle();
      if (this.#isCrashing) return await this.#crash();
      if (this.#failure !== null) throw this.#failure.thrown;
      if (this.runtime.system.actors.get("run")?.status === "done") return await this.#finish();
      if (this.#isEndless) {
        report("endless", `there is no end after ${this.runtime.system.seq} records`);
        break;
      }
      this.#askPerson();
      const [next] = clock.armed();
      if (next === undefined) {
        report("deadlock", `nothing is due any more; ${describeStall(this.runtime)}`);
        break;
      }
      clock.advance(Math.max(0, next - clock.now()));
    }
    mailbox.host = null;
    // Not waited for: what stands still may be a performer that never answers.
    this.runtime.stop().catch(() => {});
    return "stalled";
  }

  get #isEndless(): boolean {
    return this.runtime.system.seq > (1 + this.#setup.world.plan.tasks.length) * MAX_RECORDS_PER_TASK;
  }

  #observe(records: readonly LogRecord[]): void {
    const { world, log } = this.#setup;
    for (const record of records) {
      world.oracle.observe(record);
      if (record.type === "actor.started" && parseAddress(record.actor).kind === "conflict")
        this.#raised.add(record.actor);
    }
    this.#durable = records.at(-1)?.seq ?? this.#durable;
    if (this.#durable < this.#crashAt || this.#isCrashing) return;
    this.#isCrashing = true;
    if (this.#crashesBeforeSync) log.holdSyncs();
    else log.crash({ keepBytes: this.#tornBytes });
  }

  /** Until everything that can happen at this time has happened: all that is folded is durable, and nothing follows. */
  async #runUntilIdle(): Promise<void> {
    let seen = -1;
    for (let idle = 0; idle < IDLE_TURNS && !this.#isEndless; ) {
      await turn();
      const { seq } = this.runtime.system;
      const isStill = seq === seen && this.#failure === null;
      if (isStill && this.#durable === seq && !this.#isCrashing) return;
      idle = isStill || this.#failure !== null ? idle + 1 : 0;
      seen = seq;
    }
  }

  async #crash(): Promise<"crashed"> {
    const { world, log, clock } = this.#setup;
    const { random, mailbox } = world;
    mailbox.host = null;
    log.crash({ keepBytes: this.#tornBytes });
    await this.runtime.stop().catch(() => {});
    await turn();
    clock.advance(random.magnitude(1, MAX_DOWNTIME_MS, "downtime", this.runtime.epoch));
    await turn();
    return "crashed";
  }

  /** After the end every late answer still comes; none may change anything. */
  async #finish(): Promise<"finished"> {
    const { world, workers, clock } = this.#setup;
    const { mailbox, report } = world;
    const { seq } = this.runtime.system;
    for (const id of workers.monitor.working) report("leftOpen", `somebody works on ${id} after the end`);
    for (let [next] = clock.armed(); next !== undefined && !this.#isEndless; [next] = clock.armed()) {
      clock.advance(Math.max(0, next - clock.now()));
      await this.#runUntilIdle();
    }
    if (this.runtime.system.seq !== seq) report("leftOpen", `something was recorded after the end, record ${seq}`);
    mailbox.host = null;
    await this.runtime.stop();
    return "finished";
  }

  /** Asks the person about each open conflict, once a host. */
  #askPerson(): void {
    const { clock, person } = this.#setup;
    for (const raised of this.#raised) {
      const actor = this.runtime.system.actors.get(raised);
      if (actor === undefined) continue;
      const { id, incarnation, status, snapshot } = actor;
      // A conflict of a task that crashed may be raised again under the same name.
      const question = `${id} ${incarnation}`;
      if (status !== "active" || snapshot.value !== "open" || this.#asked.has(question)) continue;
      this.#asked.add(question);
      const { task, choices } = snapshot.context as ConflictContext;
      const { choice, afterMs } = person({ task, choices: choices.map(({ name }) => name) });
      requireAmount("simulate.badDuration", "the time that a person takes", afterMs);
      if (!choices.some(({ name }) => name === choice)) {
        throw new PleachError("simulate.badChoice", `a person chose ${JSON.stringify(choice)} for ${task}`, {
          hint: `choose one of: ${choices.map(({ name }) => name).join(", ")}`,
        });
      }
      const conflict = parseAddress(id).id;
      const takes = choices.some((each) => each.name === choice && each.takes !== undefined);
      clock.setTimer(clock.now() + afterMs, () => {
        const words = takes ? `${choice} ${wordLeastLimit(this.runtime)}` : choice;
        void decide(this.runtime, { conflict, choice: words }).catch(() => {});
      });
    }
  }
}

/** The least that lets something start. */
function wordLeastLimit({ system }: Runtime): string {
  const scheduler = schedulerOf(system);
  const needed = scheduler === null ? {} : neededLimit(scheduler);
  return Object.entries(needed)
    .map(([unit, figure]) => `${unit}=${figure}`)
    .join(",");
}

function describeStall({ system }: Runtime): string {
  const living = [...system.actors.values()].filter(({ kind, status }) => kind === "task" && status === "active");
  const states = living.map(({ id, snapshot }) => `${id} is ${JSON.stringify(snapshot.value)}`);
  return states.length === 0 ? "no task lives" : states.slice(0, 5).join(", ");
}
