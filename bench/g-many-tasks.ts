/** Beyond the goals: whether the price of a task stays the same when a plan is large. */
import path from "node:path";
import { printFigure, printTitle } from "./shared/figures.ts";
import { writeDag } from "./shared/layered-dag.ts";
import { timeRun } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const SIZES = [500, 2_000, 5_000];

printTitle(
  `(g) plans of ${SIZES.join(", ")} tasks "true", isolation none, concurrency 8`,
  "Wall time of the whole program, divided by the tasks; one run each.",
);
await withScratch(async (dir) => {
  const prices = SIZES.map((tasks) => {
    const folder = path.join(dir, String(tasks));
    writeDag(folder, { tasks, command: "true", concurrency: 8 });
    const price = timeRun(folder) / tasks;
    printFigure(`a task of ${tasks}`, price, { unit: "ms", goal: "none" });
    return price;
  });
  const growth = (prices.at(-1) ?? Number.NaN) / (prices[0] ?? Number.NaN);
  printFigure(`a task of ${SIZES.at(-1)} to a task of ${SIZES[0]}`, growth, { unit: "x", goal: { atMost: 1.5 } });
});
