/** How long what is left of a plan takes from each of its tasks, by known durations or by a guess. */

import { buildDag, longestPaths } from "../dag/dag.ts";
import { GUESSED_DURATION_MS } from "./defaults.ts";
import type { Plan } from "./model.ts";

/**
 * For each task, milliseconds from its start to the end of the longest chain of tasks that need it, itself included.
 * A task without a known duration is taken to last a minute.
 */
export function remainingPathMs(
  plan: Pick<Plan, "tasks">,
  durationsMs: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const { ids, needs, neededBy } = buildDag(plan.tasks);
  const remaining = longestPaths(neededBy, readDurations(ids, durationsMs), needs);
  return Object.fromEntries(ids.map((id, index) => [id, remaining[index] ?? 0]));
}

/** Durations in the order of these ids, guessed where unknown. */
export function readDurations(ids: readonly string[], durationsMs: Readonly<Record<string, number>>): number[] {
  return ids.map((id) => {
    const known = Object.hasOwn(durationsMs, id) ? durationsMs[id] : undefined;
    return known !== undefined && Number.isFinite(known) && known >= 0 ? known : GUESSED_DURATION_MS;
  });
}
