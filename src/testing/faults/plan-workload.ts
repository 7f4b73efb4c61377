/**
 * A run of a small plan, generated from a seed, by the real machines and the real runtime over a log with one step broken,
 * or none: its outcomes come in any order, late or twice, its clock is set back and forth, its host is killed and resumed.
 * In the end the plan is done, and `RunChecker` checks how.
 */

import type { LogRecord } from "../../actors/log/port.ts";
import { rootInput, runLogics } from "../../actors/run-actors/root.ts";
import { openRuntime } from "../../actors/runtime/open-runtime.ts";
import { createFoldCheck, hashStates } from "../../actors/runtime/replay.ts";
import { type Runtime, toMachines } from "../../actors/runtime/runtime.ts";
import { codeOf, messageOf } from "../../errors.ts";
import type { SupervisorInput } from "../../machines/supervisor.ts";
import type { GateStage } from "../../plan/model.ts";
import { streamActor } from "../../protocol/address.ts";
import { createRandomSequence, type RandomSequence } from "../determinism/seeded-random.ts";
import { createSkewedClock } from "../determinism/skewed-clock.ts";
import { buildPlan, type PartialTask } from "../simulate/build-plan.ts";
import { assertGuarantee } from "./assert-guarantee.ts";
import { FakeWorld } from "./fake-world.ts";
import type { Fault, FaultInjector } from "./fault-injector.ts";
import {
  type CrashKind,
  type CreateLogUnderTest,
  type LogUnderTest,
  runUnderFault,
  type WorkloadResult,
} from "./log-under-test.ts";
import { RunChecker } from "./run-checker.ts";

/** Turns of the event loop without a record after which a runtime is idle: nothing here takes time. */
const IDLE_TURNS = 4;
/** Hosts and steps after which a run will never come to its end, and the time that its timers may take at most. */
const MAX_HOSTS = 12;
const MAX_STEPS = 2_000;
const MAX_ELAPSED_MS = 60 * 60_000;
const MAX_SKEW_MS = 24 * 60 * 60_000;
/** The commit that the branch is cut from. */
const BASE = "B";
const STREAMS = ["builders", "reviewers"];

/** Runs the workload of `seed`. Throws `faults.broken` when a guarantee is broken. */
export function runPlanWorkload(
  create: CreateLogUnderTest,
  seed: number,
  fault: Fault | null,
): Promise<WorkloadResult> {
  return runUnderFault(create, fault, (log, injector) => new PlanWorkload(log, injector, seed).run());
}

class PlanWorkload {
  readonly #log: LogUnderTest;
  readonly #injector: FaultInjector;
  readonly #plan: SmallPlan;
  readonly #random: RandomSequence;
  readonly #clock = createSkewedClock();
  readonly #world: FakeWorld;
  readonly #checker: RunChecker;
  /** Steps after which the host is killed, the first one's first. */
  readonly #kills: number[];
  #wasKilled = false;

  constructor(log: LogUnderTest, injector: FaultInjector, seed: number) {
    this.#log = log;
    this.#injector = injector;
    this.#random = createRandomSequence(seed, "run");
    this.#plan = randomSmallPlan(createRandomSequence(seed, "plan"), seed);
    this.#world = new FakeWorld(BASE, this.#plan.failsFirst, createRandomSequence(seed, "world"));
    this.#checker = new RunChecker(this.#world, toMachines(runLogics));
    this.#kills = Array.from({ length: this.#random.below(3) }, () => this.#random.below(30));
  }

  async run(): Promise<void> {
    for (let host = 0; ; host++) {
      assertGuarantee(host < MAX_HOSTS, () => `the run did not come to its end with ${host} hosts`);
      const runtime = await this.#open();
      if (runtime !== null && (await this.#host(runtime)) === "over") {
        await this.#checkLog(hashStates(runtime.system));
        return;
      }
      this.#world.loseHost();
      if (this.#random.chance(0.5)) this.#skewClock();
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
        recovered: () => this.#checker.checkRecovered(records),
      });
    } catch (error) {
      this.#assertMayFail(error);
      this.#crash();
      return null;
    }
  }

  /** Lets a host work until the run is over, it is killed, or its log fails. */
  async #host(runtime: Runtime): Promise<"over" | "gone"> {
    let failure: { reason: unknown } | null = null;
    runtime.failed.catch((reason) => {
      failure = { reason };
    });
    runtime.watch((records) => this.#checker.noteDurable(records));
    runtime.start();
    const killAt = this.#kills.shift() ?? Number.POSITIVE_INFINITY;
    for (let step = 0; ; step++) {
      await untilIdle(runtime);
      if (failure !== null) return this.#expectStopped(runtime, failure);
      if (runtime.system.actors.get("run")?.status === "done") {
        await this.#stop(runtime);
        return "over";
      }
      assertGuarantee(step < MAX_STEPS, () => `the run came to no end in ${step} steps`);
      if (step === killAt) {
        this.#wasKilled = true;
        this.#crash();
        return "gone";
      }
      this.#step(runtime);
    }
  }

