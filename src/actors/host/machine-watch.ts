/**
 * Looks now and then at how much room the machine has, and tells the scheduler when that becomes too little and when it is
 * enough again. What follows, the scheduler decides.
 *
 * ROOM-1 It tells what changes only: what the scheduler knows already is not told again.
 * ROOM-2 What cannot be read is left as it was said to be last.
 */
import { tmpdir } from "node:os";
import type { MachineShortage } from "../../machines/scheduler/state.ts";
import { type DiskRoom, findDiskShortage, findMemoryShortage } from "../../protocol/machine-room.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { Machine } from "../process/index.ts";

const LOOK_MS = 5_000;

interface MachineWatchOptions {
  /** Folders that the run writes to, besides that for temporary files. */
  places: readonly string[];
  /** What the scheduler knows to be short. */
  known: () => MachineShortage | undefined;
  tell: (letter: Letter<"host">) => Promise<unknown>;
}

export interface MachineWatch {
  /** Looks at once; never rejects. */
  look(): Promise<void>;
  stop(): void;
}

/** Begins to look; without a machine, at nothing. */
export function watchMachine(machine: Machine | undefined, options: MachineWatchOptions): MachineWatch {
  if (machine === undefined) return { look: async () => {}, stop: () => {} };
  let running: Promise<void> | null = null;
  const look = (): Promise<void> => {
    running ??= lookOnce(machine, options)
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

async function lookOnce(machine: Machine, { places, known, tell }: MachineWatchOptions): Promise<void> {
  const before = known() ?? {};
  const rooms = (await Promise.all([...places, tmpdir()].map((place) => machine.readDisk(place)))).filter(
    (room) => room !== null,
  );
  const low = findTightest(rooms, before.disk !== undefined);
  if (low !== null && before.disk === undefined) await tell({ to: "scheduler", event: { type: "disk.low", ...low } });
  if (low === null && before.disk !== undefined && rooms.length > 0)
    await tell({ to: "scheduler", event: { type: "machine.eased", what: "disk" } });
  const memory = await machine.readMemory();
  if (memory === null) return;
  const scarce = findMemoryShortage(memory, before.memory !== undefined);
  if (scarce !== null && before.memory === undefined)
    await tell({ to: "scheduler", event: { type: "memory.low", ...scarce } });
  if (scarce === null && before.memory !== undefined)
    await tell({ to: "scheduler", event: { type: "machine.eased", what: "memory" } });
}

/** What is short in the place with the least room. */
function findTightest(rooms: readonly DiskRoom[], wasLow: boolean): ReturnType<typeof findDiskShortage> {
  const short = rooms.flatMap((room) => findDiskShortage(room, wasLow) ?? []);
  return short.sort((a, b) => a.freeBytes - b.freeBytes)[0] ?? null;
}
