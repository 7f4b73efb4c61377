/**
 * The fold: all actors' states and open effects, advanced one record at a time. The live runtime and every replay use
 * this same code, so a replay cannot differ from what happened except by a different program (RULE-5).
 *
 * FOLD-1 `apply` is deterministic: it reads no clock, no randomness, no file.
 * FOLD-2 When a step throws, `apply` throws StepFailure and the system is as it was before the record.
 * FOLD-3 An effect is open from the record that asked for it until a record names it as `cause`, or its withdrawal (RULE-6).
 * FOLD-4 Only an active actor is stepped. Records of the runtime itself (epochs, letters) step nobody.
 */

import { crc32 } from "node:zlib";
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { PleachError } from "../../errors.ts";
import { DEAD_LETTERS, HOST } from "../../protocol/address.ts";
import type { EffectRef } from "../log/port.ts";
import { createDriver, type Driver } from "./driver.ts";
import {
  explainBadRequest,
  isInternal,
  type SpawnParams,
  type TellParams,
  type WithdrawParams,
} from "./internal-effects.ts";
import { type OpenEffect, OpenEffects } from "./open-effects.ts";
import type { RequestedEffect, StepResult } from "./step.ts";

export type ActorStatus = "active" | "done" | "stopped" | "crashed";

export interface ActorState {
  readonly id: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly incarnation: number;
  /** Steps of this incarnation so far. */
  steps: number;
  status: ActorStatus;
  snapshot: AnyMachineSnapshot;
}

/** A record as far as the fold is concerned. */
export interface FoldRecord {
  seq: number;
  /** Milliseconds since the epoch; machines get it as `event.at`. */
  time: number;
  actor: string;
  type: string;
  data: unknown;
  cause: string | null;
}

export interface Applied {
  /** Every effect asked for, as the record lists them. */
  refs: EffectRef[];
  /** The same with parameters; empty for records that step nobody. */
  effects: OpenEffect[];
  /** Effects that this record withdrew. */
  withdrawn: OpenEffect[];
  /** True when the record moved its actor to a final state. */
  finished: boolean;
}

/** A step threw. The record that would have caused it must not be written. */
export class StepFailure extends Error {
  readonly actor: string;
  constructor(actor: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "StepFailure";
    this.actor = actor;
  }
}

/** A step that succeeded, with its effects named. */
interface Step {
  snapshot: AnyMachineSnapshot;
  requested: RequestedEffect[];
  refs: EffectRef[];
}

const NOTHING: Applied = { refs: [], effects: [], withdrawn: [], finished: false };
/** Hash over an effect's parameters: finds differences, is no protection against forgery. */
export function hashParams(params: unknown): string {
  return crc32(JSON.stringify(params) ?? "")
    .toString(16)
    .padStart(8, "0");
}

/** The states of all actors of one run. */
export class ActorSystem {
  readonly actors = new Map<string, ActorState>();
  readonly open = new OpenEffects();
  /** Last applied sequence number. */
  seq = 0;
  /** Time of the last applied record, milliseconds. */
  time = 0;
  readonly #drivers = new Map<string, Driver>();
  readonly #children = new Map<string, Set<string>>();

  constructor(machines: Readonly<Record<string, AnyStateMachine>>) {
    for (const [kind, machine] of Object.entries(machines)) this.#drivers.set(kind, createDriver(machine));
  }

  /** Applies one record. Throws StepFailure (FOLD-2) when the actor's machine throws. */
  apply(record: FoldRecord): Applied {
    const applied = this.#advance(record);
    if (record.cause !== null) this.open.close(record.cause);
    this.seq = record.seq;
    this.time = record.time;
    return applied;
  }

  isActive(id: string): boolean {
    return this.actors.get(id)?.status === "active";
  }

