/**
 * Where a reader of a run begins: at the newest snapshot that its hosts left, when this very program and its machines took it.
 * A snapshot is a cache (HOSTED-3): one that is missing, damaged, of others, or of another history means that the log is read
 * from its first record.
 */

import { toSnapshotKey } from "../control/hosted-log.ts";
import { readProgram } from "../control/program.ts";
import type { SnapshotStore } from "../log/index.ts";
import type { RunMeta } from "../projections/run-view.ts";
import { runLogics } from "../run-actors/root.ts";
import { hashMachines } from "../runtime/machine-hash.ts";
import { toMachines } from "../runtime/runtime.ts";

/** A run's state as its host kept it. */
export interface SavedRun {
  seq: number;
  crc: string;
  state: { system: unknown; kept: RunMeta };
}

/** The newest snapshot of a run, of records up to `atMostSeq`, that this program can begin with; null when there is none. */
export async function loadSaved(snapshots: SnapshotStore | null, atMostSeq?: number): Promise<SavedRun | null> {
  const key = toSnapshotKey(readProgram(), hashMachines(toMachines(runLogics)));
  const wanted = { key, ...(atMostSeq === undefined ? {} : { atMostSeq }) };
  return ((await snapshots?.loadNewest(wanted)) ?? null) as SavedRun | null;
}
