/**
 * Runs on this machine: log and snapshots are files in the run's folder, its host is a process that takes commands at a
 * socket. The only file that opens logs and snapshots in folders: whoever needs one is given an engine, or asks here.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import { openFileLog } from "../log/file-log.ts";
import type { LogStore, SnapshotStore } from "../log/index.ts";
import { openSnapshots } from "../log/snapshot.ts";
import { createSocketChannel } from "./control-socket.ts";
import type { Engine } from "./engine.ts";
import { createEpochLease } from "./epoch-lease.ts";
import { isRunId, stateFile, WORKSPACE } from "./run-folder.ts";

/** The read model of a run without its tasks has some hundred bytes. */
const MAX_STATE_BYTES = 1024 * 1024;

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
  const log = openFileLog(join(path, "log"), { knownEpoch: () => readKnownEpoch(path) });
  return { log, snapshots: openSnapshots(join(path, "snapshots")) };
}

/** The log whose segments lie in a folder. */
export function openLogFolder(dir: string): LogStore {
  return openFileLog(dir);
}

function listRunIds(root: string): string[] {
  const workspace = join(root, WORKSPACE);
  if (!existsSync(workspace)) return [];
  return readdirSync(workspace, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isRunId(entry.name) && hasBegun(join(workspace, entry.name)))
    .map(({ name }) => name)
    .sort();
}

/** A run that could not be begun leaves a folder without any segment; one whose segments were taken away is still a run. */
function hasBegun(path: string): boolean {
  const log = join(path, "log");
  return (existsSync(log) && readdirSync(log).some((name) => name.endsWith(".jsonl"))) || readKnownEpoch(path) > 0;
}

/**
 * The newest epoch that the run's read model tells of; 0 when it tells of none. It is written after the log, and only of what
 * is durable there: a log that ends before it has lost something.
 */
function readKnownEpoch(path: string): number {
  const read = readUntrustedFileSync(stateFile(path), { maxBytes: MAX_STATE_BYTES });
  if (read.kind !== "read") return 0;
  try {
    const { host } = JSON.parse(read.bytes.toString("utf8")) as { host?: { epoch?: unknown } };
    return Number.isSafeInteger(host?.epoch) ? Number(host?.epoch) : 0;
  } catch {
    return 0;
  }
}
