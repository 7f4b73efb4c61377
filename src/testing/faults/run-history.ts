/**
 * A run of a small plan, drawn from a seed, by the real machines and the real runtime over a log with one step broken, or
 * none: its outcomes come in any order, late or twice, its clock is set back and forth, its host is killed and resumed. In
 * the end the plan is done, and `RunWitness` judges how.
 */

import { toMachines } from "../../actors/library/run-streams.ts";
import type { LogRecord } from "../../actors/log/port.ts";
import { runLogics } from "../../actors/run-actors/root.ts";
import { openRuntime } from "../../actors/runtime/open-runtime.ts";
import { createFoldCheck, hashStates } from "../../actors/runtime/replay.ts";
import type { Runtime } from "../../actors/runtime/runtime.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { streamActor } from "../../protocol/address.ts";
import { demand } from "./broken.ts";
import { type Fault, Faults } from "./faults.ts";
import type { Played } from "./log-history.ts";
import type { CreateLogUnderFaults, Ending, LogUnderFaults } from "./log-under-faults.ts";
import { drawPlan, type PlayedPlan } from "./played-plan.ts";
import { PlayedWorld } from "./played-world.ts";
import { createRandom, type Random } from "./random.ts";
import { RunWitness } from "./run-witness.ts";
import { createUnsteadyClock } from "./unsteady-clock.ts";

/** Turns of the event loop without a record after which a runtime is at rest: nothing here takes time. */
const TURNS_AT_REST = 4;
/** Hosts and moves after which a run will never come to its end, and the time that its timers may take at most. */
const MOST_HOSTS = 12;
const MOST_MOVES = 2_000;
const MOST_MS = 60 * 60_000;
const LONGEST_JUMP_MS = 24 * 60 * 60_000;

/** Plays the run of `seed`. Throws `faults.broken` when a promise is broken. */
export async function playRunHistory(create: CreateLogUnderFaults, seed: number, fault: Fault | null): Promise<Played> {
  const faults = new Faults(fault);
  const log = create(faults);
  try {
    await new RunHistory(log, faults, seed).play();
  } finally {
    log.remove();
  }
  return { steps: faults.steps, met: faults.met };
}

class RunHistory {
  readonly #log: LogUnderFaults;
  readonly #faults: Faults;
  readonly #plan: PlayedPlan;
  readonly #random: Random;
  readonly #clock = createUnsteadyClock();
  readonly #world: PlayedWorld;
  readonly #witness: RunWitness;
  /** Moves after which the host is killed, the first one's first. */
  readonly #kills: number[];
  #wasKilled = false;

  constructor(log: LogUnderFaults, faults: Faults, seed: number) {
    this.#log = log;
    this.#faults = faults;
    this.#random = createRandom(seed, "run");
    this.#plan = drawPlan(createRandom(seed, "plan"), seed);
    this.#world = new PlayedWorld(this.#plan.base, this.#plan.failsFirst, createRandom(seed, "world"));
    this.#witness = new RunWitness(this.#world, toMachines(runLogics));
    this.#kills = Array.from({ length: this.#random.below(3) }, () => this.#random.below(30));
  }

