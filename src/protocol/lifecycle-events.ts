/** What the runtime records of every actor, whatever it is: how it begins and ends, its timers, its letters that nobody took. */
import type { EpochFacts } from "./values.ts";

/** What the runtime records of any actor. */
export interface LifecycleEvents {
  /** An actor begins; `input` is only here for the root, whose parent is null. */
  "actor.started": { kind: string; parent: string | null; incarnation: number; input?: unknown };
  /** Its parent stopped it. */
  "actor.stopped": { reason: string };
  /** A child reached its end. */
  "child.done": { child: string; output: unknown };
  /** A step of a child threw, or a performer of its effects did: `event` is what killed it. */
  "child.crashed": {
    child: string;
    reason: string;
    event: { type: string; data?: Record<string, unknown> };
  };
  /** An effect was performed that has nothing to tell. */
  "effect.done": { effect: string };
  /** A time that it asked for has come. */
  "timer.fired": { timer: string };
  /** A program begins to write the log: the first time, or again after a stop. */
  "epoch.started": EpochFacts;
  /** A host ended in good order. */
  "host.closed": { epoch: number };
  /** Mail for an actor that is gone. */
  "letter.dropped": { to: string; event: string };
  /** An event that crashes its actor again and again. */
  "letter.setAside": { to: string; event: unknown; reason: string };
  /** Stops all children, the newest first, and ends. */
  "supervisor.stop": { reason: string };
  /** A child crashed too often and is given up; the others go on. */
  "child.lost": { child: string; reason: string };
}
