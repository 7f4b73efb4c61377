/** Breaks every step of a history in turn: first it is played whole to count the steps, then once for each of them. */
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { createRandom } from "../determinism/random-sequence.ts";
import { type Fault, faultKindsOf, type Step } from "./fault-injector.ts";

/** One history, played with a fault or without; what was played. */
export type Play = (fault: Fault | null) => Promise<{ steps: readonly Step[]; met: Step | null }>;

export interface SweepOptions {
  seed: number;
  /** Breaks every so-manyth step, from one that is drawn. Default 1: each. */
  every?: number;
}

export interface Swept {
  /** Histories played. */
  histories: number;
  /** Faults that were met. */
  faults: number;
}

/** Plays the history whole, then with one step after the other broken in a way that is drawn. Throws `faults.broken`. */
export async function sweep(play: Play, { seed, every = 1 }: SweepOptions): Promise<Swept> {
  const random = createRandom(seed, "sweep");
  const { steps } = await playWith(play, null, null);
  const swept: Swept = { histories: 1, faults: 0 };
  for (let at = random.below(every); at < steps.length; at += every) {
    const step = steps[at] as Step;
    const fault: Fault = { at, kind: random.pick(faultKindsOf(step)), share: random.next() };
    const { met } = await playWith(play, fault, step);
    swept.histories += 1;
    if (met !== null) swept.faults += 1;
  }
  return swept;
}

/** Says of what went wrong at which step it did. */
async function playWith(play: Play, fault: Fault | null, step: Step | null): ReturnType<Play> {
  try {
    return await play(fault);
  } catch (error) {
    const where = fault === null ? "with nothing broken" : `with ${fault.kind} at step ${fault.at} (${step?.name})`;
    throw new PleachError(codeOf(error) ?? "faults.broken", `${where}: ${messageOf(error)}`, { cause: error });
  }
}