  async play(): Promise<void> {
    for (let host = 0; ; host++) {
      demand(host < MOST_HOSTS, () => `the run did not come to its end with ${host} hosts`);
      const runtime = await this.#open();
      if (runtime !== null && (await this.#host(runtime)) === "over") {
        await this.#judge(hashStates(runtime.system));
        return;
      }
      this.#world.loseHost();
      if (this.#random.chance(0.5)) this.#jump();
    }
  }

  /** A new host; null when the log failed meanwhile, as it may. */
  async #open(): Promise<Runtime | null> {
    const records: LogRecord[] = [];
    const check = createFoldCheck({});
    try {
      return await openRuntime({
        log: this.#log.open(),
        logics: runLogics,
        perform: this.#world.performers(),
        clock: this.#clock,
        root: { id: "run", kind: "supervisor", input: this.#plan.input },
        epoch: (epoch) => ({ epoch }),
        check: (record, applied) => {
          check(record, applied);
          records.push(record);
        },
        recovered: () => this.#witness.judge(records),
      });
    } catch (error) {
      this.#demandFailure(error);
      this.#end();
      return null;
    }
  }

  /** Lets a host work until the run is over, it is killed, or its log fails. */
  async #host(runtime: Runtime): Promise<"over" | "gone"> {
    let failure: { reason: unknown } | null = null;
    runtime.failed.catch((reason) => {
      failure = { reason };
    });
    runtime.watch((records) => this.#witness.show(records));
    runtime.start();
    const killAt = this.#kills.shift() ?? Number.POSITIVE_INFINITY;
    for (let move = 0; ; move++) {
      await comeToRest(runtime);
      if (failure !== null) return this.#bury(runtime, failure);
      if (runtime.system.actors.get("run")?.status === "done") {
        await this.#stop(runtime);
        return "over";
      }
      demand(move < MOST_MOVES, () => `the run came to no end in ${move} moves`);
      if (move === killAt) {
        this.#wasKilled = true;
        this.#end();
        return "gone";
      }
      this.#move(runtime);
    }
  }

  #move(runtime: Runtime): void {
    if (this.#random.chance(0.05)) this.#jump();
    if (this.#random.chance(0.05)) this.#ask(runtime);
    const isMoved = this.#world.release() || this.#clock.passToNextTimer();
    demand(isMoved, () => "the run stands still: nothing is performed, and no timer is armed");
    demand(this.#clock.passedMs() < MOST_MS, () => "the run waits for longer than any timer of its own");
  }

  /** Somebody sends an event, and is answered once it is durable (R1). */
  #ask(runtime: Runtime): void {
    const data = { event_type: "asked", key: `${runtime.system.seq}`, task: null, payload: null };
    runtime.send(streamActor("builders"), "event.emitted", data).then(
      (record) => this.#witness.show([record]),
      () => undefined,
    );
  }

  /** The log failed: from then on nothing is written or performed, whoever still answers. */
  async #bury(runtime: Runtime, failure: { reason: unknown }): Promise<"gone"> {
    this.#demandFailure(failure.reason);
    const { length } = this.#world.performed;
    for (let late = 0; late < 5; late++) {
      this.#world.release();
      await comeToRest(runtime);
    }
    const refused = await runtime.send(streamActor("builders"), "event.emitted", {}).then(() => "durable", codeOf);
    demand(refused === "run.stopped", () => `after its log failed a host answered ${refused}`);
    demand(this.#world.performed.length === length, () => "after its log failed a host went on performing");
    const changes = this.#faults.changesAfterFault;
    demand(changes.length === 0, () => `after its log failed a host still came to ${changes[0]?.name}`);
    // A host that died stops nothing any more; its workers may come back.
    if (!this.#faults.hasKilled) await this.#stop(runtime);
    this.#end();
    return "gone";
  }

  /** Stops a host in good order: its workers are ended, and their last answers count no more. */
  async #stop(runtime: Runtime): Promise<void> {
    const stopped = runtime.stop();
    this.#world.dismiss();
    await stopped.catch((error) => this.#demandFailure(error));
  }

  async #judge(hash: string): Promise<void> {
    this.#log.end("powerLost", this.#random);
    for (let again = 0; ; again++) {
      try {
        this.#witness.judgeWhole(this.#log.open(), hash, this.#plan.tasks);
        return;
      } catch (error) {
        this.#demandFailure(error);
        demand(again === 0, () => messageOf(error));
        this.#end();
      }
    }
  }

  /** A log may fail when a step of it was broken or its process killed, and in no other way. */
  #demandFailure(error: unknown): void {
    if (codeOf(error) === "faults.broken") throw error;
    const mayFail = this.#faults.met !== null || this.#wasKilled;
    demand(mayFail && codeOf(error) === "log.failed", () => `it failed with ${codeOf(error)}: ${messageOf(error)}`);
  }

  #end(): void {
    const how: Ending = this.#random.chance(0.5) ? "killed" : "powerLost";
    this.#log.end(how, this.#random);
  }

  #jump(): void {
    this.#clock.jump((this.#random.next() * 2 - 1.5) * LONGEST_JUMP_MS);
  }
}

async function comeToRest(runtime: Runtime): Promise<void> {
  let seen = -1;
  for (let rest = 0; rest < TURNS_AT_REST; ) {
    await new Promise((resolve) => setImmediate(resolve));
    rest = runtime.system.seq === seen ? rest + 1 : 0;
    seen = runtime.system.seq;
  }
}
