/** Longest remaining paths of a plan: how long it takes at least from the start of a task to the end of what needs it. */
import { buildDag, longestPaths } from "../../dag/dag.ts";
import type { Task } from "../../plan/model.ts";

/** Milliseconds by task id. Tasks in a cycle, which no valid plan has, count with their own duration. */
export function measurePaths(tasks: readonly Task[], durationOf: (task: Task) => number): Map<string, number> {
  const { ids, needs, neededBy } = buildDag(tasks);
  const paths = longestPaths(neededBy, tasks.map(durationOf), needs);
  return new Map(ids.map((id, at) => [id, paths[at] ?? 0]));
}
