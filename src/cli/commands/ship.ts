/** `pleach ship [RUN] [--into B]`: merges a run's result into the branch that it started from. */
import { readRun } from "../../actors/client/attach.ts";
import { openRepository, shipBranch } from "../../actors/git/index.ts";
import { manifestOf } from "../../actors/projections/run-view.ts";
import { PleachError } from "../../errors.ts";
import { isRunOver, isTaskDone } from "../../protocol/status.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun } from "../place.ts";
import { printJson } from "../streams.ts";
import { fewOf } from "../words.ts";

/** Resolves with 0 once the result is merged. Throws errors of git, with nothing changed. */
export async function ship(
  wanted: string | undefined,
  options: CommonOptions & { into?: string; yes?: boolean },
): Promise<number> {
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted);
  const { run } = folder;
  const reader = await readRun(place.engine, folder);
  const manifest = manifestOf(reader.system);
  if (manifest === null || manifest.branch === null) {
    throw new PleachError(
      "run.noBranch",
      `run ${run} has no branch to ship: it worked in the folder itself (isolation: none)`,
      {
        hint: "its changes are in your files already",
      },
    );
  }
  const { status, tasks } = reader.status();
  if (!isRunOver(status) && options.yes !== true) {
    throw new PleachError("run.notOver", `run ${run} is not over: it is ${status}`, {
      hint: `finish it first (pleach resume ${run}), or ship what is merged so far with --yes`,
    });
  }
  if (place.trouble) throw place.trouble;
  const into = options.into ?? manifest.baseBranch;
  const outcome = await shipBranch(await openRepository(place.root), { run, ...(into === null ? {} : { into }) });
  if (options.json) {
    printJson({ schema: 1, run, ...outcome });
    return EXIT.done;
  }
  if (outcome.kind === "already") {
    process.stdout.write(`${outcome.branch} holds run ${run} already (${outcome.commit.slice(0, 10)})\n`);
    return EXIT.done;
  }
  const { how, branch, commit, files } = outcome;
  const word = how === "fastForward" ? "fast-forwarded" : "merged";
  process.stdout.write(
    `${branch} ${word} to ${commit.slice(0, 10)}: ${files.length} file${files.length === 1 ? "" : "s"} changed (${fewOf(files)})\n`,
  );
  const missing = tasks.filter((task) => !isTaskDone(task.status));
  if (missing.length > 0) process.stdout.write(`not in it: ${fewOf(missing.map(({ id }) => id))}\n`);
  return EXIT.done;
}
