/** What is left of a run whose log is gone: everything but its story. */
import { PleachError } from "../../errors.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { describeWay, listLeft, type Repository } from "../git/index.ts";
import type { LogStore } from "../log/index.ts";

/**
 * The error to tell for one that ended a host: where the log has gone, that is what happened, whatever broke first for want
 * of it.
 */
export async function explainLostLog(
  thrown: unknown,
  log: LogStore,
  { run, path }: RunFolder,
  repo: Repository | null,
): Promise<unknown> {
  const isThere = await log.newestEpoch().then(
    (epoch) => epoch !== null,
    () => true,
  );
  if (isThere) return thrown;
  const left = repo === null ? null : await listLeft(repo, run).catch(() => null);
  const what = `the log of run ${run} was moved or removed while the run went on (git clean -x does that), so it stopped`;
  return new PleachError("log.gone", what, { file: path, hint: describeWay(run, left), cause: thrown });
}
