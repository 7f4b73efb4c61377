/**
 * Whether the process that wrote the newest epoch of a log still writes it (RULE-7). The epoch record is the lock:
 * it names pid, start token and a host id; a log is free when that process is gone, or said that it is done.
 *
 * This is only asked before an epoch is begun. That of two that both found the log free only one begins the next epoch
 * is the log's promise (LOG-4), not this file's.
 */

import { randomUUID } from "node:crypto";
import { HOST } from "../../protocol/address.ts";
import type { LogRecord, LogStore } from "../log/port.ts";
import { isSameProcess, processStartToken } from "../process/index.ts";

/** Part of every epoch record's data. */
export interface HostFacts {
  pid: number;
  /** Opaque; tells this process from a later one with its pid. */
  start: string;
  /** A new one for each epoch, so that one process may open a log again after it closed it. */
  host: string;
}

/** The last record of a host that ended in good order. */
export const HOST_CLOSED = "host.closed";

const ended = new Set<string>();
let ownStart: string | undefined;

/** What an epoch record says of the process that begins it. */
export function describeSelf(): HostFacts {
  ownStart ??= processStartToken(process.pid) ?? "unknown";
  return { pid: process.pid, start: ownStart, host: randomUUID() };
}

/** Remembers that a host of this very process writes no more, also when its log could not take a last record. */
export function markEnded({ host }: HostFacts): void {
  ended.add(host);
}

/** Whether the process that an epoch record's data names is alive. False for data that name none. */
export function isHostAlive(epochData: unknown): boolean {
  const { pid, start, host } = (epochData ?? {}) as Partial<HostFacts>;
  if (typeof pid !== "number" || typeof start !== "string") return false;
  if (host !== undefined && ended.has(host)) return false;
  return isSameProcess(pid, start);
}

/** The pid of the host that writes this log now, or null. Reads the newest epoch's records only if its process lives. */
export async function findHostPid(log: LogStore): Promise<number | null> {
  const epoch = await log.newestEpoch();
  if (epoch === null || !isHostAlive(epoch.data)) return null;
  let last: LogRecord = epoch;
  for await (const records of log.read({ afterSeq: epoch.seq })) last = records.at(-1) ?? last;
  if (last.actor === HOST && last.type === HOST_CLOSED) return null;
  return (epoch.data as HostFacts).pid;
}
