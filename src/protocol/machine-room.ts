/** How much room a machine has to have before new work starts, and the words for it. Pure. */
import type { AutoRoom, DiskShortage, MachineMeasure, MemoryShortage, RoomMade } from "./machine-events.ts";
import { plural } from "./words.ts";

/** What is left of a file system; `files` are null where it does not count them. */
export interface DiskRoom {
  place: string;
  freeBytes: number;
  totalBytes: number;
  freeFiles: number | null;
}

/** What is left of the memory that the run may use. */
export interface MemoryRoom {
  availableBytes: number;
  totalBytes: number;
}

/** The processors that the run may use, and how busy they are. */
export interface CpuRoom {
  /** Processors' worth of time; 1.5 where a limit says so. */
  cores: number;
  /** What is asked of the machine, for each of its processors, over the last minute; 1: as much as they can do. */
  load: number;
}

const GIGABYTE = 1e9;
const LEAST_DISK = GIGABYTE;
const DISK_SHARE = 0.05;
/** A twentieth of a large disk is a lot, and no sign of danger. */
const MOST_DISK = 10 * GIGABYTE;
const LEAST_FILES = 10_000;
/** Below these a disk is all but full: logs and work under way are in danger. */
const FULL_BYTES = 0.3 * GIGABYTE;
const FULL_FILES = 3_000;
const MEMORY_SHARE = 0.1;
/** So much more than is needed has to be there again, so that work does not start and stop at the edge. */
const EASED = 1.1;

/** What is short on a disk; null where there is room. `wasLow`: it was short before. */
export function findDiskShortage(room: DiskRoom, wasLow = false): DiskShortage | null {
  const { place, freeBytes, totalBytes, freeFiles } = room;
  const margin = wasLow ? EASED : 1;
  const needsBytes = Math.round(Math.max(LEAST_DISK, Math.min(MOST_DISK, totalBytes * DISK_SHARE)));
  const isFull = freeBytes < needsBytes * margin || (freeFiles !== null && freeFiles < LEAST_FILES * margin);
  return isFull
    ? { place, freeBytes, needsBytes, freeFiles, needsFiles: freeFiles === null ? null : LEAST_FILES }
    : null;
}

/** Whether so little is left that what can go without loss has to. */
export const isAllButFull = ({ freeBytes, freeFiles }: DiskRoom): boolean =>
  freeBytes < FULL_BYTES || (freeFiles !== null && freeFiles < FULL_FILES);

/** What is short of memory; null where there is enough. */
export function findMemoryShortage({ availableBytes, totalBytes }: MemoryRoom, wasLow = false): MemoryShortage | null {
  const needsBytes = Math.round(totalBytes * MEMORY_SHARE);
  return availableBytes < needsBytes * (wasLow ? EASED : 1) ? { availableBytes, needsBytes } : null;
}

/** What a worker takes at most, as a rule. */
const AGENT_BYTES = GIGABYTE;
const COMMAND_BYTES = GIGABYTE / 2;
/** Of agents at once, and of commands for each processor. */
const MOST_AGENTS = 8;
const COMMANDS_PER_CORE = 2;
/** From here on one more may start at a time, and none. */
const BUSY = 1;
const OVERLOADED = 1.5;

/** How many tasks may run at once at most on a machine with so many processors, where that is left to it. */
export const mostAtOnce = (cores: number): number => Math.max(MOST_AGENTS, Math.floor(cores * COMMANDS_PER_CORE));

/**
 * For how many tasks the machine has room, given how many are at work: no more than memory is left for, and few more while the
 * processors are busy. At least one of each, so that the run goes on.
 */
export function findAutoRoom(cpu: CpuRoom | null, memory: MemoryRoom | null, atWork: AutoRoom): AutoRoom {
  const load = cpu?.load ?? 0;
  const more = load >= OVERLOADED ? 0 : load >= BUSY ? 1 : Number.POSITIVE_INFINITY;
  const spare = memory === null ? Number.POSITIVE_INFINITY : memory.availableBytes - memory.totalBytes * MEMORY_SHARE;
  const of = (most: number, each: number, working: number): number => {
    const fit = Math.min(more, Math.max(0, Math.floor(spare / each)));
    return Math.max(1, Math.min(most, working + fit));
  };
  const commands = cpu === null ? MOST_AGENTS : Math.floor(cpu.cores * COMMANDS_PER_CORE);
  return {
    agents: of(MOST_AGENTS, AGENT_BYTES, atWork.agents),
    commands: of(commands, COMMAND_BYTES, atWork.commands),
  };
}

/** `has room for 3 agents and 4 commands at once (load 0.4, 12.1 GB available)`. */
export function wordMeasure({ agents, commands, load, availableBytes }: AutoRoom & MachineMeasure): string {
  const why = [
    ...(load === null ? [] : [`load ${load}`]),
    ...(availableBytes === null ? [] : [`${gigabytes(availableBytes)} GB available`]),
  ];
  const room = `has room for ${plural(agents, "agent")} and ${plural(commands, "command")} at once`;
  return why.length === 0 ? room : `${room} (${why.join(", ")})`;
}

/** `waits for disk: 0.8 GB free, needs 1.3`. */
export function wordDisk({ freeBytes, needsBytes, freeFiles, needsFiles }: DiskShortage): string {
  const isOfFiles = freeFiles !== null && needsFiles !== null && freeBytes >= needsBytes;
  return isOfFiles
    ? `waits for disk: ${freeFiles} more files fit, needs ${needsFiles}`
    : `waits for disk: ${gigabytes(freeBytes)} GB free, needs ${gigabytes(needsBytes)}`;
}

export const wordMemory = ({ availableBytes, needsBytes }: MemoryShortage): string =>
  `waits for memory: ${gigabytes(availableBytes)} GB available, needs ${gigabytes(needsBytes)}`;

/** `made room: removed 4 things of runs that are over (1.2 GB): …; 1.4 GB are free`. */
export function wordRoomMade({ place, removed, more, bytes, freeBytes }: RoomMade): string {
  const count = removed.length + more;
  if (count === 0)
    return `found nothing to remove by itself at ${place}: pleach clean --dry-run says what stays, and why`;
  const size = bytes > 0 ? ` (${gigabytes(bytes)} GB)` : "";
  const names = more > 0 ? `${removed.join(", ")} and ${more} more` : removed.join(", ");
  return `made room: removed ${plural(count, "thing")} that runs left which are over${size}: ${names}; now ${gigabytes(freeBytes)} GB are free`;
}

/** Rounded down: what is too little must not read as enough. */
const gigabytes = (bytes: number): string => (Math.floor(bytes / 1e8) / 10).toFixed(1);
