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

/** How many tasks the machine has room for at once: by agents, and by commands. */
export type AutoRoom = { agents: number; commands: number };

/** What was measured; null where the machine does not tell. */
export type MachineMeasure = {
  cores: number | null;
  /** What is asked of the machine, for each of its processors; 1: as much as they can do. */
  load: number | null;
  availableBytes: number | null;
};

/** What was removed to make room; nothing of it held anything that is not elsewhere. */
export type RoomMade = {
  /** Absolute folder on the disk that was all but full. */
  place: string;
  /** Names, as `pleach clean` gives them; of many the first ones. */
  removed: string[];
  /** How many more. */
  more: number;
  /** How much more is free. */
  bytes: number;
  /** What is free now. */
  freeBytes: number;
};

export interface MachineEvents {
  /** A disk was all but full: what runs left that are over was removed as far as nothing is lost with it. */
  "room.made": RoomMade;
  /** A place that the run writes to is nearly full: nothing new starts. */
  "disk.low": DiskShortage;
  /** The machine, or what the run may use of it, has hardly any memory left: nothing new starts. */
  "memory.low": MemoryShortage;
  /** Of a run that leaves it to the machine: it has room for so many tasks at once. */
  "machine.measured": AutoRoom & MachineMeasure;
  /** There is room again. */
  "machine.eased": { what: "disk" | "memory" };
}
