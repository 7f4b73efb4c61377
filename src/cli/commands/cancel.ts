/** `pleach cancel [RUN]`: stops a run for good, its worktrees cleaned up. */
import { readRun } from "../../actors/client/attach.ts";
import { PleachError } from "../../errors.ts";
import { isRunOver } from "../../protocol/states.ts";
import { tellHost } from "../command-run.ts";
import { demandConsent } from "../consent.ts";
import { EXIT, exitOfStatus } from "../exit.ts";
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun } from "../place.ts";
import { plainReporter, silentReporter } from "../report.ts";
import { readPlan } from "../run-end.ts";
import { printJson } from "../streams.ts";

/** Resolves with the exit code. Throws `run.notFound` and what the host answers. */
export async function cancel(
  wanted: string | undefined,
  options: CommonOptions & { trust?: boolean },
): Promise<number> {
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted);
  const { run } = folder;
  const said = await tellHost(place.engine, folder, { command: "cancel" });
  if (said !== null) {
    if (options.json) printJson({ schema: 1, run, ok: true, message: said });
    else process.stdout.write(`${said}\n`);
    return EXIT.done;
  }
  const { status } = (await readRun(place.engine, folder)).status();
  if (isRunOver(status)) {
    throw new PleachError("run.over", `run ${run} is over: ${status}`, { hint: "there is nothing left to cancel" });
  }
  // Without a host this process is one, until what the run left behind is cleaned up.
  const plan = await readPlan(place.engine, folder);
  const consent = await demandConsent(place, { plan, startsAgents: false, run: folder, trust: options.trust });
  const reporter = options.json ? silentReporter : plainReporter(process.stdout, process.stderr);
  const end = await hostRun({ consent, run, first: { command: "cancel" }, stay: false, reporter, vault: null });
  const isCancelled = end.status.status === "cancelled";
  if (options.json) printJson({ schema: 1, run, ok: isCancelled, message: `run ${run} is ${end.status.status}` });
  return isCancelled ? EXIT.done : exitOfStatus(end.status.status);
}
