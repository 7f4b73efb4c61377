/** `pleach retry [TASK…]`: opens a run again that is over, for what failed or was skipped in it. Merged work is not done again. */

import { type RunReader, readRun } from "../../actors/client/attach.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { findRetried } from "../../actors/run-actors/reopen-root.ts";
import { findNearest } from "../../arguments/nearest.ts";
import { PleachError } from "../../errors.ts";
import type { Retried, RetryRefusal } from "../../machines/scheduler/retry.ts";
import type { Amount } from "../../plan/index.ts";
import { few } from "../../protocol/words.ts";
import { carryOut } from "../carry-out.ts";
import { askHost, demandYes } from "../command-run.ts";
import { demandConsent } from "../consent.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findRun, findSoundPlace, type RunPlace } from "../place.ts";
import { readRaise } from "../raise-budget.ts";
import { readPlan } from "../run-end.ts";
import { printJson } from "../streams.ts";
import { readTaskNames } from "../task-names.ts";
import { line } from "../words.ts";

export interface RetryOptions extends CommonOptions, OutputOptions {
  run?: string;
  budget?: Amount;
  vault?: string;
  learn: boolean;
  trust?: boolean;
  agent?: string;
  fresh?: boolean;
}

/** Resolves with the run's exit code. Throws `run.live`, `run.notOver`, `retry.unknownTask`, `retry.done`, `retry.nothing`. */
export async function retry(names: string[], options: RetryOptions): Promise<number> {
  const output = chooseOutput(options);
  const wanted = readTaskNames(names, options.run);
  const place = await findSoundPlace(options.C);
  const folder = await findRun(place, wanted.run);
  const told = await tryAgainNow(place, folder, wanted.tasks, options);
  if (told !== null) return told;
  // A refusal must not cost the log an epoch.
  const found = demandOver(await readRun(place.engine, folder), folder, wanted.tasks);
  if (found.kind !== "retried") throw refuse(found, folder.run, await place.engine.listRuns(place.root));
  const { tasks, left } = found;
  if (left.length > 0 && wanted.tasks.length === 0) process.stderr.write(`${sayLeft(left)}\n`);
  const consent = await demandConsent(place, {
    plan: await readPlan(place.engine, folder),
    startsAgents: true,
    run: folder,
    trust: options.trust,
  });
  const first = options.budget === undefined ? null : await readRaise(place, folder, options.budget);
  const start = { retry: tasks, ...(first === null ? {} : { first }) };
  const { learn, vault } = options;
  return carryOut(consent, folder.run, start, { output, learn, vault });
}

/** Tells the host of a run that goes on; null where there is none. */
async function tryAgainNow(
  { engine }: RunPlace,
  folder: RunFolder,
  tasks: readonly string[],
  { agent, fresh, json }: RetryOptions,
): Promise<number | null> {
  const how = { ...(agent === undefined ? {} : { agent }), ...(fresh === true ? { fresh: true as const } : {}) };
  const answer = await askHost(engine, folder, { command: "retry", tasks, ...how });
  if (answer === null) {
    if (Object.keys(how).length === 0) return null;
    throw new PleachError("usage.notLive", "--agent and --fresh are for a run that goes on", {
      hint: `open it again without them: pleach retry ${tasks.join(" ")}`,
    });
  }
  const { message } = demandYes(answer);
  if (json) printJson({ schema: 1, run: folder.run, ok: true, message });
  else process.stdout.write(`${line(message)}\n`);
  return EXIT.done;
}

/** What is to be tried again. Throws when the run is not over. */
function demandOver(reader: RunReader, { run }: RunFolder, asked: readonly string[]): Retried | RetryRefusal {
  if (reader.hostAlive) {
    throw new PleachError("run.live", `run ${run} is going on`, { hint: `watch it with: pleach attach ${run}` });
  }
  if (reader.system.actors.get("run")?.status !== "done") {
    const { status } = reader.status();
    throw new PleachError("run.notOver", `run ${run} is not over: ${status}`, {
      hint:
        status === "waiting"
          ? `answer what waits first: pleach decide ${run}`
          : `go on with it first, its tasks are tried again as the plan says: pleach resume ${run}`,
    });
  }
  return findRetried(reader.system, asked);
}

function refuse(refusal: RetryRefusal, run: string, runs: readonly string[]): PleachError {
  switch (refusal.kind) {
    case "unknown": {
      const { task, known } = refusal;
      const near = findNearest(task, known);
      const meant =
        near === undefined ? `its tasks: ${few(known)}` : `did you mean ${near}? pleach status ${run} shows all`;
      return new PleachError("retry.unknownTask", `run ${run} has no task ${JSON.stringify(task)}`, {
        hint: runs.includes(task) ? `that is a run: pleach retry --run ${task}` : meant,
      });
    }
    case "done":
      return new PleachError("retry.done", `${refusal.task} is ${refusal.phase}, and is not done again`, {
        hint: "name what failed or was skipped; more work on the same files is a task of a new plan",
      });
    case "nothing": {
      const { dropped } = refusal;
      const [first] = dropped;
      return new PleachError("retry.nothing", `nothing of run ${run} is left to be tried again`, {
        hint: first === undefined ? "no task of it failed or was skipped" : sayLeft(dropped),
      });
    }
  }
}

const sayLeft = (dropped: readonly string[]): string =>
  `left as it was decided: ${few(dropped)}; to try one again all the same, name it: pleach retry ${dropped[0]}`;
