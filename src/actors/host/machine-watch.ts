/**
 * Looks now and then at how much room the machine has, and tells the scheduler when that becomes too little and when it is
 * enough again; where the run leaves it to the machine how many tasks run at once, how many it has room for. What follows, the
 * scheduler decides. Where a disk is all but full it has made room what can go without loss.
 *
 * ROOM-1 It tells what changes only: what the scheduler knows already is not told again.
 * ROOM-2 What cannot be read is left as it was said to be last.
 * ROOM-3 Room is made once when a disk gets all but full, and again only after a while: what could go is gone then.
 */
import { tmpdir } from "node:os";
import { type AutoNeed, countAtWork } from "../../machines/scheduler/machine-hold.ts";
import type { Told } from "../../protocol/events.ts";
import {
  type DiskRoom,
  findAutoRoom,
  findDiskShortage,
  findMemoryShortage,
  isAllButFull,
  type MemoryRoom,
} from "../../protocol/machine-room.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { Machine } from "../process/index.ts";

const LOOK_MS = 5_000;
/** So long what was measured stands, unless there is less room. */
const MEASURE_MS = 15_000;
const MAKE_ROOM_MS = 10 * 60_000;
const MOST_NAMES = 5;

interface MachineWatchOptions {
  /** Folders that the run writes to, besides that for temporary files. */
  places: readonly string[];
  /** What the scheduler knows. */
  known: () => AutoNeed | null;
  tell: (letter: Letter<"host">) => Promise<unknown>;
  /** Removes what can go without loss; resolves with the names of what went. Absent: nothing is removed. */
  removeLeft?: (() => Promise<string[]>) | undefined;
  record: (fact: Told<"room.made">) => Promise<unknown>;
}

export interface MachineWatch {
  /** Looks at once; never rejects. */
  look(): Promise<void>;
  stop(): void;
}

/** Begins to look; without a machine, at nothing. */
export function watchMachine(machine: Machine | undefined, options: MachineWatchOptions): MachineWatch {
  if (machine === undefined) return { look: async () => {}, stop: () => {} };
  const looker = new Looker(machine, options);
  let running: Promise<void> | null = null;
  const look = (): Promise<void> => {
    running ??= looker
      .look()
      .catch(() => {})
      .finally(() => {
        running = null;
      });
    return running;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}

class Looker {
  readonly #machine: Machine;
  readonly #options: MachineWatchOptions;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #madeRoomAt = Number.NEGATIVE_INFINITY;
  #wasFull = false;

  constructor(machine: Machine, options: MachineWatchOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  async look(): Promise<void> {
    await this.#lookAtDisks();
    const memory = await this.#machine.readMemory();
    if (memory !== null) await this.#lookAtMemory(memory);
    await this.#measure(memory);
  }

  async #lookAtDisks(): Promise<void> {
    const { places, known, tell } = this.#options;
    const before = known()?.short?.disk;
    const rooms = (await Promise.all([...places, tmpdir()].map((place) => this.#machine.readDisk(place)))).filter(
      (room) => room !== null,
    );
    const low = findTightest(rooms, before !== undefined);
    if (low !== null && before === undefined) await tell({ to: "scheduler", event: { type: "disk.low", ...low } });
    if (low === null && before !== undefined && rooms.length > 0)
      await tell({ to: "scheduler", event: { type: "machine.eased", what: "disk" } });
    await this.#makeRoom(rooms.filter(isAllButFull).sort((a, b) => a.freeBytes - b.freeBytes)[0]);
  }

  async #makeRoom(full: DiskRoom | undefined): Promise<void> {
    const isDue = full !== undefined && (!this.#wasFull || performance.now() - this.#madeRoomAt >= MAKE_ROOM_MS);
    this.#wasFull = full !== undefined;
    if (!isDue) return;
    this.#madeRoomAt = performance.now();
    const { removeLeft, record } = this.#options;
    if (removeLeft === undefined) return;
    const names = await removeLeft();
    const { freeBytes } = (await this.#machine.readDisk(full.place)) ?? full;
    const removed = names.slice(0, MOST_NAMES);
    const bytes = Math.max(0, freeBytes - full.freeBytes);
    const more = names.length - removed.length;
    await record({ type: "room.made", place: full.place, removed, more, bytes, freeBytes });
  }

  async #lookAtMemory(memory: MemoryRoom): Promise<void> {
    const { known, tell } = this.#options;
    const before = known()?.short?.memory;
    const scarce = findMemoryShortage(memory, before !== undefined);
    if (scarce !== null && before === undefined)
      await tell({ to: "scheduler", event: { type: "memory.low", ...scarce } });
    if (scarce === null && before !== undefined)
      await tell({ to: "scheduler", event: { type: "machine.eased", what: "memory" } });
  }

  async #measure(memory: MemoryRoom | null): Promise<void> {
    const { known, tell } = this.#options;
    const context = known();
    if (context?.auto !== true) return;
    const cpu = (await this.#machine.readCpu?.()) ?? null;
    const { agents, commands } = findAutoRoom(cpu, memory, countAtWork(context));
    const before = context.room;
    if (before?.agents === agents && before.commands === commands) return;
    const isLess = before === undefined || agents < before.agents || commands < before.commands;
    if (!isLess && performance.now() - this.#measuredAt < MEASURE_MS) return;
    this.#measuredAt = performance.now();
    const measure = {
      cores: cpu?.cores ?? null,
      load: cpu?.load ?? null,
      availableBytes: memory?.availableBytes ?? null,
    };
    await tell({ to: "scheduler", event: { type: "machine.measured", agents, commands, ...measure } });
  }
}

/** What is short in the place with the least room. */
function findTightest(rooms: readonly DiskRoom[], wasLow: boolean): ReturnType<typeof findDiskShortage> {
  const short = rooms.flatMap((room) => findDiskShortage(room, wasLow) ?? []);
  return short.sort((a, b) => a.freeBytes - b.freeBytes)[0] ?? null;
}
