/**
 * Many random plans, simulated: once with everything going wrong, to see whether a rule is broken, and twice with nothing
 * going wrong, to see how long they take, with estimates of durations and without. Each plan is a function of the
 * campaign's seed and its own number, so that one can be repeated alone.
 */
import { hashText } from "../../machines/random.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { createSeededRandom } from "../determinism/seeded-random.ts";
import { type FaultRates, usualFaults } from "./fault-rates.ts";
import { bestListSchedule } from "./list-schedule.ts";
import { randomPlan } from "./random-plan.ts";
import { type Simulation, simulate } from "./simulate.ts";
import type { Violation } from "./violations.ts";
import type { Overheads } from "./world.ts";

/** A random plan, what happened to it, and how long it took. */
export interface Trial {
  /** Number in the campaign, from 0. */
  number: number;
  tasks: number;
  /** The run in which things go wrong. */
  outcome: Simulation["outcome"];
  records: number;
  recoveries: number;
  /** Of all three runs. */
  violations: (Violation & { run: "faulty" | "estimated" | "unestimated" })[];
  /** Makespan with estimates, divided by that of the best list schedule, which knows them. */
  ratio: number;
  /** The same without estimates. */
  unestimatedRatio: number;
  /** One after the other, divided by the makespan with estimates. */
  speedup: number;
  /** Whether the order of tasks matters: the list schedules tried differ. */
  isOrderSensitive: boolean;
}

/** How far an estimate may be off, as a share of the duration. */
const ESTIMATE_NOISE = 0.3;
const MIN_DURATION_MS = 60_000;
const MAX_DURATION_MS = 60 * 60_000;
/** What preparing, gates and merging take in the runs in which things go wrong. */
const OVERHEADS: Overheads = { prepareMs: 5_000, gatesMs: 60_000, reviewMs: 90_000, chainMs: 500, tipMs: 60_000 };

/** Simulates plan `number` of the campaign with this seed. */
export async function runTrial(seed: number, number: number): Promise<Trial> {
  const own = hashText(`${seed}/plan ${number}`);
  const plan = randomPlan(own);
  const random = createSeededRandom(own);
  const durations = ({ id }: Task): number => random.magnitude(MIN_DURATION_MS, MAX_DURATION_MS, id, "duration");
  const estimates = (task: Task): number => {
    const off = random.whole(-1_000, 1_000, task.id, "noise") / 1_000;
    return Math.round(durations(task) * (1 + ESTIMATE_NOISE * off));
  };
  const faulty = await simulate(plan, { seed: own, durations, faults: randomFaultRates(own), overheads: OVERHEADS });
  // Nothing is left undone for want of money, or the makespans would not be of the same work.
  const unlimited: Plan = { ...plan, budget: { mode: "warn" } };
  const estimated = await simulate(unlimited, { seed: own, durations, estimates });
  const unestimated = await simulate(unlimited, { seed: own, durations });
  const best = bestListSchedule(unlimited, durations, own);
  const serialMs = plan.tasks.reduce((sum, task) => sum + durations(task), 0);
  const runs = { faulty, estimated, unestimated };
  return {
    number,
    tasks: plan.tasks.length,
    outcome: faulty.outcome,
    records: faulty.records,
    recoveries: faulty.recoveries,
    violations: Object.entries(runs).flatMap(([run, { violations }]) =>
      violations.map((violation) => ({ ...violation, run: run as keyof typeof runs })),
    ),
    ratio: estimated.makespanMs / best.makespanMs,
    unestimatedRatio: unestimated.makespanMs / best.makespanMs,
    speedup: serialMs / estimated.makespanMs,
    isOrderSensitive: best.longestMs > best.makespanMs,
  };
}

/** From few faults to twice the usual ones. */
function randomFaultRates(seed: number): FaultRates {
  const random = createSeededRandom(seed);
  const scale = random.whole(0, 20, "faults") / 10;
  const scaled = Object.entries(usualFaults).map(([name, value]) => [
    name,
    Number.isInteger(value) ? Math.ceil(value * scale) : Math.min(1, value * scale),
  ]);
  return Object.fromEntries(scaled) as FaultRates;
}

/** The value that a share `at` (0 to 1) of the sorted values is not above; NaN for none. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(at * sorted.length) - 1)] ?? Number.NaN;
}

/** What the trials say together. */
export interface Summary {
  plans: number;
  outcomes: Record<string, number>;
  records: number;
  recoveries: number;
  violations: number;
  /** Medians and worst cases; order-sensitive plans are those whose list schedules differ. */
  ratio: { median: number; p90: number; worst: number; orderSensitivePlans: number; orderSensitiveMedian: number };
  unestimatedRatio: { median: number; p90: number; worst: number; orderSensitiveMedian: number };
  speedup: { median: number; p90: number; best: number };
}

/** Sums trials up. */
export function summarise(trials: readonly Trial[]): Summary {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of trials) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const orderSensitive = trials.filter(({ isOrderSensitive }) => isOrderSensitive);
  const sum = (of: (trial: Trial) => number): number => trials.reduce((total, trial) => total + of(trial), 0);
  const at = (share: number, of: (trial: Trial) => number, from = trials): number => quantile(from.map(of), share);
  const ratio = (trial: Trial): number => trial.ratio;
  const unestimated = (trial: Trial): number => trial.unestimatedRatio;
  const speedup = (trial: Trial): number => trial.speedup;
  return {
    plans: trials.length,
    outcomes,
    records: sum(({ records }) => records),
    recoveries: sum(({ recoveries }) => recoveries),
    violations: sum(({ violations }) => violations.length),
    ratio: {
      median: at(0.5, ratio),
      p90: at(0.9, ratio),
      worst: at(1, ratio),
      orderSensitivePlans: orderSensitive.length,
      orderSensitiveMedian: at(0.5, ratio, orderSensitive),
    },
    unestimatedRatio: {
      median: at(0.5, unestimated),
      p90: at(0.9, unestimated),
      worst: at(1, unestimated),
      orderSensitiveMedian: at(0.5, unestimated, orderSensitive),
    },
    speedup: { median: at(0.5, speedup), p90: at(0.9, speedup), best: at(1, speedup) },
  };
}
