/** `pleach list`: all runs of a repository, whatever became of them. */
import { findEndFrom, readModels } from "../../actors/client/read-status.ts";
import type { Engine } from "../../actors/control/engine.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { isRunAtWork, isTaskDone, type RunStatus } from "../../protocol/states.ts";
import type { CostView, StatusDocument } from "../../protocol/status.ts";
import { dollars, plural } from "../../protocol/words.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findRunPlace, listRuns, type Place } from "../place.ts";
import { printJson } from "../streams.ts";
import { brief, line, shortTime } from "../words.ts";

interface ListedRun {
  run: string;
  goal: string | null;
  status: RunStatus | "damaged";
  started: string | null;
  tasks: { done: number; total: number } | null;
  /** Null of one that is damaged. */
  cost: CostView | null;
  /** Where its result was merged; null before that, and of one that merges nothing. */
  shipped: { into: string; commit: string; at: string } | null;
  /** Why it is damaged. */
  why: string | null;
}

/** Not told: whether it has merged something. */
type LookedAtRun = ListedRun & { merges: boolean };

type Told = Pick<StatusDocument, "goal" | "status" | "tasks" | "cost" | "shipped">;

/** Resolves with 0, also when a run is damaged: it is listed as that. */
export async function list(options: CommonOptions & { n: number }): Promise<number> {
  const place = await findRunPlace(options.C);
  const all = (await listRuns(place)).reverse();
  const shown = options.n === 0 ? all : all.slice(0, options.n);
  const runs = await Promise.all(shown.map((each) => look(place.engine, each.folder, each.startedAt)));
  if (options.json) printJson({ schema: 1, total: all.length, runs: runs.map(({ merges: _merges, ...told }) => told) });
  else print(runs, all.length);
  return EXIT.done;
}

/** Runs that ended with something merged that no branch of the person's holds yet, the newest first, of the newest 20. */
export async function listUnshipped(place: Place): Promise<string[]> {
  const newest = (await listRuns(place)).reverse().slice(0, 20);
  const runs = await Promise.all(newest.map((each) => look(place.engine, each.folder, each.startedAt)));
  const isOver = (status: ListedRun["status"]) => status === "succeeded" || status === "partial";
  return runs
    .filter(({ status, shipped, merges }) => isOver(status) && shipped === null && merges)
    .map(({ run }) => run);
}

async function look(engine: Engine, folder: RunFolder, startedAt: number | null): Promise<LookedAtRun> {
  const started = startedAt === null ? null : new Date(startedAt).toISOString();
  try {
    const { goal, status, tasks, cost, shipped = null } = await tell(engine, folder);
    const done = tasks.filter((task) => isTaskDone(task.status)).length;
    const merges = tasks.some((task) => task.status === "merged");
    // What is reserved is a matter of the status document.
    const { reserved: _reserved, ...spent } = cost;
    const known = { run: folder.run, goal, status, started, cost: spent, shipped, why: null, merges };
    return { ...known, tasks: { done, total: tasks.length } };
  } catch (thrown) {
    const why = `${codeOf(thrown) ?? "internal"}: ${messageOf(thrown)}`;
    const unknown = { goal: null, tasks: null, cost: null, shipped: null, merges: false };
    return { run: folder.run, status: "damaged", started, why, ...unknown };
  }
}

/** From the read models when they are of the log's last record, else by folding. Of a log that is not long every record is checked. */
async function tell(engine: Engine, folder: RunFolder): Promise<Told> {
  const models = readModels(folder);
  const end = models === null ? null : await findEndFrom(engine.openLog(folder), models);
  const isLive = (await engine.openLease(folder).findHolder()) !== null;
  if (models === null || (models.seq !== end && !isLive)) {
    const { readRun } = await import("../../actors/client/attach.ts");
    return (await readRun(engine, folder)).status();
  }
  // The model was written by a host that lived then.
  return { ...models, status: isRunAtWork(models.status) && !isLive ? "interrupted" : models.status };
}

function print(runs: readonly ListedRun[], total: number): void {
  if (runs.length === 0) process.stdout.write("no runs here yet: pleach run plan.md\n");
  const width = Math.max(0, ...runs.map(({ run }) => run.length));
  for (const { run, goal, status, started, tasks, cost, shipped, why } of runs) {
    const done = tasks === null ? "" : `${tasks.done}/${tasks.total}`;
    const spent = tellCost(cost);
    const about = why ?? goal;
    const where = shipped === null ? "" : `  (shipped into ${line(shipped.into)})`;
    process.stdout.write(
      `${run.padEnd(width)}  ${line(status).padEnd(11)} ${shortTime(started)}  ${done.padStart(7)}  ${spent.padStart(8)}  ${brief(about)}${where}\n`,
    );
  }
  if (total > runs.length) process.stdout.write(`and ${total - runs.length} older: pleach list -n 0\n`);
}

/** Dollars; tokens where no agent told dollars. */
function tellCost(cost: CostView | null): string {
  if (cost === null || (cost.usd === 0 && cost.tokens === 0)) return "";
  return cost.usd === 0 ? plural(cost.tokens, "token") : dollars(cost.usd, cost.estimatedUsd);
}
