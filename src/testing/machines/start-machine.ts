/**
 * One machine in the real runtime, over a memory log and a fake clock, with performers that never answer: the test sends
 * the answers as events. After every step the log is replayed, and what comes out has to be what is live.
 */
import { type AnyMachineSnapshot, type AnyStateMachine, createMachine, type EventObject } from "xstate";
import { createMemoryLog, type EffectRef, type MemoryLog } from "../../actors/log/index.ts";
import { createDriver, type Driver } from "../../actors/runtime/driver.ts";
import { openRuntime } from "../../actors/runtime/open-runtime.ts";
import type { OpenPerformers, Performer } from "../../actors/runtime/ports.ts";
import { hashStates, replayLog } from "../../actors/runtime/replay.ts";
import { type Logic, type Runtime, toMachines } from "../../actors/runtime/runtime.ts";
import { hashParams } from "../../actors/runtime/system.ts";
import { PleachError } from "../../errors.ts";
import { toAssertion } from "../conformance/conformance-case.ts";
import { createFakeClock, type FakeClock } from "../determinism/fake-clock.ts";
import { type Effect, START_AT } from "./explore.ts";
import { purifyMachine } from "./purify-machine.ts";
import { jsonCopy } from "./state-key.ts";

/** An event as a test sends it. */
export interface SentEvent {
  type: string;
  [field: string]: unknown;
}

/** A machine that a test talks to. */
export interface MachineUnderTest {
  /** The state's value. */
  readonly state: unknown;
  readonly context: unknown;
  /** `active`, or `done` after the machine's end. */
  readonly status: string;
  /** What the last step asked for, or the start. */
  readonly effects: readonly Effect[];
  readonly snapshot: AnyMachineSnapshot;
  readonly log: MemoryLog;
  readonly clock: FakeClock;
  /**
   * Sends an event, and checks that the log replays to what is live. With `at` (ms) the time passes until then.
   * Rejects with an AssertionError when it does not, and with what the machine throws.
   */
  send(event: SentEvent): Promise<void>;
  /** Ends the runtime. */
  stop(): Promise<void>;
}

/** The actor's id; machines of one's own talk to others, not to this. */
const ID = "machine-under-test";

/** Starts a machine in the runtime. What is impure in it is replaced as `pathsOf` does (see purify-machine.ts). */
export async function startMachine(
  machine: AnyStateMachine,
  { input }: { input?: unknown } = {},
): Promise<MachineUnderTest> {
  const started = new UnderTest(purifyMachine(machine).machine, input);
  await started.start();
  return started;
}

class UnderTest implements MachineUnderTest {
  readonly log = createMemoryLog();
  readonly clock = createFakeClock(START_AT);
  effects: readonly Effect[] = [];
  readonly #driver: Driver;
  readonly #input: unknown;
  readonly #logics: Map<string, Logic>;
  #runtime: Runtime | undefined;

  constructor(machine: AnyStateMachine, input: unknown) {
    this.#input = jsonCopy(input);
    this.#driver = createDriver(machine);
    this.#logics = new Map([[ID, { machine, perform: neverAnswering }]]);
  }

  get snapshot(): AnyMachineSnapshot {
    const actor = this.#runtime?.system.actors.get(ID);
    if (actor === undefined) {
      throw new PleachError("paths.notStarted", "the machine under test is not started", {
        hint: "await start() before you look at its state",
      });
    }
    return actor.snapshot;
  }

  get state(): unknown {
    return this.snapshot.value;
  }

  get context(): unknown {
    return this.snapshot.context;
  }

  get status(): string {
    return this.snapshot.status;
  }

  async start(): Promise<void> {
    const { effects } = this.#driver.start({ ...(this.#input as object | undefined), at: START_AT });
    this.#checkInternal(effects);
    this.#learnKinds(effects);
    await this.#open();
    const record = this.log.records().find(({ actor }) => actor === ID);
    await this.#check("the start", effects, record?.effects ?? []);
  }

