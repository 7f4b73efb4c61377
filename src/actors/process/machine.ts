/**
 * How much room a machine has: free space and files of the places that a run writes to, memory, and processors with what they
 * are asked to do. Limits of the control group that this process is in count as the machine's own. What cannot be read is null.
 */
import { execFile } from "node:child_process";
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { dirname } from "node:path";
import type { CpuRoom, DiskRoom, MemoryRoom } from "../../protocol/machine-room.ts";
import { readGroupCores, readGroupMemory } from "./control-group.ts";
import { parseMemoryPressure, parseVmStat } from "./mac-memory.ts";

/** A port, so that a test can play a machine that is full. No call rejects. */
export interface Machine {
  /** Of the file system that holds this folder, or would; null where it cannot be read. */
  readDisk(place: string): Promise<DiskRoom | null>;
  readMemory(): Promise<MemoryRoom | null>;
  /** Absent or null: not known. */
  readCpu?(): Promise<CpuRoom | null>;
}

/** A program of the system that takes longer tells nothing. */
const LONGEST_MS = 3_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

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
    if (process.platform === "darwin") return readMacMemory();
    if (process.platform !== "linux") return null;
    const machine = await readMeminfo();
    const group = await readGroupMemory(readText);
    if (machine === null || group === null) return machine ?? group;
    const isTighter = group.availableBytes / group.totalBytes < machine.availableBytes / machine.totalBytes;
    return isTighter && group.totalBytes < machine.totalBytes ? group : machine;
  },
  async readCpu() {
    const own = availableParallelism();
    const group = process.platform === "linux" ? await readGroupCores(readText) : null;
    const [oneMinute = 0] = loadavg();
    const all = cpus().length || own;
    return { cores: group === null ? own : Math.min(own, group), load: Math.round((oneMinute / all) * 100) / 100 };
  },
};

async function readMeminfo(): Promise<MemoryRoom | null> {
  const text = await readText("/proc/meminfo");
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text ?? "")?.[1]) * 1024;
  const [availableBytes, totalBytes] = [of("MemAvailable"), of("MemTotal")];
  return availableBytes >= 0 && totalBytes > 0 ? { availableBytes, totalBytes } : null;
}

/** Node's own number of free memory leaves out what the system gives back at once. */
async function readMacMemory(): Promise<MemoryRoom | null> {
  const total = totalmem();
  const pressure = parseMemoryPressure((await ask("/usr/bin/memory_pressure", ["-Q"])) ?? "", total);
  return pressure ?? parseVmStat((await ask("/usr/bin/vm_stat", [])) ?? "", total);
}

function ask(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const limits = { timeout: LONGEST_MS, maxBuffer: MAX_OUTPUT_BYTES, env: { LC_ALL: "C" } };
    execFile(program, args, limits, (failure, stdout) => resolve(failure === null ? stdout : null));
  });
}

const readText = (path: string): Promise<string | null> => readFile(path, "utf8").catch(() => null);
