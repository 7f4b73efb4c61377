/** Why a claim can never be granted, in the words that the claimer reads; null where it can, now or later. */
import { describe, expect, it } from "vitest";
import { refuseClaim } from "../../../src/machines/scheduler/leases.ts";

describe("a claim", () => {
  const resources = { db: 2 };
  it.each([
    ["db", 1, null],
    ["db", 2, null],
    ["db", 3, "db has only 2 in all"],
    ["db", 0, "units is a whole number from 1"],
    ["db", -1, "units is a whole number from 1"],
    ["db", 1.5, "units is a whole number from 1"],
    ["cache", 1, 'the plan has no resource "cache"'],
    // Known to every object, and no resource of this plan.
    ["constructor", 1, 'the plan has no resource "constructor"'],
  ])("of %s, %d units: %s", (resource, units, why) => {
    expect(refuseClaim({ resources }, resource, units)).toBe(why);
  });
});
