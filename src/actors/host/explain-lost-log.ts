/** What is left of a run whose log is gone: everything but its story. */
import { PleachError } from "../../errors.ts";
import { describeWay, listLeft, type Repository } from "../git/index.ts";
import type { LogStore } from "../log/index.ts";

interface Lost {
  run: string;
  repo: Repository | null;
  /** The folder of the run. */
  path: string;
}

/**
 * The error to tell for one that ended a host: where the log has gone, that is what happened, whatever broke first for want
 * of it.
 */
export async function explainLostLog(thrown: unknown, log: LogStore, lost: Lost): Promise<unknown> {
  const isThere = await log.newestEpoch().then(
    (epoch) => epoch !== null,
    () => true,
  );
  if (isThere) return thrown;
  const left = lost.repo === null ? null : await listLeft(lost.repo, lost.run).catch(() => null);
  const what = `the log of run ${lost.run} was moved or removed while the run went on (git clean -x does that), so it stopped`;
  return new PleachError("log.gone", what, { file: lost.path, hint: describeWay(lost.run, left), cause: thrown });
}
