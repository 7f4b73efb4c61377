/** `pleach run PLAN`: the main job. */
import { resolve } from "node:path";
import { runFolder } from "../../actors/run-folder.ts";
import { EXIT } from "../exit.ts";
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../main.ts";
import { findPlace } from "../place.ts";
import { badPlan, checkPlan, prepareRun, vaultFolders } from "../prepare-run.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { printIssues, printPredictions } from "../print-plan.ts";
import { jsonReporter, plainReporter } from "../report.ts";

export interface RunOptions extends CommonOptions, OutputOptions {
  concurrency?: number;
  agent?: string;
  runId?: string;
  vault?: string;
  learn: boolean;
  yes?: boolean;
}

export async function run(planPath: string, options: RunOptions): Promise<number> {
  const output = chooseOutput(options);
  const place = await findPlace(options.C);
  const path = resolve(options.C ?? ".", planPath);
  const checked = await checkPlan(place, path, options);
  if (checked.plan === null) {
    if (output === "json") throw badPlan(planPath, checked.errors);
    printIssues(process.stderr, checked.errors, checked.warnings);
    return EXIT.usage;
  }
  if (output !== "json") {
    printIssues(process.stderr, [], checked.warnings);
    printPredictions(process.stderr, checked.predictions);
  }
  const begin = await prepareRun(place, checked.plan, { runId: options.runId, predictions: checked.predictions });
  const vault = options.learn ? (vaultFolders(place, options.vault)[0] ?? null) : null;
  if (output === "tui") {
    const { detachHost, watchRun } = await import("../watch-run.ts");
    await detachHost(place, begin.run, begin, vault);
    return watchRun(runFolder(place.root, begin.run));
  }
  const reporter = output === "json" ? jsonReporter(process.stdout) : plainReporter(process.stdout, process.stderr);
  return hostRun({ place, run: begin.run, begin, stay: false, reporter, vault });
}
