/** Looks at a machine, by itself: what is told of it, and how often room is made. */
import { expect, it } from "vitest";
import { type MachineWatch, watchMachine } from "../../../src/actors/host/machine-watch.ts";
import type { Machine } from "../../../src/actors/process/index.ts";
import type { AutoNeed } from "../../../src/machines/scheduler/machine-hold.ts";

const GB = 1e9;

/** A machine with so much room, and a scheduler that remembers what it is told. */
function begin(room: { freeGb: number | null; memoryGb: number | null }): {
  watch: MachineWatch;
  told: string[];
  removals: () => number;
} {
  const machine: Machine = {
    readDisk: async (place) =>
      room.freeGb === null ? null : { place, freeBytes: room.freeGb * GB, totalBytes: 26 * GB, freeFiles: null },
    readMemory: async () =>
      room.memoryGb === null ? null : { availableBytes: room.memoryGb * GB, totalBytes: 100 * GB },
  };
  const told: string[] = [];
  const short: NonNullable<AutoNeed["short"]> = {};
  let removals = 0;
  const watch = watchMachine(machine, {
    places: ["/one", "/two"],
    known: () => ({ short, runningIn: {}, runningBy: {} }),
    tell: async ({ event }) => {
      told.push(event.type);
      if (event.type === "disk.low") short.disk = event;
      if (event.type === "memory.low") short.memory = event;
      if (event.type === "machine.eased") delete short[event.what];
    },
    removeLeft: async () => {
      removals += 1;
      return [];
    },
    record: async ({ type }) => told.push(type),
  });
  return { watch, told, removals: () => removals };
}

it("makes room once, however often it looks at a disk that stays full, and tells of nothing twice", async () => {
  const { watch, told, removals } = begin({ freeGb: 0.2, memoryGb: 5 });
  for (let looks = 0; looks < 3; looks += 1) await watch.look();
  watch.stop();
  expect(removals()).toBe(1);
  expect(told.sort()).toEqual(["disk.low", "memory.low", "room.made"]);
});

it("removes nothing where a disk is low and not all but full", async () => {
  const { watch, told, removals } = begin({ freeGb: 0.8, memoryGb: 50 });
  await watch.look();
  watch.stop();
  expect(removals()).toBe(0);
  expect(told).toEqual(["disk.low"]);
});

it("leaves as it was what cannot be read, and says that there is room only where it sees some", async () => {
  const room: Parameters<typeof begin>[0] = { freeGb: 0.8, memoryGb: 5 };
  const { watch, told } = begin(room);
  await watch.look();
  told.length = 0;
  Object.assign(room, { freeGb: null, memoryGb: null });
  await watch.look();
  expect(told).toEqual([]);
  Object.assign(room, { freeGb: 20, memoryGb: 50 });
  await watch.look();
  watch.stop();
  expect(told).toEqual(["machine.eased", "machine.eased"]);
});
