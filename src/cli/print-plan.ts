/** A plan's predictions and its dry run in words. */
import { relative } from "node:path";
import { wordDoubt, wordEvidence } from "../actors/prompt/tell-patterns.ts";
import type { Plan } from "../plan/index.ts";
import { duration } from "../protocol/words.ts";
import type { PatternMatch } from "../vault/index.ts";
import type { CheckedPlan } from "./prepare-run.ts";
import { brief, line } from "./words.ts";

/** Ids shown of one wave, waves, and overlaps: more than a person reads is counted only. */
const MAX_IDS = 12;
const MAX_WAVES = 20;
const MAX_OVERLAPS = 10;
const MAX_PREDICTIONS = 30;

/** What happened before with tasks like these: each pattern once, with the tasks that it fits. */
export function printPredictions(out: NodeJS.WritableStream, predictions: CheckedPlan["predictions"]): void {
  const fits = new Map<string, { pattern: PatternMatch; tasks: string[] }>();
  for (const { task, patterns } of predictions) {
    for (const pattern of patterns) {
      const known = fits.get(pattern.id);
      if (known === undefined) fits.set(pattern.id, { pattern, tasks: [task] });
      else known.tasks.push(task);
    }
  }
  for (const { pattern, tasks } of [...fits.values()].slice(0, MAX_PREDICTIONS)) {
    const { title, evidence, advice, path, why } = pattern;
    out.write(`▲ ${shorten(tasks)}: ${brief(title)}${wordDoubt(pattern)}\n`);
    const by = `${tasks.length > 1 ? `for ${tasks[0]} ` : ""}found by`;
    out.write(`    ${wordEvidence(evidence)}; ${by} ${line(why.join(", "))}\n`);
    if (advice) out.write(`    ${line(advice)}\n`);
    out.write(`    ${line(relative(".", path))}\n`);
  }
  const more = fits.size - MAX_PREDICTIONS;
  if (more > 0) out.write(`▲ and ${more} more patterns: --json lists them\n`);
}

/** How many tasks run at once. */
export const wordConcurrency = ({ concurrency, autoConcurrency }: Plan): string =>
  autoConcurrency === true ? `up to ${concurrency} at once, as this machine has room` : `${concurrency} at once`;

/** What a valid plan would do. */
export function printAnalysis(out: NodeJS.WritableStream, { plan, analysis, predictions, usual }: CheckedPlan): void {
  if (plan === null || analysis === null) return;
  const { waves, criticalPath, speedup, overlaps } = analysis;
  out.write(`${brief(plan.goal)}\n`);
  const streams = plan.streams.filter(({ name }) => plan.tasks.some(({ stream }) => stream === name));
  const parts = [count(plan.tasks.length, "task"), count(streams.length, "stream"), count(waves.length, "wave")];
  out.write(`  ${parts.join(", ")}; ${wordConcurrency(plan)}; isolation: ${plan.isolation}\n`);
  out.write("waves (what could run together)\n");
  for (const [index, ids] of waves.slice(0, MAX_WAVES).entries()) {
    out.write(`  ${String(index + 1).padStart(2)}  ${shorten(ids)}\n`);
  }
  if (waves.length > MAX_WAVES) out.write(`      and ${waves.length - MAX_WAVES} more waves\n`);
  out.write(`critical path (about ${duration(criticalPath.ms)})\n  ${shorten(criticalPath.ids, " > ")}\n`);
  out.write(`possible speed-up ${speedup.toFixed(1)}x over one task after the other, gates and merges left aside\n`);
  out.write(`these times: ${wordGround(plan.tasks.length, usual)}\n`);
  if (overlaps.length > 0) out.write("may change the same files and run together\n");
  for (const overlap of overlaps.slice(0, MAX_OVERLAPS)) {
    const shared = "files" in overlap ? overlap.files.join(", ") : [...new Set(overlap.globs)].join(" and ");
    out.write(`  ${overlap.a} and ${overlap.b}: ${line(shared)}\n`);
  }
  if (overlaps.length > MAX_OVERLAPS) out.write(`  and ${overlaps.length - MAX_OVERLAPS} more pairs\n`);
  if (predictions.length > 0) out.write("seen before with tasks like these\n");
  printPredictions(out, predictions);
}

/** What the times of a dry run rest on. */
function wordGround(tasks: number, { tasks: known }: CheckedPlan["usual"]): string {
  const told = Object.keys(known).length;
  if (told === 0) return "guessed, a minute a task: no earlier run tells";
  const guessed = tasks - told;
  const rest = guessed === 0 ? "" : `; guessed for ${guessed}, a minute each`;
  return `from earlier runs for ${count(told, "task")}${rest}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function shorten(ids: readonly string[], by = ", "): string {
  const shown = ids.slice(0, MAX_IDS).join(by);
  return ids.length > MAX_IDS ? `${shown}${by}… (${ids.length})` : shown;
}
