/** One round of the soak: a repository, a random plan, the real program killed at random moments, and what is wrong afterwards. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openFileLog } from "../../src/actors/log/file-log.ts";
import { type LogRecord, readRecords } from "../../src/actors/log/index.ts";
import { eventOf } from "../../src/actors/projections/events.ts";
import { MAX_FAULTS, policyOf } from "../../src/machines/task/failure-policy.ts";
import type { TaskEvent } from "../../src/machines/task/task-state.ts";
import type { RunEvent } from "../../src/protocol/client.ts";
import { createRandomSequence } from "../../src/testing/determinism/seeded-random.ts";
import { findViolations, type KilledRun, liveFor, surviveKills } from "../helpers/killed-run.ts";
import { git, makeRepository, runProgram } from "../helpers/program.ts";
import { type RandomPlan, randomSoakPlan } from "./random-plan.ts";

/** Figures of one round. */
export interface SoakRound {
  seed: number;
  tasks: number;
  kills: number;
  /** Attempts that were lost with their host and made again. */
  lostAttempts: number;
  records: number;
  /** Failures of attempts by what they count as: `tries` are the tasks' own, as planned; `faults` are the program's. */
  tries: number;
  faults: number;
  /** Whether a task was given up for a fault. */
  endedByFault: boolean;
  /** What was promised and not kept; empty in a good round. */
  violations: string[];
}

/** How much may happen in a round. */
export interface SoakSize {
  tasks: [least: number, most: number];
  mostKills: number;
}
export const LARGE: SoakSize = { tasks: [10, 40], mostKills: 14 };
/** As many as may be rivals, at least. */
export const SMALL: SoakSize = { tasks: [6, 10], mostKills: 3 };
const MAX_LIFE_MS = 1_500;
/** Said by the program about itself rather than read from a record. */
const UNRECORDED_EVENTS: ReadonlySet<string> = new Set(["run.finished", "run.waiting", "run.interrupted"]);

/** Runs the round of `seed` in the folder `root`, which must not exist yet. */
export async function runSoakRound(root: string, seed: number, { tasks, mostKills }: SoakSize): Promise<SoakRound> {
  const random = createRandomSequence(seed, "kills");
  const plan = randomSoakPlan(seed, tasks);
  makeRepository(root, { ...plan.files, "plan.yaml": plan.yaml });
  const head = git(root, "rev-parse", "HEAD").trim();
  // In its name the process, too: whatever carries it was started by this round.
  const killed: KilledRun = { root, run: `soak-${process.pid}-${seed}` };
  // Some die while they start, most while they work.
  const lives = Array.from({ length: 1 + random.below(mostKills) }, () =>
    liveFor(killed, random.below(MAX_LIFE_MS), random.chance(0.3) ? "start" : "firstWord", random.chance(0.5)),
  );
  const { end, kills, said } = await surviveKills(killed, lives);
  const violations = await findViolations(killed, end, plan);
  const records = await readRecords(openFileLog(join(root, ".ce-workspace", killed.run, "log")));
  if (end.code === 0) {
    violations.push(...findLostOutput(said, records), ...findWrongContent(killed, plan));
    if (git(root, "rev-parse", "HEAD").trim() !== head) violations.push("HEAD of the checkout was moved");
    violations.push(...(await findUnverified(killed)));
  }
  const lostAttempts = records.filter(({ type }) => type === "agent.lost").length;
  return {
    ...{ seed, tasks: plan.tasks.length, kills, lostAttempts, records: records.length },
    ...countFailures(records),
    violations,
  };
}

/** What the attempts of a log failed for. No agent of a soak has faults of its own: each is a script. */
export function countFailures(records: readonly LogRecord[]): Pick<SoakRound, "tries" | "faults" | "endedByFault"> {
  let tries = 0;
  const faults = new Map<string, number>();
  for (const { actor, type, data, time } of records) {
    if (!actor.startsWith("task:")) continue;
    const { counts } = policyOf({ type, ...(data as object), at: time } as TaskEvent);
    if (counts === "try") tries += 1;
    if (counts === "fault") faults.set(actor, (faults.get(actor) ?? 0) + 1);
  }
  const each = [...faults.values()];
  return {
    tries,
    faults: each.reduce((total, count) => total + count, 0),
    endedByFault: each.some((count) => count >= MAX_FAULTS),
  };
}

/** What the program said before it was killed, and what is not in the log any more. */
export function findLostOutput(said: readonly string[], records: readonly LogRecord[]): string[] {
  const lines = said.flatMap((text) => text.split("\n").slice(0, -1));
  return lines.flatMap((line) => {
    const { seq, actor, type } = JSON.parse(line) as RunEvent;
    if (UNRECORDED_EVENTS.has(type)) return [];
    const record = records[seq - 1];
    const event = record === undefined ? null : eventOf(record);
    return event?.actor === actor && event.type === type ? [] : [`${type} of ${actor} (${seq}) was said, and is lost`];
  });
}

function findWrongContent({ root, run }: KilledRun, { results, isIsolated }: RandomPlan): string[] {
  return Object.entries(results).flatMap(([file, lines]) => {
    const text = isIsolated ? git(root, "show", `pleach/${run}:${file}`) : readFileSync(join(root, file), "utf8");
    const found = text.trim().split("\n").sort().join("; ");
    return found === lines.join("; ") ? [] : [`${file} holds: ${found}`];
  });
}

async function findUnverified({ root, run }: KilledRun): Promise<string[]> {
  const wrong: string[] = [];
  for (const args of [
    ["log", "verify", run],
    ["replay", run, "--verify"],
  ]) {
    const { code, stdout, stderr } = await runProgram(root, [...args, "--json"]);
    if (code !== 0) wrong.push(`${args.join(" ")} ended with ${code}: ${stdout.slice(-500)}${stderr}`);
  }
  return wrong;
}
