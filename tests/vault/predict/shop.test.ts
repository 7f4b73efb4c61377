/** How well patterns find their tasks, over the vault of a whole shop: few that do not belong, few that are missed. */
import { describe, expect, it } from "vitest";
import { makeTempFolder, openPatterns } from "../temp-vault.ts";
import { ids, writeShop } from "./shop-patterns.ts";
import { type ShopTask, shopTasks } from "./shop-tasks.ts";

/** As many as an agent is told, about. */
const most = 5;

describe("the patterns of a shop", () => {
  it("find nine of ten tasks that they fit, and nine of ten that they find they do fit", async () => {
    const dir = makeTempFolder();
    writeShop(dir);
    const { find, warnings } = await openPatterns([dir]);
    expect(warnings).toEqual([]);
    expect([ids.length >= 56, shopTasks.length >= 40]).toEqual([true, true]);
    const named = shopTasks.flatMap(({ fits, may }) => [...fits, ...may]);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);

    const judged = shopTasks.map((given) => judge(given, find(given.task, most)));
    const right = judged.flatMap((each) => each.right).length;
    const wrong = judged.flatMap((each) => each.wrong);
    const missed = judged.flatMap((each) => each.missed);
    expect(right / (right + wrong.length), `not fitting:\n${wrong.join("\n")}`).toBeGreaterThanOrEqual(0.9);
    expect(right / (right + missed.length), `missed:\n${missed.join("\n")}`).toBeGreaterThanOrEqual(0.9);
  });
});

function judge({ task, fits, may }: ShopTask, found: readonly { id: string; why: readonly string[] }[]) {
  const shown = found.map(({ id }) => id);
  return {
    right: shown.filter((id) => fits.includes(id)),
    wrong: found
      .filter(({ id }) => !fits.includes(id) && !may.includes(id))
      .map(({ id, why }) => `${task.title}: ${id} (${why.join("; ")})`),
    missed: fits.filter((id) => !shown.includes(id)).map((id) => `${task.title}: ${id}`),
  };
}
