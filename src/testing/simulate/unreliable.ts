/** Around a performer: it may be refused by the machine, throw, or answer twice. */
import type { Outcome, PerformContext } from "../../actors/runtime/ports.ts";
import type { Setting } from "./world.ts";

type Perform<P> = (params: P, context: PerformContext) => Promise<Outcome | undefined>;

export interface Weakness {
  /** Share of performances that throw. */
  crashRate: number;
  /** What the machine answers when it refuses, and how often. */
  refusal: string | null;
  refusalRate: number;
}

/** Longest time after which an outcome comes a second time. */
const LONGEST_DELAY_MS = 60 * 60_000;

/** The performer of the effect `name`, with this weakness and with the setting's doubled answers. */
export function makeUnreliable<P>(
  { draw, faults, count, post }: Setting,
  name: string,
  { crashRate, refusal, refusalRate }: Weakness,
  perform: Perform<P>,
): Perform<P> {
  return async (params, context) => {
    const once = count();
    if (draw.chance(crashRate, name, once, "throws")) throw new Error(`${name} is broken`);
    const isRefused = refusal !== null && !context.recovering && draw.chance(refusalRate, name, once, "is refused");
    const outcome = isRefused ? { type: refusal, reason: "the machine refuses" } : await perform(params, context);
    if (outcome !== undefined && draw.chance(faults.doubledRate, name, once, "twice")) {
      const delayMs = draw.chance(0.5, once, "at once") ? 0 : draw.magnitude(1, LONGEST_DELAY_MS, once, "delay");
      post.deliver(context.effect, outcome, delayMs);
    }
    return outcome;
  };
}
