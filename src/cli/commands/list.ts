/** `pleach list`: all runs of a repository, whatever became of them. */
import { findEndFrom, readModels } from "../../actors/client/read-status.ts";
import type { Engine } from "../../actors/control/engine.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { isRunAtWork, isTaskDone, type RunStatus, type StatusDocument } from "../../protocol/status.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findRunPlace, listRuns } from "../place.ts";
import { printJson } from "../streams.ts";
import { line, shortTime } from "../words.ts";

interface ListedRun {
  run: string;
  goal: string | null;
  status: RunStatus | "damaged";
  started: string | null;
  tasks: { done: number; total: number } | null;
  /** Why it is damaged. */
  why: string | null;
}

type Told = Pick<StatusDocument, "goal" | "status" | "tasks">;

/** Resolves with 0, also when a run is damaged: it is listed as that. */
export async function list(options: CommonOptions): Promise<number> {
  const place = await findRunPlace(options.C);
  const runs = await Promise.all(
    (await listRuns(place)).map((each) => look(place.engine, each.folder, each.startedAt)),
  );
  if (options.json) printJson({ schema: 1, runs });
  else print(runs);
  return EXIT.done;
}

async function look(engine: Engine, folder: RunFolder, startedAt: number | null): Promise<ListedRun> {
  const started = startedAt === null ? null : new Date(startedAt).toISOString();
  try {
    const { goal, status, tasks } = await tell(engine, folder);
    const done = tasks.filter((task) => isTaskDone(task.status)).length;
    return { run: folder.run, goal, status, started, tasks: { done, total: tasks.length }, why: null };
  } catch (thrown) {
    const why = `${codeOf(thrown) ?? "internal"}: ${messageOf(thrown)}`;
    return { run: folder.run, goal: null, status: "damaged", started, tasks: null, why };
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

function print(runs: readonly ListedRun[]): void {
  if (runs.length === 0) process.stdout.write("no runs here yet: pleach run plan.md\n");
  const width = Math.max(0, ...runs.map(({ run }) => run.length));
  for (const { run, goal, status, started, tasks, why } of runs) {
    const done = tasks === null ? "" : `${tasks.done}/${tasks.total}`;
    const about = why ?? goal;
    process.stdout.write(
      `${run.padEnd(width)}  ${line(status).padEnd(11)} ${shortTime(started)}  ${done.padStart(7)}  ${line(about)}\n`,
    );
  }
}
