/**
 * The lease on a run whose host is a process of this machine: the newest epoch record of its log (RULE-7). It names pid and
 * start token; the run is free when that process is gone, or said that it is done.
 *
 * This is only asked before an epoch is begun. That of two that both found the log free only one begins the next epoch
 * is the log's promise (LOG-4), not this file's.
 */
import { randomUUID } from "node:crypto";
import { codeOf } from "../../errors.ts";
import { HOST } from "../../protocol/address.ts";
import type { EpochFacts } from "../../protocol/values.ts";
import type { LogRecord, LogStore } from "../log/port.ts";
import { isSameProcess, processStartToken } from "../process/index.ts";
import type { CommandChannel } from "./command-channel.ts";
import type { HostFacts, Lease, LeaseHolder } from "./lease.ts";

/** The last record of a host that ended in good order, where its process may live on. */
export const HOST_CLOSED = "host.closed";

export interface EpochLeaseOptions {
  /** Asked for a process that cannot be looked at: as long as commands are taken at its address, it lives. */
  channel?: CommandChannel;
  /**
   * Whether hosts of this log say `host.closed` when they end, so that it falls free though their process lives. Reads the
   * newest epoch's records when its process lives. Default false: only those say it that were there to record something.
   */
  saysClosed?: boolean;
}

/** Hosts of this very process that write no more, also those whose log could not take a last record. */
const ended = new Set<string>();
let ownStart: string | undefined;

/** What an epoch record says of this process, for one epoch. */
export function describeSelf(): HostFacts {
  ownStart ??= processStartToken(process.pid) ?? "unknown";
  return { pid: process.pid, start: ownStart, host: randomUUID() };
}

/** The lease on the run that `log` is of. */
export function createEpochLease(log: LogStore, { channel, saysClosed = false }: EpochLeaseOptions = {}): Lease {
  async function findHolder(): Promise<LeaseHolder | null> {
    const epoch = await log.newestEpoch();
    if (epoch === null) return null;
    const { pid, socket, purpose } = (epoch.data ?? {}) as Partial<EpochFacts>;
    if (typeof pid !== "number") return null;
    const mayHaveClosed = saysClosed || purpose === "record";
    if (isHostAlive(epoch.data)) return mayHaveClosed && (await isClosed(log, epoch)) ? null : { pid };
    const isServed = channel !== undefined && typeof socket === "string" && (await channel.isServed(socket));
    return isServed ? { pid } : null;
  }

  return {
    findHolder,
    acquire: async (self, begin) => {
      const holder = await findHolder();
      if (holder !== null) return { kind: "held", by: holder };
      try {
        const begun = await begin();
        return { kind: "taken", begun, release: async () => void ended.add(self.host) };
      } catch (thrown) {
        // It may have failed after its epoch record was there, which names a process that lives.
        ended.add(self.host);
        const faster = codeOf(thrown) === "log.taken" ? await findHolder() : null;
        if (faster !== null) return { kind: "held", by: faster };
        throw thrown;
      }
    },
  };
}

/** Whether the process that an epoch record's data names is alive. False for data that name none. */
function isHostAlive(epochData: unknown): boolean {
  const { pid, start, host } = (epochData ?? {}) as Partial<HostFacts>;
  if (typeof pid !== "number" || typeof start !== "string") return false;
  if (host !== undefined && ended.has(host)) return false;
  return isSameProcess(pid, start);
}

async function isClosed(log: LogStore, epoch: LogRecord): Promise<boolean> {
  let last = epoch;
  for await (const records of log.read({ afterSeq: epoch.seq })) last = records.at(-1) ?? last;
  return last.actor === HOST && last.type === HOST_CLOSED;
}
