/**
 * How figures are told: a line each, with its goal and a plain verdict; medians, because one slow run of a shared
 * machine says little.
 */

/** The goal of a figure. `atMost` and `atLeast` are in the figure's own unit. */
export type Goal = { atMost: number } | { atLeast: number } | "none";

/** The middle of the values (the mean of the middle two); NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Prints what a bench is about: its title, and one sentence a line on what is measured. */
export function printTitle(title: string, ...sentences: string[]): void {
  process.stdout.write(`\n${title}\n${sentences.map((sentence) => `    ${sentence}\n`).join("")}`);
}

/** Prints one figure with its goal and whether it is met. */
export function printFigure(name: string, value: number, { unit, goal }: { unit: string; goal: Goal }): void {
  const said = `${formatNumber(value)} ${unit}`.padEnd(16);
  process.stdout.write(`  ${name.padEnd(58)} ${said} ${judge(value, unit, goal)}\n`);
}

function judge(value: number, unit: string, goal: Goal): string {
  if (goal === "none") return "no goal";
  const [words, bound, isMet] =
    "atMost" in goal
      ? ["at most", goal.atMost, value <= goal.atMost]
      : ["at least", goal.atLeast, value >= goal.atLeast];
  return `goal ${words} ${formatNumber(bound)} ${unit}: ${isMet ? "met" : "MISSED"}`;
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
