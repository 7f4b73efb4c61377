/**
 * Many random plans, simulated: once with everything going wrong, to see whether a rule is broken, and twice with nothing
 * going wrong, to see how long they take, with what a scheduler may expect and without. Each plan is a function of the
 * campaign's seed and its own number, so that one can be repeated alone.
 */
import { hashText } from "../../machines/random.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { drawFrom } from "../determinism/seeded-random.ts";
import { type Faults, usualFaults } from "./fault-rates.ts";
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
  violations: (Violation & { run: "faulty" | "expecting" | "unknowing" })[];
  /** Makespan with expected durations, divided by that of the best list schedule, which knows them. */
  ratio: number;
  /** The same without expecting anything. */
  unknowingRatio: number;
  /** One after the other, divided by the makespan with expected durations. */
  speedup: number;
  /** Whether the order of tasks matters: the list schedules tried differ. */
  isOpen: boolean;
}

/** How far a prediction may be off, as a share of the duration. */
const NOISE = 0.3;
const SHORTEST_MS = 60_000;
const LONGEST_MS = 60 * 60_000;
/** What preparing, gates and merging take in the runs in which things go wrong. */
const OVERHEADS: Overheads = { prepareMs: 5_000, gatesMs: 60_000, reviewMs: 90_000, chainMs: 500, tipMs: 60_000 };

/** Simulates plan `number` of the campaign with this seed. */
export async function tryPlan(seed: number, number: number): Promise<Trial> {
  const own = hashText(`${seed}/plan ${number}`);
  const plan = randomPlan(own);
  const draw = drawFrom(own);
  const durations = ({ id }: Task): number => draw.magnitude(SHORTEST_MS, LONGEST_MS, id, "duration");
  const estimates = (task: Task): number => {
    const off = draw.whole(-1_000, 1_000, task.id, "noise") / 1_000;
    return Math.round(durations(task) * (1 + NOISE * off));
  };
  const faulty = await simulate(plan, { seed: own, durations, faults: drawFaults(own), overheads: OVERHEADS });
  // Nothing is left undone for want of money, or the makespans would not be of the same work.
  const rich: Plan = { ...plan, budget: { mode: "warn" } };
  const expecting = await simulate(rich, { seed: own, durations, estimates });
  const unknowing = await simulate(rich, { seed: own, durations });
  const best = bestListSchedule(rich, durations, own);
  const serialMs = plan.tasks.reduce((sum, task) => sum + durations(task), 0);
  const runs = { faulty, expecting, unknowing };
  return {
    number,
    tasks: plan.tasks.length,
    outcome: faulty.outcome,
    records: faulty.records,
    recoveries: faulty.recoveries,
    violations: Object.entries(runs).flatMap(([run, { violations }]) =>
      violations.map((violation) => ({ ...violation, run: run as keyof typeof runs })),
    ),
    ratio: expecting.makespanMs / best.makespanMs,
    unknowingRatio: unknowing.makespanMs / best.makespanMs,
    speedup: serialMs / expecting.makespanMs,
    isOpen: best.longestMs > best.makespanMs,
  };
}

/** From few faults to twice the usual ones. */
function drawFaults(seed: number): Faults {
  const draw = drawFrom(seed);
  const scale = draw.whole(0, 20, "faults") / 10;
  const scaled = Object.entries(usualFaults).map(([name, value]) => [
    name,
    Number.isInteger(value) ? Math.ceil(value * scale) : Math.min(1, value * scale),
  ]);
  return Object.fromEntries(scaled) as Faults;
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
  /** Medians and worst cases: `open` counts only plans whose list schedules differ. */
  ratio: { median: number; p90: number; worst: number; openPlans: number; openMedian: number };
  unknowingRatio: { median: number; p90: number; worst: number; openMedian: number };
  speedup: { median: number; p90: number; best: number };
}

/** Sums trials up. */
export function summarise(trials: readonly Trial[]): Summary {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of trials) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const open = trials.filter(({ isOpen }) => isOpen);
  const sum = (of: (trial: Trial) => number): number => trials.reduce((total, trial) => total + of(trial), 0);
  const at = (share: number, of: (trial: Trial) => number, from = trials): number => quantile(from.map(of), share);
  const ratio = (trial: Trial): number => trial.ratio;
  const unknowing = (trial: Trial): number => trial.unknowingRatio;
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
      openPlans: open.length,
      openMedian: at(0.5, ratio, open),
    },
    unknowingRatio: {
      median: at(0.5, unknowing),
      p90: at(0.9, unknowing),
      worst: at(1, unknowing),
      openMedian: at(0.5, unknowing, open),
    },
    speedup: { median: at(0.5, speedup), p90: at(0.9, speedup), best: at(1, speedup) },
  };
}
