/** `pleach resume [RUN]`: goes on where the log ends. */

import type { RunFolder } from "../../actors/control/run-folder.ts";
import type { Amount } from "../../plan/index.ts";
import { carryOut } from "../carry-out.ts";
import { tellHost } from "../command-run.ts";
import { demandConsent } from "../consent.ts";
import { EXIT, exitOfStatus } from "../exit.ts";
import { learnFrom } from "../learn.ts";
import { hasLearned } from "../learned-mark.ts";
import { fixRun } from "../leftovers/find-leftovers.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findRun, findSoundPlace, listRuns, type Place } from "../place.ts";
import { summary } from "../print-status.ts";
import { readRaise, refuseBudgetOfEnded } from "../raise-budget.ts";
import { writeEndLine } from "../report.ts";
import { readEndedRun, readPlan } from "../run-end.ts";
import { tellRest } from "../tell-rest.ts";
import { vaultFolders } from "../vault-folders.ts";

/** Resolves with the run's exit code. */
export async function resume(
  run: string | undefined,
  options: CommonOptions & OutputOptions & { vault?: string; learn: boolean; trust?: boolean; budget?: Amount },
): Promise<number> {
  const output = chooseOutput(options);
  const place = await findSoundPlace(options.C);
  const folder = run === undefined ? await findUnfinished(place) : await findRun(place, run);
  const ended = await readEndedRun(place.engine, folder);
  if (ended !== null) {
    if (options.budget !== undefined) throw refuseBudgetOfEnded(folder.run);
    // Into a vault that is left out nothing is written, nor into another one instead.
    const mayLearn = options.learn && place.withheld.length === 0;
    const vault = mayLearn ? vaultFolders(place, options.vault)[0] : null;
    // Its host may have died before it had tidied up, told its person, or learned.
    await fixRun(place, folder.run).catch(() => {});
    await tellRest(place, folder.run, ended).catch(() => {});
    if (vault !== null && !hasLearned(folder, vault, ended.endedAt))
      await learnFrom(place.engine, folder, vault).catch(() => null);
    if (output === "json") writeEndLine(process.stdout, "run.finished", ended.status);
    else process.stdout.write(`run ${folder.run} is over; nothing is left to do\n${summary(ended.status)}`);
    return exitOfStatus(ended.status.status);
  }
  const raise = options.budget === undefined ? null : await readRaise(place, folder, options.budget);
  if (raise !== null) {
    const said = await tellHost(place.engine, folder, raise);
    if (said !== null) {
      process.stderr.write(`${said}\n`);
      return EXIT.done;
    }
  }
  const consent = await demandConsent(place, {
    plan: await readPlan(place.engine, folder),
    startsAgents: true,
    run: folder,
    trust: options.trust,
  });
  const { learn, vault } = options;
  return carryOut(consent, folder.run, raise === null ? {} : { first: raise }, { output, learn, vault });
}

/** The newest run that can go on; the newest of all where none can. */
async function findUnfinished(place: Place): Promise<RunFolder> {
  for (const { folder } of (await listRuns(place)).reverse()) {
    const isLive =
      (await place.engine
        .openLease(folder)
        .findHolder()
        .catch(() => null)) !== null;
    // One that cannot be read is not gone on with unasked.
    const ended = await readEndedRun(place.engine, folder).catch(() => "unreadable");
    if (!isLive && ended === null) return folder;
  }
  return findRun(place, undefined);
}
