/**
 * What runs are carried on: the ports through which a host, its clients and the command line reach a run's log and each
 * other. One object stands for all of them, so that another engine replaces them together.
 */
import type { EpochFacts } from "../../protocol/values.ts";
import type { LogStore, SnapshotStore } from "../log/index.ts";
import type { CommandChannel } from "./command-channel.ts";
import type { Lease } from "./lease.ts";
import type { RunFolder } from "./run-folder.ts";

/** Opening any of them touches nothing, and there need be no such run. */
export interface Engine {
  /** Ids of all runs of a repository whose logs may hold something, in the order in which their ids sort. */
  listRuns(root: string): Promise<string[]>;
  openLog(folder: RunFolder): LogStore;
  /** Null where no snapshots are kept. */
  openSnapshots(folder: RunFolder): SnapshotStore | null;
  openChannel(folder: RunFolder): CommandChannel;
  openLease(folder: RunFolder): Lease;
}

/** What the newest epoch says of the host of a run that has one; else null. */
export async function findHost(engine: Engine, folder: RunFolder): Promise<EpochFacts | null> {
  if ((await engine.openLease(folder).findHolder()) === null) return null;
  return ((await engine.openLog(folder).newestEpoch())?.data ?? null) as EpochFacts | null;
}
