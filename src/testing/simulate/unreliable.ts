/** Makes performers unreliable: one may be refused by the machine, throw, or answer twice. */
import type { Outcome, PerformContext } from "../../actors/runtime/ports.ts";
import type { World } from "./world.ts";

type Perform<P> = (params: P, context: PerformContext) => Promise<Outcome | undefined>;

export interface FailureRates {
  /** Share of performances that throw. */
  crashRate: number;
  /** What the machine answers when it refuses, and how often. */
  refusal: string | null;
  refusalRate: number;
}

/** Longest time after which an outcome comes a second time. */
const MAX_DELAY_MS = 60 * 60_000;

/** The performer of the effect `name`, which fails at these rates and answers twice at the world's. */
export function makeUnreliable<P>(
  { random, faults, count, mailbox }: World,
  name: string,
  { crashRate, refusal, refusalRate }: FailureRates,
  perform: Perform<P>,
): Perform<P> {
  return async (params, context) => {
    const once = count();
    if (random.chance(crashRate, name, once, "throws")) throw new Error(`${name} is broken`);
    const isRefused = refusal !== null && !context.recovering && random.chance(refusalRate, name, once, "is refused");
    const outcome = isRefused ? { type: refusal, reason: "the machine refuses" } : await perform(params, context);
    if (outcome !== undefined && random.chance(faults.doubledRate, name, once, "twice")) {
      const delayMs = random.chance(0.5, once, "at once") ? 0 : random.magnitude(1, MAX_DELAY_MS, once, "delay");
      mailbox.deliver(context.effect, outcome, delayMs);
    }
    return outcome;
  };
}
