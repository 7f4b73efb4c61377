/** A night with real processes, of a fixed seed, and the oracle that would notice what goes wrong; more: `npm run soak -- --overnight`. */
import { join } from "node:path";
import { expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { makeRepository } from "../helpers/program.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { liveNight } from "./night.ts";
import { NightOracle } from "./night-oracle.ts";

it.each([1])("no task, try or notice is lost over a night (seed %i)", { timeout: 300_000 }, async (seed) => {
  const { violations, steps, walls } = await liveNight(join(makeTempFolder("night", "test"), "place"), seed, 12);
  expect(violations, [...steps, `${walls} walls`].join("\n")).toEqual([]);
});

it("notices a task without an end, tries without a cause, a wall that a task failed by, what nobody was told, and money that is gone", () => {
  const root = join(makeTempFolder("oracle", "test"), "repo");
  makeRepository(root, { "a.txt": "a\n" });
  const task = (id: string, status: string, attempts: number, reason: string | null) => ({
    id,
    status,
    attempts,
    reason,
  });
  const status = {
    tasks: [task("a", "ready", 0, null), task("b", "merged", 3, null), task("c", "failed", 1, "529 overloaded")],
    cost: { usd: 2 },
  } as unknown as StatusDocument;
  const found = new NightOracle(root, []).judge(status, { told: [], kills: 0, mostUsd: 1 });
  expect(found).toEqual([
    "a is lost: ready",
    "b has 3 attempts, and only 0 causes for them",
    "c failed by a wall: 529 overloaded",
    "nobody was told that c failed",
    "nobody was told that the run is over",
    "the hard budget was overspent: 2 of at most 1 dollars",
  ]);
});
