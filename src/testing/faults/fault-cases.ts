/**
 * The fault harness: for every log, and for the run of a small plan over it, workloads generated from a seed, with each step
 * of the commit protocol broken in turn. Belongs to no test framework: a case that finds a broken guarantee throws it.
 */
import { checkOptions } from "../../arguments/check-arguments.ts";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { createRandomSequence } from "../determinism/seeded-random.ts";
import { type Fault, faultKindsOf, type Step } from "./fault-injector.ts";
import type { CreateLogUnderTest, WorkloadResult } from "./log-under-test.ts";
import { runLogWorkload } from "./log-workload.ts";
import { ownLogs } from "./own-logs.ts";
import { runPlanWorkload } from "./plan-workload.ts";

/** What is run. */
export interface FaultCaseOptions {
  /** The first round's seed; each round has the next. The same seed runs the same. */
  seed: number;
  /** Rounds for each log. Default 1. */
  rounds?: number;
  /** Logs by name. Default: those of this program, `memory`, `file` and `unlinked` (in files, without hard links). */
  logs?: Readonly<Record<string, CreateLogUnderTest>>;
  /** Breaks every so-manyth step of a log's workload, and of a run's. Default 1: each. */
  every?: { log: number; run: number };
}

export interface SweepResult {
  /** Workloads that were run. */
  workloads: number;
  /** Faults that were injected. */
  faults: number;
}

export interface FaultCase {
  /** One sentence, with the seed in it. */
  name: string;
  /** Name of the log. */
  log: string;
  seed: number;
  /** Runs it. Rejects with `faults.broken`, which says what was broken at which step. */
  run(): Promise<SweepResult>;
}

/** The logs of this program that `listFaultCases` runs by default. */
export const ownLogNames: readonly string[] = Object.keys(ownLogs);

/** Two cases a round and log: the log alone, and a run over it. */
export function listFaultCases(options: FaultCaseOptions): FaultCase[] {
  checkOptions("listFaultCases", options, { seed: "number", rounds: "number?", logs: "object?", every: "object?" });
  const { seed: first, rounds = 1, logs = ownLogs, every = { log: 1, run: 1 } } = options;
  const seeds = Array.from({ length: rounds }, (_, round) => first + round);
  return seeds.flatMap((seed) =>
    Object.entries(logs).flatMap(([log, create]): FaultCase[] => [
      {
        name: `the log ${log} keeps what it called durable, whatever breaks (seed ${seed})`,
        log,
        seed,
        run: () => sweepFaults((fault) => runLogWorkload(create, seed, fault), { seed, every: every.log }),
      },
      {
        name: `a run over the log ${log} comes to the same end, whatever breaks (seed ${seed})`,
        log,
        seed,
        run: () => sweepFaults((fault) => runPlanWorkload(create, seed, fault), { seed, every: every.run }),
      },
    ]),
  );
}

/** One workload, run with a fault or without. */
type Workload = (fault: Fault | null) => Promise<WorkloadResult>;

/** Runs a workload whole to count its steps, then once for each step (or every so-manyth), broken in a random way. */
async function sweepFaults(run: Workload, { seed, every }: { seed: number; every: number }): Promise<SweepResult> {
  const random = createRandomSequence(seed, "sweep");
  const { steps } = await runWith(run, null, null);
  const result: SweepResult = { workloads: 1, faults: 0 };
  for (let at = random.below(every); at < steps.length; at += every) {
    const step = steps[at] as Step;
    const fault: Fault = { at, kind: random.pick(faultKindsOf(step)), share: random.next() };
    const { injected } = await runWith(run, fault, step);
    result.workloads += 1;
    if (injected !== null) result.faults += 1;
  }
  return result;
}

/** Says of what went wrong at which step it did. */
async function runWith(run: Workload, fault: Fault | null, step: Step | null): Promise<WorkloadResult> {
  try {
    return await run(fault);
  } catch (error) {
    const where = fault === null ? "with nothing broken" : `with ${fault.kind} at step ${fault.at} (${step?.name})`;
    throw new PleachError(codeOf(error) ?? "faults.broken", `${where}: ${messageOf(error)}`, { cause: error });
  }
}
