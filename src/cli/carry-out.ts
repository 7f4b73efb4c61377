/** Carries a run out once it may begin, go on or be opened again: in a host of its own under a screen, else in this process. */
import { runFolder } from "../actors/control/run-folder.ts";
import type { Consent } from "./consent.ts";
import { exitOfStatus } from "./exit.ts";
import { hostRun } from "./host-run.ts";
import type { chooseOutput } from "./output.ts";
import { jsonReporter, plainReporter } from "./report.ts";
import { vaultFolders } from "./vault-folders.ts";
import type { HostStart } from "./watch-run.ts";

export interface CarryOutOptions {
  output: ReturnType<typeof chooseOutput>;
  learn: boolean;
  /** Folder of the vault that is written, as the person named it. */
  vault?: string | undefined;
}

/** Resolves with the run's exit code, or with 0 when its screen is left. */
export async function carryOut(
  consent: Consent,
  run: string,
  start: HostStart,
  { output, learn, vault: named }: CarryOutOptions,
): Promise<number> {
  const { place } = consent;
  const vault = learn ? vaultFolders(place, named)[0] : null;
  if (output === "tui") {
    const { detachHost, watchRun } = await import("./watch-run.ts");
    await detachHost(consent, run, start, vault);
    return watchRun(place, runFolder(place.root, run));
  }
  const reporter = output === "json" ? jsonReporter(process.stdout) : plainReporter(process.stdout, process.stderr);
  const { status } = await hostRun({ consent, run, ...start, stay: false, reporter, vault });
  return exitOfStatus(status.status);
}