  /** Ids of the active actors below `id`, children before parents and the newest first: the order of a shutdown. */
  shutdownOrder(id: string): string[] {
    const order: string[] = [];
    for (const child of [...(this.#children.get(id) ?? [])].reverse()) order.push(...this.shutdownOrder(child));
    if (this.isActive(id)) order.push(id);
    return order;
  }

  /** Value, status, context and output of every actor, for hashing and showing. */
  states(): Record<string, unknown> {
    const states: Record<string, unknown> = {};
    for (const id of [...this.actors.keys()].sort()) {
      const actor = this.actors.get(id) as ActorState;
      const { value, context, output } = actor.snapshot;
      states[id] = { kind: actor.kind, incarnation: actor.incarnation, status: actor.status, value, context, output };
    }
    return states;
  }

  /** JSON from which `restore` makes an equal system. */
  persist(): unknown {
    const actors = [...this.actors.values()].map(({ snapshot, ...rest }) => ({
      ...rest,
      snapshot: this.#driverOf(rest.kind).persist(snapshot),
    }));
    return { seq: this.seq, time: this.time, actors, open: [...this.open.values()] };
  }

  /** Replaces this system's content by what `persist` gave. */
  restore(persisted: unknown): void {
    const saved = persisted as { seq: number; time: number; actors: ActorState[]; open: OpenEffect[] };
    for (const actor of saved.actors) {
      this.#place({ ...actor, snapshot: this.#driverOf(actor.kind).restore(actor.snapshot) });
    }
    for (const effect of saved.open) this.open.add(effect);
    this.seq = saved.seq;
    this.time = saved.time;
  }

  #advance(record: FoldRecord): Applied {
    if (record.actor === HOST || record.actor === DEAD_LETTERS) return NOTHING;
    if (record.type === "actor.started") return this.#start(record);
    if (record.type === "actor.stopped") return { ...NOTHING, withdrawn: this.#end(record.actor, "stopped") };
    const actor = this.actors.get(record.actor);
    if (actor === undefined) {
      throw new PleachError(
        "log.incompatible",
        `record ${record.seq} is for actor ${record.actor}, which never started`,
      );
    }
    if (actor.status !== "active") {
      // Nobody decides about the child of a parent that is gone; it is over all the same.
      if (record.type !== "child.crashed") return NOTHING;
      return { ...NOTHING, withdrawn: this.#endTree((record.data as { child: string }).child) };
    }
    const event = { ...(record.data as object), type: record.type, at: record.time };
    const step = this.#try(actor, () => this.#driverOf(actor.kind).step(actor.snapshot, event));
    const crashed = record.type === "child.crashed" ? this.#endTree((record.data as { child: string }).child) : [];
    return this.#enter(actor, step, record, crashed);
  }

  #start(record: FoldRecord): Applied {
    const { kind, parent, incarnation } = record.data as { kind: string; parent: string | null; incarnation: number };
    const spawned = record.cause === null ? undefined : this.open.get(record.cause);
    const given = spawned ? (spawned.params as SpawnParams).input : (record.data as { input?: unknown }).input;
    const input = { ...(given as object | undefined), at: record.time };
    const born = { id: record.actor, kind, parent, incarnation, steps: 0 };
    const step = this.#try(born, () => this.#driverOf(kind).start(input));
    const actor: ActorState = { ...born, status: "active", snapshot: step.snapshot };
    const withdrawn = this.actors.has(record.actor) ? this.#end(record.actor, "stopped") : [];
    this.#place(actor);
    return this.#enter(actor, step, record, withdrawn);
  }

  #enter(actor: ActorState, { snapshot, requested, refs }: Step, record: FoldRecord, ended: OpenEffect[]): Applied {
    actor.snapshot = snapshot;
    actor.steps++;
    const withdrawn = [...ended];
    const effects: OpenEffect[] = [];
    for (const [index, { name, params }] of requested.entries()) {
      if (name === "withdraw") withdrawn.push(...this.open.withdraw(actor.id, params as WithdrawParams));
      else {
        const effect = { id: (refs[index] as EffectRef).id, actor: actor.id, name, params, seq: record.seq };
        this.open.add(effect);
        effects.push(effect);
      }
    }
    if (snapshot.status === "done") withdrawn.push(...this.#end(actor.id, "done"));
    return { refs, effects, withdrawn, finished: snapshot.status === "done" && actor.parent !== null };
  }

  /** Steps, and names what was asked for; parameters that are no JSON, or none of the runtime's, fail the step (FOLD-2). */
  #try(actor: Pick<ActorState, "id" | "parent" | "incarnation" | "steps">, advance: () => StepResult): Step {
    try {
      const { snapshot, effects } = advance();
      const finished = snapshot.status === "done" && actor.parent !== null;
      const requested = finished ? [...effects, reportDone(actor, snapshot)] : effects;
      for (const { name, params } of requested) {
        const bad = explainBadRequest(name, params);
        if (bad !== null) throw new Error(bad);
      }
      const prefix = `${actor.id}/${actor.incarnation}/${actor.steps}`;
      const refs = requested.map(({ name, params }, at) => ({ id: `${prefix}/${at}`, name, hash: hashParams(params) }));
      return { snapshot, requested, refs };
    } catch (thrown) {
      throw new StepFailure(actor.id, thrown);
    }
  }

  /** Ends an actor and withdraws what it had open. */
  #end(id: string, status: ActorStatus): OpenEffect[] {
    const actor = this.actors.get(id);
    if (actor?.status === "active") actor.status = status;
    // What it told others stays in the mail: a message sent is not taken back by the sender's end.
    const withdrawn = this.open.of(id).filter((effect) => !isInternal(effect));
    for (const effect of withdrawn) this.open.close(effect.id);
    return withdrawn;
  }

  #endTree(id: string): OpenEffect[] {
    const below = [...(this.#children.get(id) ?? [])].flatMap((child) =>
      this.shutdownOrder(child).flatMap((descendant) => this.#end(descendant, "stopped")),
    );
    return [...below, ...this.#end(id, "crashed")];
  }

  #place(actor: ActorState): void {
    this.actors.set(actor.id, actor);
    if (actor.parent === null) return;
    const siblings = this.#children.get(actor.parent) ?? new Set();
    siblings.delete(actor.id);
    this.#children.set(actor.parent, siblings.add(actor.id));
  }

  #driverOf(kind: string): Driver {
    const driver = this.#drivers.get(kind);
    if (driver) return driver;
    throw new PleachError("log.incompatible", `this program knows no machine of kind ${kind}`, {
      hint: "resume with the program (and the stream machines) that wrote the log",
    });
  }
}

/** What the parent of an actor that reached a final state is told, as the last effect of that step. */
function reportDone(actor: { id: string; parent: string | null }, snapshot: AnyMachineSnapshot): RequestedEffect {
  const event = { type: "child.done", child: actor.id, output: snapshot.output ?? null };
  return { name: "tell", params: { to: actor.parent, event } satisfies Omit<TellParams, "to"> & { to: string | null } };
}
