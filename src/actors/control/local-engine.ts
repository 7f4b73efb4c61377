/**
 * Runs on this machine: log and snapshots are files in the run's folder, its host is a process that takes commands at a
 * socket. The only file that opens logs and snapshots in folders: whoever needs one is given an engine, or asks here.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openFileLog } from "../log/file-log.ts";
import type { LogStore, SnapshotStore } from "../log/index.ts";
import { openSnapshots } from "../log/snapshot.ts";
import { createSocketChannel } from "./control-socket.ts";
import type { Engine } from "./engine.ts";
import { createEpochLease } from "./epoch-lease.ts";
import { isRunId, WORKSPACE } from "./run-folder.ts";

/** The engine that is used where no other is named. */
export const localEngine: Engine = {
  listRuns: async (root) => listRunIds(root),
  openLog: (folder) => openFolder(folder.path).log,
  openSnapshots: (folder) => openFolder(folder.path).snapshots,
  openChannel: (folder) => createSocketChannel(folder.path),
  openLease: (folder) => createEpochLease(openFolder(folder.path).log, { channel: createSocketChannel(folder.path) }),
};

/** The log and the snapshots of the run that lies in a folder, which need not exist. */
export function openFolder(path: string): { log: LogStore; snapshots: SnapshotStore } {
  return { log: openLogFolder(join(path, "log")), snapshots: openSnapshots(join(path, "snapshots")) };
}

/** The log whose segments lie in a folder. */
export function openLogFolder(dir: string): LogStore {
  return openFileLog(dir);
}

function listRunIds(root: string): string[] {
  const workspace = join(root, WORKSPACE);
  if (!existsSync(workspace)) return [];
  return readdirSync(workspace, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isRunId(entry.name) && hasSegments(join(workspace, entry.name, "log")))
    .map(({ name }) => name)
    .sort();
}

/** A run that could not be begun leaves a folder without any. */
function hasSegments(log: string): boolean {
  return existsSync(log) && readdirSync(log).some((name) => name.endsWith(".jsonl"));
}
