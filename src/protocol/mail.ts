/**
 * Who tells whom what. From here follow the letters that machines may write (`Letter`), and together with the answers of
 * effects all that a machine may be given (`Inbox`).
 */
import type { ActorKind, Address } from "./address.ts";
import type { Answers, Asks, Reports } from "./effects.ts";
import type { EventType, Taken, Told } from "./events.ts";

/** Sender -> receiver -> types of events. Senders that are no actors: people, programs and agents (`tools`), the runtime. */
export interface Mail {
  task: {
    scheduler:
      | "slot.request"
      | "slot.release"
      | "review.request"
      | "review.ended"
      | "task.waiting"
      | "task.resumed"
      | "task.finished"
      | "cost.added"
      | "account.used"
      | "agent.refused";
    breaker: "agent.failed" | "agent.succeeded";
    merge: "merge.enqueue" | "merge.withdraw";
    conflict: "decision.applied";
  };
  conflict: { task: "conflict.decided"; scheduler: "conflict.decided" };
  stream: {
    task: "attempt.start";
    scheduler: "stream.started" | "task.closed" | "task.crashed";
  };
  scheduler: {
    supervisor:
      | "run.waiting"
      | "run.finished"
      | "budget.exhausted"
      | "budget.raised"
      | "planning.closed"
      | "account.held"
      | "account.tried"
      | "agent.unlimited"
      | "agent.stoodIn";
    conflict: "decision.applied";
    stream: "task.start" | "resource.granted" | "resource.expired";
    task: "task.stop" | "attempt.suspend" | "review.start" | "resource.granted" | "resource.expired";
    merge: "merge.stop" | "turn.end";
  };
  merge: {
    task: "merge.landed" | "merge.conflicted" | "merge.rejected" | "merge.withdrawn";
    scheduler: "branch.ready" | "merge.broken" | "turn.given";
  };
  breaker: { scheduler: "breaker.opened" | "breaker.halfOpened" | "breaker.closed" };
  supervisor: { scheduler: "child.lost" };
  artifacts: Record<never, never>;
  person: {
    scheduler: "run.cancel" | "run.interrupted" | "budget.raise";
    conflict: "decision.made";
    task: "agent.messaged";
    supervisor: "supervisor.stop";
  };
  tools: {
    task: "question.asked" | "insight.recorded" | "progress.reported";
    stream: "event.emitted" | "insight.recorded" | "progress.reported";
    scheduler: "resource.claim" | "resource.renew" | "resource.release" | "resource.return" | "plan.extended";
    artifacts: "artifact.published";
  };
  runtime: {
    supervisor: "child.done" | "child.crashed";
    scheduler: "child.done" | "child.crashed";
    stream: "child.done" | "child.crashed";
    task: "child.done" | "child.crashed";
  };
}

export type Sender = keyof Mail;

/** Receiver -> what is recorded of it for others to read, and moves its machine nowhere. */
export const NOTED = {
  supervisor: [
    "run.waiting",
    "run.finished",
    "budget.exhausted",
    "budget.raised",
    "planning.closed",
    "account.held",
    "account.tried",
    "agent.unlimited",
    "agent.stoodIn",
  ],
  scheduler: [],
  merge: [
    "run.warned",
    "refs.changed",
    "gate.started",
    "gate.ended",
    "gate.baseline",
    "branch.restored",
    "effect.done",
  ],
  artifacts: [],
  stream: ["insight.recorded", "progress.reported", "resource.granted", "resource.expired"],
  task: [
    "child.done",
    "effect.done",
    "run.warned",
    "refs.changed",
    "gate.started",
    "gate.ended",
    "advice.shown",
    "agent.limited",
    "agent.outage",
    "agent.messaged",
    "insight.recorded",
    "progress.reported",
    "resource.granted",
    "resource.expired",
  ],
  breaker: [],
  conflict: [],
} as const satisfies Readonly<Record<ActorKind, readonly EventType[]>>;

export type Noted = { [Kind in ActorKind]: (typeof NOTED)[Kind][number] };

/** What anybody writes to this receiver. */
type Written<Kind extends ActorKind> = {
  [From in Sender]: Kind extends keyof Mail[From] ? Mail[From][Kind] : never;
}[Sender];

/** Every type of event that the runtime may hand to an actor of this kind. */
type Delivered<Kind extends ActorKind> = (Written<Kind> | Answers<Asks[Kind]> | Reports<Asks[Kind]>) & EventType;

/** Receiver -> the events that its machine takes. */
export type Inbox = { [Kind in ActorKind]: Taken<Exclude<Delivered<Kind>, Noted[Kind]>> };

/** Types that a sender writes to anybody. */
type Writes<From extends Sender> = { [To in keyof Mail[From]]: Mail[From][To] }[keyof Mail[From]] & EventType;

/** Kinds of actors to which a sender writes this. */
type Receivers<From extends Sender, Type extends EventType> = {
  [To in keyof Mail[From] & ActorKind]: Type extends Mail[From][To] ? To : never;
}[keyof Mail[From] & ActorKind];

/** What a sender may tell, and whom: the parameters of the effect `tell`. */
export type Letter<From extends Sender = Sender> = From extends Sender
  ? { [Type in Writes<From>]: { to: Address<Receivers<From, Type>>; event: Told<Type> } }[Writes<From>]
  : never;