  #step(runtime: Runtime): void {
    if (this.#random.chance(0.05)) this.#skewClock();
    if (this.#random.chance(0.05)) this.#sendEvent(runtime);
    const hasAdvanced = this.#world.completeNext() || this.#clock.advanceToNextTimer();
    assertGuarantee(hasAdvanced, () => "the run stands still: nothing is performed, and no timer is armed");
    assertGuarantee(
      this.#clock.elapsedMs() < MAX_ELAPSED_MS,
      () => "the run waits for longer than any timer of its own",
    );
  }

  /** Somebody sends an event, and is answered once it is durable (FAULT-7). */
  #sendEvent(runtime: Runtime): void {
    const data = { name: "asked", key: `${runtime.system.seq}`, task: null, payload: null };
    runtime.send(streamActor("builders"), "event.emitted", data).then(
      (record) => this.#checker.noteDurable([record]),
      () => undefined,
    );
  }

  /** The log failed: from then on nothing is written or performed, whoever still answers. */
  async #expectStopped(runtime: Runtime, failure: { reason: unknown }): Promise<"gone"> {
    this.#assertMayFail(failure.reason);
    const { length } = this.#world.performed;
    for (let late = 0; late < 5; late++) {
      this.#world.completeNext();
      await untilIdle(runtime);
    }
    const refused = await runtime.send(streamActor("builders"), "event.emitted", {}).then(() => "durable", codeOf);
    assertGuarantee(refused === "run.stopped", () => `after its log failed a host answered ${refused}`);
    assertGuarantee(this.#world.performed.length === length, () => "after its log failed a host went on performing");
    const changes = this.#injector.writesAfterFault;
    assertGuarantee(changes.length === 0, () => `after its log failed a host still came to ${changes[0]?.name}`);
    // A host that died stops nothing any more; its workers may come back.
    if (!this.#injector.hasKilled) await this.#stop(runtime);
    this.#crash();
    return "gone";
  }

  /** Stops a host in good order: its workers are ended, and their last answers count no more. */
  async #stop(runtime: Runtime): Promise<void> {
    const stopped = runtime.stop();
    this.#world.completeAll();
    await stopped.catch((error) => this.#assertMayFail(error));
  }

  async #checkLog(hash: string): Promise<void> {
    this.#log.crash("powerLost", this.#random);
    for (let again = 0; ; again++) {
      try {
        await this.#checker.checkFinished(this.#log.open(), hash, this.#plan.tasks);
        return;
      } catch (error) {
        this.#assertMayFail(error);
        assertGuarantee(again === 0, () => messageOf(error));
        this.#crash();
      }
    }
  }

  /** A log may fail when a step of it was broken or its process killed, and in no other way. */
  #assertMayFail(error: unknown): void {
    if (codeOf(error) === "faults.broken") throw error;
    const mayFail = this.#injector.injected !== null || this.#wasKilled;
    assertGuarantee(
      mayFail && codeOf(error) === "log.failed",
      () => `it failed with ${codeOf(error)}: ${messageOf(error)}`,
    );
  }

  #crash(): void {
    const kind: CrashKind = this.#random.chance(0.5) ? "killed" : "powerLost";
    this.#log.crash(kind, this.#random);
  }

  #skewClock(): void {
    this.#clock.skew((this.#random.next() * 2 - 1.5) * MAX_SKEW_MS);
  }
}

async function untilIdle(runtime: Runtime): Promise<void> {
  let seen = -1;
  for (let idle = 0; idle < IDLE_TURNS; ) {
    await new Promise((resolve) => setImmediate(resolve));
    idle = runtime.system.seq === seen ? idle + 1 : 0;
    seen = runtime.system.seq;
  }
}

interface SmallPlan {
  /** Input of the root supervisor. */
  input: SupervisorInput;
  /** Ids of its tasks. */
  tasks: string[];
  failsFirst: string[];
}

/** Three to five tasks in two streams: some need others, some have a gate, some fail at first. */
function randomSmallPlan(random: RandomSequence, seed: number): SmallPlan {
  const tasks: PartialTask[] = [];
  const count = 3 + random.below(3);
  for (let at = 0; at < count; at++) {
    const needs = tasks.filter(() => random.chance(0.4)).map(({ id }) => id);
    const stream = random.pick(STREAMS);
    tasks.push({ id: `t${at}`, stream, needs, gates: random.chance(0.3) ? ["g"] : [], retries: 1 });
  }
  const required = random.chance(0.5);
  const at: GateStage[] = required ? ["task", "merge"] : ["task"];
  const gate = { name: "g", run: "true", required, at, timeoutMs: 1_000 };
  const streams = STREAMS.map((name) => ({ name, concurrency: 2, restart: "permanent" as const }));
  const plan = buildPlan({ concurrency: 2 + random.below(2), gates: [gate], streams, tasks });
  const ids = tasks.map(({ id }) => id);
  const about = { run: "faulty", plan, base: BASE, baseBranch: null, branch: "x", patterns: {} };
  return {
    input: rootInput(about, { seed, expectedMs: {}, unknownMs: 1_000, pathMs: {} }),
    tasks: ids,
    failsFirst: ids.filter(() => random.chance(0.3)),
  };
}
