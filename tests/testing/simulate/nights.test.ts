import { describe, expect, it } from "vitest";
import { runNight, summariseNights } from "../../../src/testing/simulate/nights.ts";

const NIGHTS = 12;

describe("nights in which nobody looks", () => {
  it("lose no task and no notice, spend no try on a wall, and hold their budgets", { timeout: 120_000 }, async () => {
    const nights = [];
    for (let number = 0; number < NIGHTS; number++) nights.push(await runNight(5, number));
    expect(nights.flatMap(({ violations }) => violations)).toEqual([]);
    expect(nights.flatMap(({ notices }) => notices.lost)).toEqual([]);
    const { nights: count, walls, waits, told, recoveries } = summariseNights(nights);
    expect(count).toBe(NIGHTS);
    for (const happened of [walls, waits, told, recoveries]) expect(happened).toBeGreaterThan(0);
  });

  it("tell of a task what became of it where its stream crashes while its commit is in the merge queue, and the money ends", async () => {
    const { violations } = await runNight(2, 307);
    expect(violations).toEqual([]);
  });

  it("are repeated alone as they were", { timeout: 60_000 }, async () => {
    expect(await runNight(5, 3)).toEqual(await runNight(5, 3));
  });
});
