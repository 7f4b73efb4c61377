/**
 * What the control group that this process is in may use: memory and processors, of versions 1 and 2. A group is within its
 * parents: the tightest limit on the way up holds. In a container the path that the system tells may lead nowhere below what
 * is mounted; what is mounted itself counts then.
 */
import { dirname, join } from "node:path";
import type { MemoryRoom } from "../../protocol/machine-room.ts";

/** Text of a file; null where there is none. */
export type ReadText = (path: string) => Promise<string | null>;

const MOUNT = "/sys/fs/cgroup";

/** Where a controller's files are; `isOld`: version 1. */
interface Group {
  folder: string;
  isOld: boolean;
}

/** The memory that is left of the tightest limit; null where there is none. */
export async function readGroupMemory(read: ReadText): Promise<MemoryRoom | null> {
  let tightest: MemoryRoom | null = null;
  for (const { folder, isOld } of await findGroups(read, "memory")) {
    const names = isOld
      ? ["memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat"]
      : ["memory.max", "memory.current", "memory.stat"];
    const [limit, used, stat] = await Promise.all(names.map((name) => read(join(folder, name))));
    const [totalBytes, usedBytes] = [toCount(limit), toCount(used)];
    if (totalBytes === null || usedBytes === null || totalBytes === 0) continue;
    // What it may drop at once counts as available.
    const droppable = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(lastTotal(stat ?? "", isOld))?.[1] ?? 0);
    const availableBytes = Math.min(totalBytes, Math.max(0, totalBytes - usedBytes + droppable));
    if (tightest === null || availableBytes < tightest.availableBytes) tightest = { availableBytes, totalBytes };
  }
  return tightest;
}

/** Processors' worth of time that it may use, such as 1.5; null where nothing limits it. */
export async function readGroupCores(read: ReadText): Promise<number | null> {
  let fewest: number | null = null;
  for (const { folder, isOld } of await findGroups(read, "cpu")) {
    const words = isOld
      ? [await read(join(folder, "cpu.cfs_quota_us")), await read(join(folder, "cpu.cfs_period_us"))]
      : ((await read(join(folder, "cpu.max"))) ?? "").trim().split(" ");
    const [quota, period] = [toCount(words[0] ?? null), toCount(words[1] ?? null)];
    if (quota === null || period === null || quota === 0 || period === 0) continue;
    const cores = Math.round((quota / period) * 100) / 100;
    if (fewest === null || cores < fewest) fewest = cores;
  }
  return fewest;
}

/** The groups on the way up, the own one first. A machine may have some controllers in version 1, and others in 2. */
async function findGroups(read: ReadText, controller: "memory" | "cpu"): Promise<Group[]> {
  const found: Group[] = [];
  for (const line of ((await read("/proc/self/cgroup")) ?? "").split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined || path.split("/").includes("..")) continue;
    if (names === "") found.push(...wayUp(MOUNT, path, false));
    else if (names.split(",").includes(controller))
      for (const mount of new Set([names, controller])) found.push(...wayUp(join(MOUNT, mount), path, true));
  }
  return found;
}

function wayUp(mount: string, path: string, isOld: boolean): Group[] {
  const groups: Group[] = [];
  for (let folder = join(mount, path); ; folder = dirname(folder)) {
    groups.push({ folder: folder === `${mount}/` ? mount : folder, isOld });
    if (folder.length <= mount.length + 1) return groups;
  }
}

/** In version 1 what the groups below use is counted apart. */
function lastTotal(stat: string, isOld: boolean): string {
  const total = isOld ? /^total_inactive_file \d+$/m.exec(stat)?.[0] : undefined;
  return total ?? stat;
}

/** Null for what is no number: `max` and `-1` mean that there is no limit. */
function toCount(text: string | null | undefined): number | null {
  const word = text?.trim() ?? "";
  return /^\d{1,20}$/.test(word) ? Number(word) : null;
}
