/**
 * The supervisor: starts its children in order, restarts them by strategy within an intensity, stops them in reverse
 * order, and gives up upwards (RULE-8). Knows nothing of what its children do.
 *
 * SUPERVISOR-1 At most `intensity.max` restarts within `intensity.periodMs`; what comes over it is exhaustion.
 * SUPERVISOR-2 The first restart of a child is immediate, further ones within the period wait for a jittered backoff.
 * SUPERVISOR-3 An event that kills the same child `poison` times is set aside instead of being told to it again.
 * SUPERVISOR-4 On exhaustion a supervisor that may degrade loses that child and goes on while another lives; else it stops all
 *    children and ends with `exhausted`, which its own parent sees as a crash of the group.
 */
import { enqueueActions, setup } from "xstate";
import type { Taken } from "../protocol/events.ts";
import type { Inbox } from "../protocol/mail.ts";
import { backoffMs, defaultBackoff } from "./backoff.ts";
import { type Decision, enact, internalEffects, type Message, type OpenEffect, timerEffects } from "./effects.ts";
import {
  countRestart,
  type Intensity,
  isRestarted,
  type RestartKind,
  restartGroup,
  type Strategy,
} from "./restart-policy.ts";

export interface ChildSpec {
  id: string;
  kind: string;
  input: unknown;
  restart: RestartKind;
  /** When it ends by itself, the whole supervisor shuts down (OTP's auto_shutdown any_significant). */
  significant?: boolean;
}

export interface SupervisorInput {
  strategy: Strategy;
  intensity: Intensity;
  /** Lose a child that crashes too often and go on with the others. */
  degrade: boolean;
  children: ChildSpec[];
  /** Seed of the jitter. */
  seed: number;
  /** Told about lost children (`child.lost`), if anyone. */
  report?: string;
  /** What this tree of actors is for; kept with it, of no meaning to the supervisor. */
  manifest?: unknown;
  /** Of one that is started again after it was over: what for. As the manifest. */
  retried?: unknown;
}

interface Child extends ChildSpec {
  state: "running" | "backingOff" | "done" | "lost";
  restarts: number[];
  /** Deaths by event. */
  kills: Record<string, number>;
  /** Mail kept for the next incarnation. */
  kept: Message[];
}

export interface SupervisorContext extends Omit<SupervisorInput, "children"> {
  children: Child[];
  /** Times of all restarts in the window, ms. */
  restarts: number[];
  /** Why it ended. */
  outcome:
    | { kind: "running" }
    | { kind: "stopped"; output: unknown }
    | { kind: "exhausted"; child: string; reason: string };
}

/** Deaths by one event after which it is a dead letter. */
const POISON = 3;

type Decided = Decision<SupervisorContext, OpenEffect>;

const tell = (to: string, event: Message): OpenEffect => ({ type: "tell", params: { to, event } });
const spawn = ({ id, kind, input }: ChildSpec): OpenEffect => ({ type: "spawnActor", params: { id, kind, input } });

/** Stops the living children, newest first. */
function stopAll(context: SupervisorContext, reason: string, except?: string): OpenEffect[] {
  return context.children
    .filter((child) => child.state === "running" && child.id !== except)
    .reverse()
    .map((child) => ({ type: "stopActor", params: { id: child.id, reason } }));
}

const replace = (children: Child[], changed: Child[]): Child[] =>
  children.map((child) => changed.find(({ id }) => id === child.id) ?? child);

/** A child crashed: restart, set aside, lose, or give up. */
export function decideCrash(context: SupervisorContext, event: Taken<"child.crashed">): Decided {
  const child = context.children.find(({ id }) => id === event.child);
  if (child === undefined || child.state !== "running") return { context, effects: [] };
  const effects: OpenEffect[] = [];
  const known = noteDeath(child, event, effects);
  if (!isRestarted(child.restart, "crashed")) {
    if (child.significant) return giveUp(context, known, event.reason, effects);
    return lose(context, known, event.reason, effects);
  }
  const counted = countRestart(context.restarts, event.at, context.intensity);
  if (!counted.allowed) {
    const others = context.children.some(
      ({ id, state }) => id !== child.id && (state === "running" || state === "backingOff"),
    );
    if (context.degrade && others && !child.significant) return lose(context, known, event.reason, effects);
    return giveUp(context, known, event.reason, effects);
  }
  return restart({ ...context, restarts: counted.times }, known, event, effects);
}

/** Remembers the event that killed; keeps it for the next incarnation or sets it aside (SUPERVISOR-3). */
function noteDeath(child: Child, { event, reason }: Taken<"child.crashed">, effects: OpenEffect[]): Child {
  if (event.type === "actor.started" || event.type.endsWith(".threw")) return child;
  const key = `${event.type} ${JSON.stringify(event.data ?? {})}`;
  const deaths = (child.kills[key] ?? 0) + 1;
  const kills = { ...child.kills, [key]: deaths };
  if (deaths < POISON) return { ...child, kills, kept: [...child.kept, { ...event.data, type: event.type }] };
  delete kills[key];
  effects.push({ type: "setAside", params: { to: child.id, event, reason } });
  return { ...child, kills };
}

