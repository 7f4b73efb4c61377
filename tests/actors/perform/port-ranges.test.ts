/** Ranges of ports: no two living worktrees of a run share one, and what is given back is used again. */
import { expect, it } from "vitest";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";

it("are ten ports each, the lowest free one first", () => {
  const ranges = new PortRanges();
  ranges.keep(21_010);
  expect([ranges.take(), ranges.take(), ranges.take()]).toEqual([21_000, 21_020, 21_030]);
  ranges.giveBack(21_020);
  ranges.giveBack(21_010);
  expect([ranges.take(), ranges.take(), ranges.take()]).toEqual([21_010, 21_020, 21_040]);
});

it("end below the port numbers that there are; then worktrees share", () => {
  const ranges = new PortRanges();
  const taken = Array.from({ length: 2_000 }, () => ranges.take());
  expect(new Set(taken).size).toBe(2_000);
  expect(Math.max(...taken) + 9).toBeLessThan(65_536);
  expect(ranges.take()).toBe(21_000);
});
