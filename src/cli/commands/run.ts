/** `pleach run PLAN`: the main job. */
import { runFolder } from "../../actors/run-folder.ts";
import { BadInput, exitOfStatus, issueLines } from "../exit.ts";
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findPlace, vaultFolders } from "../place.ts";
import { checkPlan, prepareRun } from "../prepare-run.ts";
import { printPredictions } from "../print-plan.ts";
import { jsonReporter, plainReporter } from "../report.ts";

export interface RunOptions extends CommonOptions, OutputOptions {
  concurrency?: number;
  agent?: string;
  runId?: string;
  vault?: string;
  learn: boolean;
  yes?: boolean;
}

/** Resolves with the run's exit code; throws `BadInput` for a plan that does not hold. */
export async function run(planPath: string, options: RunOptions): Promise<number> {
  const output = chooseOutput(options);
  const place = await findPlace(options.C);
  const { plan, errors, warnings, predictions } = await checkPlan(place, planPath, options);
  if (plan === null) throw new BadInput(`${planPath} is no valid plan`, errors, warnings);
  if (output !== "json") {
    process.stderr.write(issueLines([], warnings));
    printPredictions(process.stderr, predictions);
  }
  const begin = await prepareRun(place, plan, { runId: options.runId, predictions });
  const vault = options.learn ? vaultFolders(place, options.vault)[0] : null;
  if (output === "tui") {
    const { detachHost, watchRun } = await import("../watch-run.ts");
    await detachHost(place, begin.run, begin, vault);
    return watchRun(runFolder(place.root, begin.run));
  }
  const reporter = output === "json" ? jsonReporter(process.stdout) : plainReporter(process.stdout, process.stderr);
  const { status } = await hostRun({ place, run: begin.run, begin, stay: false, reporter, vault });
  return exitOfStatus(status.status);
}
