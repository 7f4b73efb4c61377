/**
 * Runs whose logs lie in memory, hosted and watched within one process: for tests, and as the second of its kind that keeps
 * the ports honest. Worktrees, transcripts and read models are files here, too.
 */
import { checkOptions } from "../../arguments/check-arguments.ts";
import { createMemoryLog, type MemoryLog } from "../log/index.ts";
import { type Clock, systemClock } from "../runtime/ports.ts";
import type { CommandChannel } from "./command-channel.ts";
import type { Engine } from "./engine.ts";
import { createMemoryChannel } from "./memory-channel.ts";
import { createMemoryLease, type MemoryLease } from "./memory-lease.ts";
import type { RunFolder } from "./run-folder.ts";

const LEASE_TTL_MS = 3_000;

/** What one run consists of. */
interface MemoryRun {
  folder: RunFolder;
  log: MemoryLog;
  channel: CommandChannel;
  lease: MemoryLease;
}

export interface MemoryEngine extends Engine {
  openLog(folder: RunFolder): MemoryLog;
}

/** An engine without runs. */
export function createMemoryEngine(options: { clock?: Clock } = {}): MemoryEngine {
  checkOptions("createMemoryEngine", options, { clock: "object?" });
  const { clock = systemClock } = options;
  const runs = new Map<string, MemoryRun>();

  function open(folder: RunFolder): MemoryRun {
    const known = runs.get(folder.path);
    if (known !== undefined) return known;
    const lease = createMemoryLease({ clock, ttlMs: LEASE_TTL_MS });
    const run = { folder, log: createMemoryLog(), channel: createMemoryChannel(), lease };
    runs.set(folder.path, run);
    return run;
  }

  return {
    listRuns: async (root) => {
      const begun = [...runs.values()].filter(
        ({ folder, log }) => folder.root === root && log.medium.list().length > 0,
      );
      return begun.map(({ folder }) => folder.run).sort();
    },
    openLog: (folder) => open(folder).log,
    openSnapshots: () => null,
    openChannel: (folder) => open(folder).channel,
    openLease: (folder) => open(folder).lease,
  };
}