  async send({ type, ...payload }: SentEvent): Promise<void> {
    const { at } = payload;
    if (typeof at === "number" && at > this.clock.now()) this.clock.advance(at - this.clock.now());
    const data = (jsonCopy(payload) ?? {}) as Record<string, unknown>;
    const { effects } = this.#driver.step(this.snapshot, { ...data, type, at: this.clock.now() } as EventObject);
    this.#checkInternal(effects);
    if (this.#learnKinds(effects)) await this.#open();
    const record = await (this.#runtime as Runtime).send(ID, type, data);
    await this.#check(type, effects, record.effects);
  }

  async stop(): Promise<void> {
    await this.#runtime?.stop();
  }

  /** Opens the log, again when there are new kinds of actors to be known. */
  async #open(): Promise<void> {
    await this.#runtime?.stop();
    this.#runtime = await openRuntime({
      log: this.log,
      logics: Object.fromEntries(this.#logics),
      perform: {},
      clock: this.clock,
      root: { id: ID, kind: ID, input: this.#input },
      epoch: (epoch) => ({ epoch }),
    });
    this.#runtime.start();
  }

  /** Refuses what only looks like an effect of the runtime, such as somebody's own action `withdraw`. */
  #checkInternal(effects: readonly Effect[]): void {
    for (const { name, params } of effects) {
      const needed = INTERNAL.get(name) ?? [];
      const given = (params ?? {}) as Record<string, unknown>;
      if (needed.every((field) => given[field] !== undefined)) continue;
      throw new PleachError("paths.badEffect", `the machine asks for ${name} without ${needed.join(" and ")}`, {
        hint: `pleach delivers ${name} itself; an effect of your own needs another name`,
      });
    }
  }

  /** Stands in for actors that the machine asks to spawn; true when there was a new kind. */
  #learnKinds(effects: readonly Effect[]): boolean {
    const kinds = effects
      .filter(({ name }) => name === "spawnActor")
      .map(({ params }) => String((params as { kind?: unknown } | undefined)?.kind))
      .filter((kind) => !this.#logics.has(kind));
    for (const kind of kinds) this.#logics.set(kind, { machine: standIn, perform: neverAnswering });
    return kinds.length > 0;
  }

  async #check(step: string, effects: readonly Effect[], recorded: readonly EffectRef[]): Promise<void> {
    const asked = effects.map(({ name, params }) => ({ name, hash: hashParams(params) }));
    const got = recorded.map(({ name, hash }) => ({ name, hash }));
    if (JSON.stringify(asked) !== JSON.stringify(got)) {
      throw toAssertion(`after ${step}: the runtime recorded other effects than the machine asks for`, asked, got);
    }
    this.effects = effects.map(({ name, params }) => ({ name, params: jsonCopy(params) }));
    await this.#checkReplay(step);
  }

  async #checkReplay(step: string): Promise<void> {
    const { system } = this.#runtime as Runtime;
    const replayed = await replayLog(this.log, toMachines(Object.fromEntries(this.#logics)));
    if (!replayed.verified) {
      throw toAssertion(`after ${step}: the replay asks for other effects than are recorded`, [], replayed.differences);
    }
    if (replayed.hash !== hashStates(system)) {
      throw toAssertion(`after ${step}: the replay is not what is live`, system.states(), replayed.states);
    }
  }
}

/** Effects that the runtime delivers itself, and what they need. */
const INTERNAL: ReadonlyMap<string, readonly string[]> = new Map([
  ["tell", ["to", "event"]],
  ["spawnActor", ["id", "kind"]],
  ["stopActor", ["id"]],
  ["withdraw", ["name"]],
]);

const standIn = createMachine({ id: "stand-in", context: {} });

const pending: Performer = (_params, { signal }) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));

/** A performer for every name. */
const neverAnswering: OpenPerformers = new Proxy({}, { get: () => pending });
