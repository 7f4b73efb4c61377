/** Follows a run's log until the run is over or nobody writes it any more. */

import type { Engine } from "../actors/control/engine.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import type { LogRecord } from "../actors/log/index.ts";

/** Between two looks at whether the host lives. */
const LOOK_MS = 300;

/**
 * Yields all records so far, then those that are written, in batches. Ends when the run has finished, or when it has no
 * host. Throws `log.damaged`, `log.newer` or `log.failed`.
 */
export async function* followRunLog(engine: Engine, folder: RunFolder): AsyncGenerator<readonly LogRecord[], void> {
  const log = engine.openLog(folder);
  const lease = engine.openLease(folder);
  const stop = new AbortController();
  let lastSeq = 0;
  let isOver = false;
  const look = async (): Promise<void> => {
    if ((await lease.findHolder().catch(() => null)) === null) stop.abort();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  try {
    for await (const records of log.follow({ signal: stop.signal })) {
      lastSeq = records.at(-1)?.seq ?? lastSeq;
      yield records;
      for (const { actor, type } of records) {
        if (actor === "run") isOver = type === "run.finished" || (isOver && type !== "actor.started");
      }
      // One that was over may have been opened again.
      const newest = isOver ? await log.newestEpoch() : null;
      if (newest !== null && newest.seq <= lastSeq) break;
    }
  } finally {
    clearInterval(timer);
    stop.abort();
  }
  // What was written between the last look and the end.
  yield* log.read({ afterSeq: lastSeq, unchecked: true });
}
