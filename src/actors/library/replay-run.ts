/** Replay for users of the library: the log of a run's folder, folded again by their own streams. */

import { PleachError } from "../../errors.ts";
import { openFolder } from "../control/local-engine.ts";
import type { LogStore } from "../log/index.ts";
import { hashMachines } from "../runtime/machine-hash.ts";
import { type ReplayReport, replayLog } from "../runtime/replay.ts";
import { toMachines } from "../runtime/runtime.ts";
import { checkReplayOptions, hintOfMissing } from "./check-options.ts";
import { readStreams } from "./run-streams.ts";
import type { KindMap, StreamMap } from "./stream-types.ts";

export interface ReplayRunOptions {
  /** The run's folder, as given to `openRun`. */
  dir: string;
  /** The streams, as given to `openRun`; their input is not needed. */
  streams: StreamMap;
  kinds?: KindMap;
  /** Folds no record after this sequence number. */
  until?: number;
  /** Default: files in `<dir>/log`. */
  log?: LogStore;
}

/**
 * Folds the log again, performing nothing, and compares what the machines ask for with what is recorded. A run that is
 * open may be replayed. Rejects with `run.notFound`, or as the log does (`log.damaged`, `log.newer`, `log.failed`).
 */
export async function replay(options: ReplayRunOptions): Promise<ReplayReport> {
  checkReplayOptions(options);
  const log = options.log ?? openFolder(options.dir).log;
  const machines = toMachines(readStreams(options.streams, options.kinds ?? {}).logics);
  if ((await log.newestEpoch()) === null) {
    throw new PleachError("run.notFound", `there is no run in ${options.dir}`, {
      hint: hintOfMissing(options.dir),
      file: options.dir,
    });
  }
  const until = options.until === undefined ? {} : { untilSeq: options.until };
  return replayLog(log, machines, { machineHashes: hashMachines(machines), ...until });
}
