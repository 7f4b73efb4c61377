/** `pleach resume [RUN]`: goes on where the log ends. */
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../main.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findPlace, findRun } from "../place.ts";
import { vaultFolders } from "../prepare-run.ts";
import { jsonReporter, plainReporter } from "../report.ts";

export async function resume(
  run: string | undefined,
  options: CommonOptions & OutputOptions & { vault?: string; learn: boolean },
): Promise<number> {
  const output = chooseOutput(options);
  const place = await findPlace(options.C);
  const folder = findRun(place.root, run);
  const vault = options.learn ? (vaultFolders(place, options.vault)[0] ?? null) : null;
  if (output === "tui") {
    const { detachHost, watchRun } = await import("../watch-run.ts");
    await detachHost(place, folder.run, undefined, vault);
    return watchRun(folder);
  }
  const reporter = output === "json" ? jsonReporter(process.stdout) : plainReporter(process.stdout, process.stderr);
  return hostRun({ place, run: folder.run, stay: false, reporter, vault });
}
