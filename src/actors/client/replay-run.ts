/** The replay of a run: its whole log, or, where that saves time and is not refused, from the newest snapshot on. */
import type { Engine } from "../control/engine.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { runLogics } from "../run-actors/root.ts";
import { hashMachines } from "../runtime/machine-hash.ts";
import { type ReplayReport, replayLog } from "../runtime/replay.ts";
import { toMachines } from "../runtime/runtime.ts";
import { loadSaved } from "./begin-at-snapshot.ts";
import { readOnFrom } from "./read-on.ts";

/** What `replayRun` may be told. */
export interface ReplayRunOptions {
  /** Folds no record after this one. */
  until?: number;
  /** Folds and compares every record. */
  verify?: boolean;
}

/** So many records are folded in a moment: a snapshot saves nothing worth a smaller promise. */
const FOLDED_RECORDS = 5_000;

/** Folds a run's log again. Rejects as reading the log does. */
export async function replayRun(
  engine: Engine,
  folder: RunFolder,
  { until, verify = false }: ReplayRunOptions = {},
): Promise<ReplayReport> {
  const machines = toMachines(runLogics);
  const log = engine.openLog(folder);
  const options = { machineHashes: hashMachines(machines), ...(until === undefined ? {} : { untilSeq: until }) };
  const saved = verify ? null : await loadSaved(engine.openSnapshots(folder), until);
  if (saved !== null && saved.seq > FOLDED_RECORDS) {
    const from = { state: saved.state.system, read: readOnFrom(saved) };
    // What is wrong may be the snapshot: only the whole log tells of a difference.
    const report = await replayLog(log, machines, { ...options, from }).catch(() => null);
    if (report?.verified) return report;
  }
  return replayLog(log, machines, options);
}
