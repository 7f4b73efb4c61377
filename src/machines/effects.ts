/**
 * What machines may ask for, as XState wants it: each effect has an empty implementation, so that its parameters are typed
 * where a machine names it; the real code is in `src/actors/` (RULE-1). What an effect is asked with and answered by is in
 * `src/protocol/effects.ts`.
 */
import type { ActorKind } from "../protocol/address.ts";
import type { Asks, EffectName, MergeEffect, Params, Spawns, TaskEffect, Withdrawal } from "../protocol/effects.ts";
import type { Letter } from "../protocol/mail.ts";

/** A message as one actor tells it another, in a tree of actors of any kind. */
export type Message = { type: string } & Record<string, unknown>;

/** An action that does nothing by itself, with parameters. */
type Ask<Parameters> = (_: unknown, params: Parameters) => void;
type Asking<Name extends EffectName> = { readonly [N in Name]: Ask<Params<N>> };

const noop = (): void => {};

/** Internal effects of any actor, delivered inside the batch. */
export const internalEffects = {
  tell: noop as Ask<{ to: string; event: Message }>,
  spawnActor: noop as Ask<{ id: string; kind: string; input: unknown }>,
  stopActor: noop as Ask<{ id: string; reason: string }>,
  /** Puts an event that kills its actor among the dead letters. */
  setAside: noop as Ask<{ to: string; event: unknown; reason: string }>,
  /** Withdraws own open effects of that name whose parameters hold `where`. */
  withdraw: noop as Ask<{ name: string; where?: Record<string, unknown> }>,
};

/** Children that an actor of this kind may start. */
type Spawn<Kind extends ActorKind> = Kind extends keyof Spawns ? Spawns[Kind] : never;

/** The internal effects of a run's own actor: letters, children and withdrawals are those of its kind. */
type RunInternalEffects<Kind extends ActorKind> = {
  readonly tell: Ask<Letter<Kind>>;
  readonly spawnActor: Ask<Spawn<Kind>>;
  readonly stopActor: Ask<{ id: string; reason: string }>;
  readonly withdraw: Ask<Withdrawal<Asks[Kind]>>;
};

/** See `RunInternalEffects`. */
export function internalEffectsOf<Kind extends ActorKind>(): RunInternalEffects<Kind> {
  return { tell: noop, spawnActor: noop, stopActor: noop, withdraw: noop };
}

/** A timer is an effect; it fires as `timer.fired {timer}` at or after `dueAt` (ms since the epoch). */
export const timerEffects: Asking<"setTimer"> = { setTimer: noop };

/** What a task asks for. */
export const taskEffects: Asking<TaskEffect> = {
  prepareWorkspace: noop,
  startAgent: noop,
  startReview: noop,
  stopAgent: noop,
  commitWork: noop,
  markWork: noop,
  resetWork: noop,
  runGates: noop,
  releaseWorkspace: noop,
};

/** What the merge queue asks for. */
export const mergeEffects: Asking<MergeEffect> = {
  createBranch: noop,
  buildChain: noop,
  gateBase: noop,
  gateTip: noop,
  advanceBranch: noop,
};

type AskedFor<Actions> = {
  [Name in keyof Actions]: { type: Name; params: Actions[Name] extends Ask<infer P> ? P : never };
}[keyof Actions];

/** Any effect of an actor of this kind with its parameters, as decision functions return it. */
export type Effect<Kind extends ActorKind> = AskedFor<RunInternalEffects<Kind>> | AskedFor<Asking<Asks[Kind]>>;

/** An effect of an actor that may be of any kind. */
export type OpenEffect = AskedFor<typeof internalEffects> | AskedFor<typeof timerEffects>;

/** What a decision function returns: the next context, and what is asked for, in order. */
export interface Decision<Context, Asked> {
  context: Context;
  effects: Asked[];
}

/** As much of XState's `enqueue` as a decision needs. */
interface Enqueue<Context, Asked> {
  (effect: Asked): void;
  assign(assigner: (before: { context: Context }) => Partial<Context>): void;
}

/** Enacts a decision inside XState's `enqueueActions`. */
export function enact<Context extends object, Asked>(
  enqueue: Enqueue<Context, Asked>,
  { context, effects }: Decision<Context, Asked>,
): void {
  enqueue.assign(({ context: before }) => listChanges(before, context));
  for (const effect of effects) enqueue(effect);
}

/**
 * The members that are not the same any more: XState copies what it is given once more, and most has not changed. One that
 * is gone is undefined, which JSON does not know.
 */
function listChanges<Context extends object>(before: Context, after: Context): Partial<Context> {
  const changes: Partial<Context> = {};
  for (const key of Object.keys(before) as (keyof Context)[]) if (!(key in after)) changes[key] = undefined;
  for (const key of Object.keys(after) as (keyof Context)[]) if (after[key] !== before[key]) changes[key] = after[key];
  return changes;
}

/** The effect of telling an actor something, as an actor of this kind may. */
export type Tell<Kind extends ActorKind> = (letter: Letter<Kind>) => { type: "tell"; params: Letter<Kind> };

/** See `Tell`. */
export function tellAs<Kind extends ActorKind>(): Tell<Kind> {
  return (params) => ({ type: "tell", params });
}
