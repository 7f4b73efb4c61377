/** Makes performers unreliable: one may be refused by the machine, throw, or answer twice. */
import type { Answer, Params, Perform, PerformedEffect, Performing } from "../../protocol/effects.ts";
import type { World } from "./world.ts";

export interface FailureRates<Name extends PerformedEffect> {
  /** Share of performances that throw. */
  crashRate: number;
  /** What the machine answers when it refuses, and how often. */
  refusal: Answer<Name> | null;
  refusalRate: number;
}

/** Longest time after which an outcome comes a second time. */
const MAX_DELAY_MS = 60 * 60_000;

/** The performer of the effect `name`, which fails at these rates and answers twice at the world's. */
export function makeUnreliable<Name extends PerformedEffect>(
  { random, faults, count, mailbox }: World,
  name: Name,
  { crashRate, refusal, refusalRate }: FailureRates<Name>,
  perform: Perform<Name>,
): Perform<Name> {
  return async (params: Params<Name>, context: Performing<Name>) => {
    const once = count();
    if (random.chance(crashRate, name, once, "throws")) throw new Error(`${name} is broken`);
    const isRefused = refusal !== null && !context.recovering && random.chance(refusalRate, name, once, "is refused");
    const outcome = isRefused ? refusal : await perform(params, context);
    if (outcome !== undefined && random.chance(faults.doubledRate, name, once, "twice")) {
      const delayMs = random.chance(0.5, once, "at once") ? 0 : random.magnitude(1, MAX_DELAY_MS, once, "delay");
      mailbox.deliver(context.effect, outcome, delayMs);
    }
    return outcome;
  };
}
