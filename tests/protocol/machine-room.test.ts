/** From how little room on nothing new starts: each threshold from both sides. */
import { describe, expect, it } from "vitest";
import { findDiskShortage, findMemoryShortage, wordDisk } from "../../src/protocol/machine-room.ts";

const GB = 1e9;
const disk = (freeGb: number, totalGb: number, freeFiles: number | null = null, wasLow = false) =>
  findDiskShortage({ place: "/w", freeBytes: freeGb * GB, totalBytes: totalGb * GB, freeFiles }, wasLow);

describe("a disk is short", () => {
  it.each([
    ["below 1 GB", 0.99, 10, true],
    ["not at 1 GB of a small one", 1, 10, false],
    ["below a twentieth", 4.9, 100, true],
    ["not at a twentieth", 5, 100, false],
    ["not for a twentieth of a large one, which is a lot", 10, 2_000, false],
    ["below 10 GB of a large one", 9.9, 2_000, true],
  ])("%s", (_what, free, total, isShort) => {
    expect(disk(free, total) !== null).toBe(isShort);
  });

  it("below 10,000 files, where they are counted", () => {
    expect(disk(50, 100, 9_999)).toMatchObject({ needsFiles: 10_000 });
    expect(disk(50, 100, 10_000)).toBeNull();
    expect(disk(50, 100, null)).toBeNull();
  });

  it("until there is a tenth more than is needed", () => {
    expect(disk(1.05, 10, null, true)).not.toBeNull();
    expect(disk(1.11, 10, null, true)).toBeNull();
  });

  it("and what is free never reads as enough", () => {
    expect(wordDisk({ place: "/w", freeBytes: 0.999 * GB, needsBytes: GB, freeFiles: null, needsFiles: null })).toBe(
      "waits for disk: 0.9 GB free, needs 1.0",
    );
  });
});

it("memory is short below a tenth, until there is a tenth more than that", () => {
  const memory = (availableBytes: number, wasLow = false) =>
    findMemoryShortage({ availableBytes, totalBytes: 1_000 }, wasLow);
  expect([memory(99), memory(100), memory(109, true), memory(111, true)].map((short) => short !== null)).toEqual([
    ...[true, false, true, false],
  ]);
});
