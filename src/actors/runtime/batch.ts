/**
 * One batch: an event and all internal effects that follow from it, folded as they are delivered (RUNTIME-1). Collects the
 * records to append and the effects to perform once they are durable. A step that throws becomes a crash, told to the
 * parent within the same batch (RUNTIME-4).
 */

import type { AnyMachineSnapshot } from "xstate";
import { messageOf, PleachError } from "../../errors.ts";
import { DEAD_LETTERS } from "../../protocol/address.ts";
import type { RecordDraft } from "../log/port.ts";
import { isInternal, type SpawnParams, type StopParams, type TellParams } from "./internal-effects.ts";
import type { OpenEffect } from "./open-effects.ts";
import { type ActorSystem, StepFailure } from "./system.ts";

/** One event for one actor. */
export interface Message {
  actor: string;
  type: string;
  data: Record<string, unknown>;
  /** Id of the effect that it answers. */
  cause: string | null;
}

/**
 * Checks an actor's context after a step, against the one before (null when it has just started). What it throws is a fault
 * of the program, not of the event.
 */
export type StateCheck = (context: unknown, before: unknown) => void;

/** A batch being filled; its records are appended together. */
export class Batch {
  readonly drafts: RecordDraft[] = [];
  /** External effects asked for. */
  readonly perform: OpenEffect[] = [];
  readonly withdrawn: OpenEffect[] = [];
  readonly #mail: OpenEffect[] = [];
  readonly #system: ActorSystem;
  readonly #firstSeq: number;
  readonly #time: number;
  readonly #checkOf: (kind: string) => StateCheck | undefined;

  /** `firstSeq` is the number of its first record, `time` (ms) that of all of them. */
  constructor(
    system: ActorSystem,
    firstSeq: number,
    time: number,
    checkOf: (kind: string) => StateCheck | undefined = () => undefined,
  ) {
    this.#system = system;
    this.#firstSeq = firstSeq;
    this.#time = time;
    this.#checkOf = checkOf;
  }

  /** Delivers what is left, until nothing internal follows. */
  settle(): void {
    for (let next = this.#mail.shift(); next !== undefined; next = this.#mail.shift()) this.deliver(next);
  }

  /** Delivers one internal effect: a message, a start, a stop, or a letter set aside. */
  deliver(effect: OpenEffect): void {
    const { id: cause } = effect;
    if (effect.name === "tell") {
      const { to, event } = effect.params as TellParams;
      const { type, ...data } = event;
      if (this.#system.isActive(to)) this.deliverMessage({ actor: to, type, data, cause });
      else this.#append({ actor: DEAD_LETTERS, type: "letter.dropped", data: { to, event: type }, cause });
    } else if (effect.name === "spawnActor") {
      const { id, kind } = effect.params as SpawnParams;
      const parent = effect.actor;
      if (!this.#system.isActive(parent)) {
        this.#append({ actor: DEAD_LETTERS, type: "letter.dropped", data: { to: id, event: "actor.started" }, cause });
        return;
      }
      const incarnation = (this.#system.actors.get(id)?.incarnation ?? 0) + 1;
      this.deliverMessage({ actor: id, type: "actor.started", data: { kind, parent, incarnation }, cause });
    } else if (effect.name === "stopActor") {
      this.#stopTree(effect.params as StopParams, cause);
    } else {
      this.#append({
        actor: DEAD_LETTERS,
        type: "letter.setAside",
        data: effect.params as Record<string, unknown>,
        cause,
      });
    }
  }

  #stopTree({ id, reason }: StopParams, cause: string): void {
    const order = this.#system.shutdownOrder(id);
    if (order.length === 0) {
      this.#append({ actor: DEAD_LETTERS, type: "letter.dropped", data: { to: id, event: "actor.stopped" }, cause });
    }
    for (const [index, actor] of order.entries()) {
      const last = index === order.length - 1;
      this.#append({ actor, type: "actor.stopped", data: { reason }, cause: last ? cause : null });
    }
  }

  /** Steps an actor; a step that throws becomes a crash told to the parent instead. */
  deliverMessage(message: Message): void {
    try {
      this.#append(message);
    } catch (thrown) {
      if (!(thrown instanceof StepFailure)) throw thrown;
      this.crash(message.actor, messageOf(thrown.cause), message);
    }
  }

  crash(actor: string, reason: string, message: Message): void {
    const parent =
      this.#system.actors.get(actor)?.parent ?? (message.data as { parent?: string | null }).parent ?? null;
    if (parent === null) {
      throw new PleachError("run.rootCrashed", `the root actor crashed on ${message.type}: ${reason}`, {
        hint: "this is a bug in the root's machine; the log is intact and can be replayed",
      });
    }
    const { type, data } = message;
    const crash = { child: actor, reason, event: { type, data } };
    this.deliverMessage({ actor: parent, type: "child.crashed", data: crash, cause: message.cause });
  }

  #append(message: Message): void {
    const seq = this.#firstSeq + this.drafts.length;
    // The fold sees what a reader of the log will see: data that went through JSON.
    const data = JSON.parse(JSON.stringify(message.data)) as Record<string, unknown>;
    const { actor, type, cause } = message;
    const before = type === "actor.started" ? undefined : this.#system.actors.get(actor)?.snapshot;
    const applied = this.#system.apply({ seq, time: this.#time, actor, type, data, cause });
    this.#check(actor, before);
    this.drafts.push({ time: this.#time, actor, type, data, effects: applied.refs, cause });
    this.withdrawn.push(...applied.withdrawn);
    for (const effect of applied.effects) (isInternal(effect) ? this.#mail : this.perform).push(effect);
  }

  /** Lets the actor's kind check what the step came to (RUNTIME-5). */
  #check(id: string, before: AnyMachineSnapshot | undefined): void {
    const actor = this.#system.actors.get(id);
    if (actor === undefined || actor.snapshot === before) return;
    this.#checkOf(actor.kind)?.(actor.snapshot.context, before?.context ?? null);
  }
}
