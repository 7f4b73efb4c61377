/** Follows a run's log until the run is over or nobody writes it any more. */

import type { RunFolder } from "../actors/control/run-folder.ts";
import { findLiveHost } from "../actors/host/live-host.ts";
import { followLog, type LogRecord, openFileLog } from "../actors/log/index.ts";

/** Between two looks at whether the host lives. */
const LOOK_MS = 300;

/**
 * Yields all records so far, then those that are written, in batches. Ends when the run has finished, or when it has no
 * host. Throws `log.damaged`, `log.newer` or `log.failed`.
 */
export async function* followRunLog(folder: RunFolder): AsyncGenerator<readonly LogRecord[], void> {
  const stop = new AbortController();
  let lastSeq = 0;
  const look = async (): Promise<void> => {
    if ((await findLiveHost(folder).catch(() => null)) === null) stop.abort();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  try {
    for await (const records of followLog(folder.log, { signal: stop.signal })) {
      lastSeq = records.at(-1)?.seq ?? lastSeq;
      yield records;
      if (records.some(({ actor, type }) => actor === "run" && type === "run.finished")) break;
    }
  } finally {
    clearInterval(timer);
    stop.abort();
  }
  // What was written between the last look and the end.
  const rest = [...openFileLog(folder.log).read({ afterSeq: lastSeq })];
  if (rest.length > 0) yield rest;
}
