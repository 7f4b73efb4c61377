/**
 * How much room a machine has: free space and files of the places that a run writes to, and memory. What cannot be read,
 * or does not say what is left (free memory on macOS leaves out what the system gives back at once), is null.
 */
import { readFile, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DiskRoom, MemoryRoom } from "../../protocol/machine-room.ts";

/** A port, so that a test can play a machine that is full. Neither call rejects. */
export interface Machine {
  /** Of the file system that holds this folder, or would; null where it cannot be read. */
  readDisk(place: string): Promise<DiskRoom | null>;
  readMemory(): Promise<MemoryRoom | null>;
}

const CGROUPS = "/sys/fs/cgroup";

export const localMachine: Machine = {
  async readDisk(place) {
    for (let at = place; ; at = dirname(at)) {
      try {
        const { bavail, bsize, blocks, files, ffree } = await statfs(at);
        // Some file systems count no files, or make them as they go.
        const freeFiles = files > 0 ? ffree : null;
        return blocks > 0 ? { place, freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles } : null;
      } catch {
        // It is not there yet.
        if (dirname(at) === at) return null;
      }
    }
  },
  async readMemory() {
    if (process.platform !== "linux") return null;
    const machine = await readMeminfo();
    const group = await readCgroup();
    if (machine === null || group === null) return machine ?? group;
    const isTighter = group.availableBytes / group.totalBytes < machine.availableBytes / machine.totalBytes;
    return isTighter && group.totalBytes < machine.totalBytes ? group : machine;
  },
};

async function readMeminfo(): Promise<MemoryRoom | null> {
  const text = await readText("/proc/meminfo");
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text ?? "")?.[1]) * 1024;
  const [availableBytes, totalBytes] = [of("MemAvailable"), of("MemTotal")];
  return availableBytes >= 0 && totalBytes > 0 ? { availableBytes, totalBytes } : null;
}

/** The limit of the control group that this process is in (version 2); what it may drop at once counts as available. */
async function readCgroup(): Promise<MemoryRoom | null> {
  const own = /^0::(\/.*)$/m.exec((await readText("/proc/self/cgroup")) ?? "")?.[1];
  if (own === undefined) return null;
  const folder = join(CGROUPS, own);
  const [limit, current, stat] = await Promise.all(
    ["memory.max", "memory.current", "memory.stat"].map((name) => readText(join(folder, name))),
  );
  const [totalBytes, usedBytes] = [Number(limit?.trim()), Number(current?.trim())];
  if (!(totalBytes > 0) || !(usedBytes >= 0) || limit == null || current == null) return null;
  const droppable = Number(/^inactive_file (\d+)$/m.exec(stat ?? "")?.[1] ?? 0);
  return { totalBytes, availableBytes: Math.max(0, totalBytes - usedBytes + droppable) };
}

const readText = (path: string): Promise<string | null> => readFile(path, "utf8").catch(() => null);
