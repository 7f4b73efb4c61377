/** How much room a machine has to have before new work starts, and the words for it. Pure. */
import type { DiskShortage, MemoryShortage } from "./machine-events.ts";

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

/** The same of memory. */
export function findMemoryShortage({ availableBytes, totalBytes }: MemoryRoom, wasLow = false): MemoryShortage | null {
  const needsBytes = Math.round(totalBytes * MEMORY_SHARE);
  return availableBytes < needsBytes * (wasLow ? EASED : 1) ? { availableBytes, needsBytes } : null;
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

/** Rounded down: what is too little must not read as enough. */
const gigabytes = (bytes: number): string => (Math.floor(bytes / 1e8) / 10).toFixed(1);