function restart(context: SupervisorContext, crashed: Child, { at }: { at: number }, before: OpenEffect[]): Decided {
  const group = restartGroup(
    context.strategy,
    context.children.map(({ id }) => id),
    crashed.id,
  );
  const members = context.children
    .filter(
      ({ id, state }) => group.includes(id) && (id === crashed.id || state === "running" || state === "backingOff"),
    )
    .map((child) => (child.id === crashed.id ? crashed : child));
  const effects: OpenEffect[] = [...before];
  for (const child of [...members].reverse()) {
    if (child.id !== crashed.id && child.state === "running") {
      effects.push({ type: "stopActor", params: { id: child.id, reason: `restarted with ${crashed.id}` } });
    }
  }
  const recent = crashed.restarts.filter((time) => at - time < context.intensity.periodMs);
  const waits = recent.length > 0;
  if (waits) {
    const dueAt = at + backoffMs(defaultBackoff, recent.length, context.seed, crashed.id);
    effects.push({ type: "withdraw", params: { name: "setTimer", where: { timer: crashed.id } } });
    effects.push({ type: "setTimer", params: { timer: crashed.id, dueAt } });
  }
  const changed = members.map((child): Child => {
    const restarts = child.id === crashed.id ? [...recent, at] : child.restarts;
    if (waits) return { ...child, restarts, state: "backingOff" };
    effects.push(spawn(child), ...deliverKept(child));
    return { ...child, restarts, state: "running", kept: [] };
  });
  return { context: { ...context, children: replace(context.children, changed) }, effects };
}

const deliverKept = ({ id, kept }: Child): OpenEffect[] => kept.map((event) => tell(id, event));

/** The backoff is over: start everything that waits for it, in start order. */
function resumeAfterBackoff(context: SupervisorContext, timer: string): Decided {
  const group = restartGroup(
    context.strategy,
    context.children.map(({ id }) => id),
    timer,
  );
  const waiting = context.children.filter(({ id, state }) => group.includes(id) && state === "backingOff");
  const effects = waiting.flatMap((child) => [spawn(child), ...deliverKept(child)]);
  const changed = waiting.map((child): Child => ({ ...child, state: "running", kept: [] }));
  return { context: { ...context, children: replace(context.children, changed) }, effects };
}

function lose(context: SupervisorContext, child: Child, reason: string, before: OpenEffect[]): Decided {
  const children = replace(context.children, [{ ...child, state: "lost" }]);
  const told = context.report ? [tell(context.report, { type: "child.lost", child: child.id, reason })] : [];
  return { context: { ...context, children }, effects: [...before, ...told] };
}

function giveUp(context: SupervisorContext, child: Child, reason: string, before: OpenEffect[]): Decided {
  const effects = [...before, ...stopAll(context, `${child.id} crashed too often`, child.id)];
  return { context: { ...context, outcome: { kind: "exhausted", child: child.id, reason } }, effects };
}

/** A child reached its end. */
function decideDone(context: SupervisorContext, event: Taken<"child.done">): Decided {
  const child = context.children.find(({ id }) => id === event.child);
  if (child === undefined || child.state !== "running") return { context, effects: [] };
  const end = event.output as SupervisorContext["outcome"] | null;
  if (child.kind === "supervisor" && end?.kind === "exhausted") {
    const { at } = event;
    const crash = {
      type: "child.crashed",
      at,
      child: child.id,
      reason: end.reason,
      event: { type: "actor.started" },
    } as const;
    return decideCrash(context, crash);
  }
  if (child.significant) {
    const outcome = { kind: "stopped", output: event.output } as const;
    return { context: { ...context, outcome }, effects: stopAll(context, `${child.id} is done`, child.id) };
  }
  if (isRestarted(child.restart, "done")) {
    const counted = countRestart(context.restarts, event.at, context.intensity);
    if (!counted.allowed) return giveUp(context, child, "ended again and again", []);
    return restart({ ...context, restarts: counted.times }, child, event, []);
  }
  return { context: { ...context, children: replace(context.children, [{ ...child, state: "done" }]) }, effects: [] };
}

/** The machine around these decisions; ends when its outcome is no longer `running`. */
export const supervisorMachine = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as SupervisorContext,
    events: {} as Inbox["supervisor"],
    output: {} as SupervisorContext["outcome"],
  },
  actions: { ...internalEffects, ...timerEffects },
  guards: { hasEnded: ({ context }) => context.outcome.kind !== "running" },
}).createMachine({
  id: "supervisor",
  context: ({ input }) => ({
    ...input,
    children: input.children.map((child) => ({ ...child, state: "running", restarts: [], kills: {}, kept: [] })),
    restarts: [],
    outcome: { kind: "running" },
  }),
  initial: "supervising",
  states: {
    supervising: {
      entry: enqueueActions(({ context, enqueue }) => {
        for (const child of context.children) enqueue(spawn(child));
      }),
      always: { guard: "hasEnded", target: "ended" },
      on: {
        "child.crashed": {
          actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, decideCrash(context, event))),
        },
        "child.done": {
          actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, decideDone(context, event))),
        },
        "timer.fired": {
          actions: enqueueActions(({ context, event, enqueue }) =>
            enact(enqueue, resumeAfterBackoff(context, event.timer)),
          ),
        },
        "supervisor.stop": {
          actions: enqueueActions(({ context, event, enqueue }) => {
            const outcome = { kind: "stopped", output: event.reason } as const;
            enact(enqueue, { context: { ...context, outcome }, effects: stopAll(context, event.reason) });
          }),
        },
      },
    },
    ended: { type: "final" },
  },
  output: ({ context }) => context.outcome,
});
