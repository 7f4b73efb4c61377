/** Beyond the goals: whether the price of a simulated task stays the same when a plan is large. */
import { buildPlan, simulate } from "../src/testing/simulate/index.ts";
import { printFigure, printTitle } from "./shared/figures.ts";

const SIZES = [500, 1_000, 4_000];

/** Milliseconds of processor time a task. */
async function priceOf(tasks: number): Promise<number> {
  const plan = buildPlan({ tasks: Array.from({ length: tasks }, (_, task) => ({ id: `t${task}` })) });
  const before = process.cpuUsage();
  const { outcome } = await simulate(plan);
  if (outcome !== "succeeded") throw new Error(`the run is ${outcome}`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / tasks;
}

printTitle(`(k) simulated plans of ${SIZES.join(", ")} tasks`, "Processor time, divided by the tasks; one run each.");
await priceOf(100);
const prices: number[] = [];
for (const tasks of SIZES) {
  const price = await priceOf(tasks);
  printFigure(`a task of ${tasks}`, price, { unit: "ms", goal: "none" });
  prices.push(price);
}
const growth = (prices.at(-1) ?? Number.NaN) / (prices[0] ?? Number.NaN);
printFigure(`a task of ${SIZES.at(-1)} to a task of ${SIZES[0]}`, growth, { unit: "x", goal: { atMost: 2 } });
