/** `pleach host RUN` (hidden): the detached child that hosts a run while screens come and go. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { runFolder } from "../../actors/control/run-folder.ts";
import { demandConsent } from "../consent.ts";
import { exitOfStatus } from "../exit.ts";
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { findSoundPlace } from "../place.ts";
import type { Beginning } from "../prepare-run.ts";
import { silentReporter } from "../report.ts";
import { readPlan } from "../run-end.ts";
import { beginFile } from "../watch-run.ts";

/** Resolves with the run's exit code; nobody waits for it. */
export async function host(
  run: string,
  options: CommonOptions & { vault?: string; learn: boolean; agreed?: string },
): Promise<number> {
  const place = await findSoundPlace(options.C);
  const file = beginFile(runFolder(place.root, run));
  const begin = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Beginning) : undefined;
  rmSync(file, { force: true });
  const plan = begin?.manifest.plan ?? (await readPlan(place.engine, runFolder(place.root, run)));
  const consent = await demandConsent(place, { plan, agreed: options.agreed });
  const vault = options.learn ? (options.vault ?? null) : null;
  const { status } = await hostRun({
    consent,
    run,
    ...(begin ? { begin } : {}),
    stay: true,
    reporter: silentReporter,
    vault,
  });
  return exitOfStatus(status.status);
}
