/** `pleach resume [RUN]`: goes on where the log ends. */
import { demandConsent } from "../consent.ts";
import { exitOfStatus } from "../exit.ts";
import { hostRun } from "../host-run.ts";
import { learnFrom } from "../learn.ts";
import { hasLearned } from "../learned-mark.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findRun, findSoundPlace } from "../place.ts";
import { summary } from "../print-status.ts";
import { jsonReporter, plainReporter, writeEndLine } from "../report.ts";
import { readEndedRun, readPlan } from "../run-end.ts";
import { vaultFolders } from "../vault-folders.ts";

/** Resolves with the run's exit code. */
export async function resume(
  run: string | undefined,
  options: CommonOptions & OutputOptions & { vault?: string; learn: boolean; trust?: boolean },
): Promise<number> {
  const output = chooseOutput(options);
  const place = await findSoundPlace(options.C);
  const folder = await findRun(place, run);
  const ended = await readEndedRun(place.engine, folder);
  if (ended !== null) {
    // Into a vault that is left out nothing is written, nor into another one instead.
    const mayLearn = options.learn && place.withheld.length === 0;
    const vault = mayLearn ? vaultFolders(place, options.vault)[0] : null;
    // Its host may have died before it had learned.
    if (vault !== null && !hasLearned(folder, vault, ended.endedAt))
      await learnFrom(place.engine, folder, vault).catch(() => null);
    if (output === "json") writeEndLine(process.stdout, "run.finished", ended.status);
    else process.stdout.write(`run ${folder.run} is over; nothing is left to do\n${summary(ended.status)}`);
    return exitOfStatus(ended.status.status);
  }
  const consent = await demandConsent(place, {
    plan: await readPlan(place.engine, folder),
    trust: options.trust,
  });
  const vault = options.learn ? vaultFolders(consent.place, options.vault)[0] : null;
  if (output === "tui") {
    const { detachHost, watchRun } = await import("../watch-run.ts");
    await detachHost(consent, folder.run, undefined, vault);
    return watchRun(place, folder);
  }
  const reporter = output === "json" ? jsonReporter(process.stdout) : plainReporter(process.stdout, process.stderr);
  const { status } = await hostRun({ consent, run: folder.run, stay: false, reporter, vault });
  return exitOfStatus(status.status);
}
