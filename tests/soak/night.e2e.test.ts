/** A short night with real processes; more: `npm run soak -- --overnight`. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { liveNight } from "./night.ts";

it("loses no task, try, work or notice in a night, whatever happens", { timeout: 300_000 }, async () => {
  const { violations, steps, tasks } = await liveNight(join(makeTempFolder("night", "test"), "place"), 4, 6);
  expect(violations, steps.join("\n")).toEqual([]);
  expect(tasks).toBeGreaterThan(0);
});
