/**
 * How agents did in the runs of this repository: how many of their tasks landed at the first attempt, how many attempts came
 * after one, what a landed task cost and took. Made of what the logs of the newest runs say, so many as can be read soon.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "../../actors/client/attach.ts";
import { projectFacts } from "../../actors/projections/facts/project-facts.ts";
import { manifestOf } from "../../actors/projections/run-view.ts";
import type { TaskFact } from "../../vault/index.ts";
import { listRuns, type RunPlace } from "../place.ts";

/** Runs whose logs are read, the newest ones. */
const MAX_RUNS = 50;
/** Of their logs together; a run of a few hundred tasks has some megabytes. */
const MAX_BYTES = 48 * 1024 * 1024;

export interface AgentRecord {
  /** Runs in which it had a task that came to an end. */
  runs: number;
  /** Tasks that came to an end: landed or failed. */
  tasks: number;
  landed: number;
  /** Of its tasks, those that landed at the first attempt, from 0 to 1. */
  firstPass: number;
  /** Attempts after the first one, a task. */
  rework: number;
  /** All that its tasks cost, reviews of them and failed ones included, for each that landed; null where none did, or nothing is known. */
  costUsd: number | null;
  tokens: number | null;
  /** Whether a part of the cost is estimated. */
  isEstimated: boolean;
  /** The middle one of the times from a landed task's first start to its end; null where none did. */
  durationMs: number | null;
}

export interface AgentRecords {
  /** By the agent's name. */
  agents: ReadonlyMap<string, AgentRecord>;
  /** How many runs were read, of how many there are. */
  runs: number;
  total: number;
}

/** A task as it counts. */
export type CountedTask = Pick<
  TaskFact,
  "agent" | "outcome" | "attempts" | "workMs" | "costUsd" | "estimatedUsd" | "tokens"
> & {
  run: string;
};

/** Reads the records of all agents. A run whose log cannot be read is left out. */
export async function readAgentRecords(place: RunPlace): Promise<AgentRecords> {
  const all = (await listRuns(place)).reverse();
  const tasks: CountedTask[] = [];
  let [bytes, runs] = [0, 0];
  for (const { folder } of all.slice(0, MAX_RUNS)) {
    bytes += sizeOfLog(folder.path);
    if (bytes > MAX_BYTES && runs > 0) break;
    const read = await readTasks(place, folder).catch(() => null);
    if (read === null) continue;
    runs += 1;
    tasks.push(...read);
  }
  return { agents: countTasks(tasks), runs, total: all.length };
}

/** Counts them for each agent. Pure. */
export function countTasks(tasks: readonly CountedTask[]): Map<string, AgentRecord> {
  const byAgent = new Map<string, CountedTask[]>();
  for (const task of tasks) {
    if (task.agent === null || !isEnded(task)) continue;
    byAgent.set(task.agent, [...(byAgent.get(task.agent) ?? []), task]);
  }
  return new Map([...byAgent].map(([agent, its]) => [agent, countAgent(its)]));
}

function countAgent(tasks: readonly CountedTask[]): AgentRecord {
  const landed = tasks.filter(hasLanded);
  const sumOf = (of: (task: CountedTask) => number): number => tasks.reduce((sum, task) => sum + of(task), 0);
  const perLanded = (sum: number): number | null => (landed.length === 0 || sum <= 0 ? null : sum / landed.length);
  return {
    runs: new Set(tasks.map(({ run }) => run)).size,
    tasks: tasks.length,
    landed: landed.length,
    firstPass: landed.filter(({ attempts }) => attempts <= 1).length / tasks.length,
    rework: sumOf(({ attempts }) => Math.max(0, attempts - 1)) / tasks.length,
    costUsd: perLanded(sumOf(({ costUsd }) => costUsd)),
    tokens: perLanded(sumOf(({ tokens: used }) => used)),
    isEstimated: tasks.some(({ estimatedUsd }) => estimatedUsd > 0),
    durationMs: middleOf(landed.map(({ workMs }) => workMs)),
  };
}

const hasLanded = ({ outcome }: CountedTask): boolean => outcome === "merged" || outcome === "done";
const isEnded = (task: CountedTask): boolean => hasLanded(task) || task.outcome === "failed";

function middleOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

async function readTasks({ engine, root }: RunPlace, folder: Parameters<typeof readRun>[1]): Promise<CountedTask[]> {
  const reader = await readRun(engine, folder);
  const manifest = manifestOf(reader.system);
  if (manifest === null) return [];
  const { startedAt, endedAt, lastAt } = reader.meta;
  const status = reader.status();
  const facts = await projectFacts({
    manifest,
    status,
    repo: root,
    records: engine.openLog(folder).read(),
    // What failed where is no matter here.
    readTail: () => "",
    startedAt,
    endedAt: endedAt ?? lastAt,
  });
  return facts.tasks.map((task) => ({ ...task, run: folder.run }));
}

/** As far as the system tells; a log elsewhere has no size here. */
function sizeOfLog(folder: string): number {
  try {
    const log = join(folder, "log");
    return readdirSync(log).reduce((sum, name) => sum + statSync(join(log, name)).size, 0);
  } catch {
    return 0;
  }
}
