/** What the scheduler is told of the machine that the run is on. */

/** A place with less room than new work takes; `freeFiles` and `needsFiles` are null where the file system counts none. */
export type DiskShortage = {
  /** Absolute folder. */
  place: string;
  freeBytes: number;
  needsBytes: number;
  freeFiles: number | null;
  needsFiles: number | null;
};

export type MemoryShortage = { availableBytes: number; needsBytes: number };

export interface MachineEvents {
  /** A place that the run writes to is nearly full: nothing new starts. */
  "disk.low": DiskShortage;
  /** The machine, or what the run may use of it, has hardly any memory left: nothing new starts. */
  "memory.low": MemoryShortage;
  /** There is room again. */
  "machine.eased": { what: "disk" | "memory" };
}
