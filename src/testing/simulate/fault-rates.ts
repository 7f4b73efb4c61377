/** What goes wrong in a simulated world. Rates are shares, 0 to 1; what is not named never happens. */
import { PleachError } from "../../errors.ts";

export interface FaultRates {
  /** Attempts whose work fails. Agents given by the caller say themselves how their attempts go. */
  failRate: number;
  /** Attempts that fail by the agent's own fault. */
  agentFailRate: number;
  /** Attempts that the agent's account or service refuses to serve, half of them until a time that is named. */
  refuseRate: number;
  /** Workspaces, starts, commits and merges that git or the disk refuses. */
  machineryRate: number;
  /** Performances of a task's effects that throw, so that its actor crashes. */
  crashRate: number;
  /** Runs of a task's own gates that are red. */
  gateRedRate: number;
  /** Reviews that turn a commit down. */
  rejectRate: number;
  /** Commits that make the merged tree red though their task's own gates are green. */
  tipRedRate: number;
  /** Runs of gates on a merged tree that are red though it is green; a test that is known to be flaky failed. */
  flakyRate: number;
  /** Pairs of tasks whose changes conflict when neither is built on the other; none of two that name other scopes. */
  conflictRate: number;
  /** Re-runs after a conflict that remove what others merged. */
  removalRate: number;
  /** Moves of the integration branch that somebody else gets in before. */
  intruderRate: number;
  /** Outcomes that are delivered twice, at once or up to an hour later. */
  doubledRate: number;
  /** Workers whose outcome nobody waits for any more, and who deliver it nevertheless. */
  lateRate: number;
  /** At most so many crashes of the host; each loses what is not durable, but for a torn rest. */
  hostCrashes: number;
  /** At most so many crashes of streams. */
  streamCrashes: number;
  /** Runs that a person cancels. */
  cancelRate: number;
  /** At most so many times that a person pauses tasks, stops, skips, edits or takes over one, or has some tried again. */
  stepsIn: number;
}

/** A world in which a lot goes wrong, but a task has a good chance: what `npm run sim` varies. */
export const usualFaults: FaultRates = {
  failRate: 0.1,
  agentFailRate: 0.05,
  refuseRate: 0.04,
  machineryRate: 0.03,
  crashRate: 0.02,
  gateRedRate: 0.08,
  rejectRate: 0.2,
  tipRedRate: 0.04,
  flakyRate: 0.05,
  conflictRate: 0.1,
  removalRate: 0.3,
  intruderRate: 0.05,
  doubledRate: 0.3,
  lateRate: 0.5,
  hostCrashes: 3,
  streamCrashes: 1,
  cancelRate: 0.03,
  stepsIn: 3,
};

const NONE: FaultRates = {
  failRate: 0,
  agentFailRate: 0,
  refuseRate: 0,
  machineryRate: 0,
  crashRate: 0,
  gateRedRate: 0,
  rejectRate: 0,
  tipRedRate: 0,
  flakyRate: 0,
  conflictRate: 0,
  removalRate: 0,
  intruderRate: 0,
  doubledRate: 0,
  lateRate: 0,
  hostCrashes: 0,
  streamCrashes: 0,
  cancelRate: 0,
  stepsIn: 0,
};
/** Faults that are counted; all others are rates. */
const COUNTS: ReadonlySet<string> = new Set<keyof FaultRates>(["hostCrashes", "streamCrashes", "stepsIn"]);

/** Fills up with zeros. Throws `simulate.badFault` for a name that is none, a rate outside 0 to 1, or a count below 0. */
export function completeFaultRates(faults: Partial<FaultRates>): FaultRates {
  for (const [name, value] of Object.entries(faults)) {
    if (!Object.hasOwn(NONE, name)) {
      throw new PleachError("simulate.badFault", `there is no fault ${JSON.stringify(name)}`, {
        hint: `there are: ${Object.keys(NONE).join(", ")}`,
      });
    }
    const isGood = COUNTS.has(name) ? Number.isSafeInteger(value) && value >= 0 : value >= 0 && value <= 1;
    if (isGood) continue;
    throw new PleachError("simulate.badFault", `the fault ${name} is ${value}`, {
      hint: COUNTS.has(name) ? "give a whole number, 0 or more" : "give a share from 0 to 1",
    });
  }
  return { ...NONE, ...faults };
}
