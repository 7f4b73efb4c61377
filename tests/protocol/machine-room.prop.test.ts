/** For how many tasks a machine has room, where a run leaves that to it. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { findAutoRoom, mostAtOnce } from "../../src/protocol/machine-room.ts";

const GB = 1e9;
const cpus = fc.record({
  cores: fc.double({ min: 0.1, max: 256, noNaN: true }),
  load: fc.double({ min: 0, max: 50, noNaN: true }),
});
const memories = fc
  .tuple(fc.integer({ min: 1, max: 512 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([total, share]) => ({ totalBytes: total * GB, availableBytes: total * GB * share }));
const working = fc.record({ agents: fc.nat(20), commands: fc.nat(600) });

it("is at least one of each, at most 8 agents and two commands a processor, and no more than memory is left for", () => {
  fc.assert(
    fc.property(cpus, memories, working, (cpu, memory, atWork) => {
      const { agents, commands } = findAutoRoom(cpu, memory, atWork);
      expect(agents).toBeGreaterThanOrEqual(1);
      expect(commands).toBeGreaterThanOrEqual(1);
      expect(agents).toBeLessThanOrEqual(8);
      expect(commands).toBeLessThanOrEqual(Math.max(1, 2 * cpu.cores));
      expect(Math.max(agents, commands)).toBeLessThanOrEqual(mostAtOnce(cpu.cores));
      const spare = Math.max(0, memory.availableBytes - memory.totalBytes / 10);
      expect(Math.max(0, agents - Math.max(1, atWork.agents)) * GB).toBeLessThanOrEqual(spare);
      expect(Math.max(0, commands - Math.max(1, atWork.commands)) * 0.5 * GB).toBeLessThanOrEqual(spare);
      if (cpu.load >= 1.5) expect(agents).toBeLessThanOrEqual(Math.max(1, atWork.agents));
    }),
  );
});

it("grows with what is left of memory and never with the load", () => {
  fc.assert(
    fc.property(cpus, memories, working, fc.double({ min: 0, max: 5, noNaN: true }), (cpu, memory, atWork, more) => {
      const now = findAutoRoom(cpu, memory, atWork);
      const busier = findAutoRoom({ ...cpu, load: cpu.load + more }, memory, atWork);
      const roomier = findAutoRoom(cpu, { ...memory, availableBytes: memory.totalBytes }, atWork);
      for (const kind of ["agents", "commands"] as const) {
        expect(busier[kind]).toBeLessThanOrEqual(now[kind]);
        expect(roomier[kind]).toBeGreaterThanOrEqual(now[kind]);
      }
    }),
  );
});

it("is by the most where nothing is known", () => {
  expect(findAutoRoom(null, null, { agents: 0, commands: 0 })).toEqual({ agents: 8, commands: 8 });
});
