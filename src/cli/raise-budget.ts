/** `--budget usd=5`: how much a run may spend from now on, checked before anything is recorded. */
import { readRun } from "../actors/client/attach.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { schedulerOf } from "../actors/projections/run-view.ts";
import { PleachError } from "../errors.ts";
import { refuseLimit } from "../machines/scheduler/budget-question.ts";
import type { Amount } from "../plan/index.ts";
import type { RunCommand } from "../protocol/commands.ts";
import type { RunPlace } from "./place.ts";

/** The command that raises a run's budget. Throws `usage.badBudget` for a limit that would change nothing. */
export async function readRaise(
  { engine }: RunPlace,
  folder: RunFolder,
  limit: Amount,
): Promise<RunCommand & { command: "raiseBudget" }> {
  const scheduler = schedulerOf((await readRun(engine, folder)).system);
  const why = scheduler === null ? null : refuseLimit(scheduler, limit);
  if (why === null) return { command: "raiseBudget", ...limit };
  throw new PleachError("usage.badBudget", `the budget of run ${folder.run} stays as it is: ${why}`, {
    hint: "pleach status says what was spent; give more: --budget usd=5, --budget tokens=100000",
  });
}

/** Nothing of a run that is over spends anything. */
export function refuseBudgetOfEnded(run: string): PleachError {
  return new PleachError("run.over", `run ${run} is over`, {
    hint: `what did not start can be tried again: pleach retry --run ${run} --budget usd=5`,
  });
}
