/**
 * The fault harness: for every log, and for the run of a small plan over it, histories drawn from a seed with each step of
 * the commit protocol broken in turn. Belongs to no test framework: a case that finds a broken promise throws it.
 */

import type { CreateLogUnderFaults } from "./log-under-test.ts";
import { playLogHistory } from "./log-workload.ts";
import { playedLogs } from "./own-logs.ts";
import { playRunHistory } from "./run-workload.ts";
import { type Swept, sweep } from "./sweep.ts";

/** What can be played. */
export interface FaultCaseOptions {
  /** The first round's seed; each round has the next. The same seed plays the same. */
  seed: number;
  /** Rounds for each log. Default 1. */
  rounds?: number;
  /** Logs by name. Default: those of this program, `memory`, `file` and `unlinked` (in files, without hard links). */
  logs?: Readonly<Record<string, CreateLogUnderFaults>>;
  /** Breaks every so-manyth step of a log's history, and of a run's. Default 1: each. */
  every?: { log: number; run: number };
}

export interface FaultCase {
  /** One sentence, with the seed in it. */
  name: string;
  /** Name of the log. */
  log: string;
  seed: number;
  /** Plays it. Rejects with `faults.broken`, which says what was broken at which step. */
  run(): Promise<Swept>;
}

/** The logs of this program that `listFaultCases` plays by default. */
export const ownLogNames: readonly string[] = Object.keys(playedLogs);

/** Two cases a round and log: the log alone, and a run over it. */
export function listFaultCases(options: FaultCaseOptions): FaultCase[] {
  const { seed: first, rounds = 1, logs = playedLogs, every = { log: 1, run: 1 } } = options;
  const seeds = Array.from({ length: rounds }, (_, round) => first + round);
  return seeds.flatMap((seed) =>
    Object.entries(logs).flatMap(([log, create]): FaultCase[] => [
      {
        name: `the log ${log} keeps what it called durable, whatever breaks (seed ${seed})`,
        log,
        seed,
        run: () => sweep((fault) => playLogHistory(create, seed, fault), { seed, every: every.log }),
      },
      {
        name: `a run over the log ${log} comes to the same end, whatever breaks (seed ${seed})`,
        log,
        seed,
        run: () => sweep((fault) => playRunHistory(create, seed, fault), { seed, every: every.run }),
      },
    ]),
  );
}
