/** `pleach host RUN` (hidden): the detached child that hosts a run while screens come and go. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { runFolder } from "../../actors/control/run-folder.ts";
import { demandConsent } from "../consent.ts";
import { exitOfStatus } from "../exit.ts";
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { findSoundPlace } from "../place.ts";
import { silentReporter } from "../report.ts";
import { readPlan } from "../run-end.ts";
import { type HostStart, startFile } from "../watch-run.ts";

/** Resolves with the run's exit code; nobody waits for it. */
export async function host(
  run: string,
  options: CommonOptions & { vault?: string; learn: boolean; agreed?: string },
): Promise<number> {
  const place = await findSoundPlace(options.C);
  const file = startFile(runFolder(place.root, run));
  const start = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as HostStart) : {};
  rmSync(file, { force: true });
  const folder = runFolder(place.root, run);
  const plan = start.begin?.manifest.plan ?? (await readPlan(place.engine, folder));
  const consent = await demandConsent(place, {
    ...{ plan, startsAgents: true, agreed: options.agreed },
    run: start.begin === undefined ? folder : null,
  });
  const vault = options.learn ? (options.vault ?? null) : null;
  const { status } = await hostRun({
    consent,
    run,
    ...start,
    stay: true,
    reporter: silentReporter,
    vault,
  });
  return exitOfStatus(status.status);
}
