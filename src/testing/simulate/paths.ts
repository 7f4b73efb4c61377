/** Longest remaining paths of a plan: how long it takes at least from the start of a task to the end of what needs it. */
import type { Task } from "../../plan/model.ts";

/** Milliseconds by task id. Tasks in a cycle, which no valid plan has, count with their own duration. */
export function measurePaths(tasks: readonly Task[], durationOf: (task: Task) => number): Map<string, number> {
  const paths = new Map<string, number>();
  const neededBy = new Map<string, Task[]>();
  for (const task of tasks) for (const need of task.needs) neededBy.set(need, [...(neededBy.get(need) ?? []), task]);
  const left = new Map(tasks.map(({ id }) => [id, neededBy.get(id)?.length ?? 0]));
  const ready = tasks.filter(({ id }) => left.get(id) === 0);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
    const behind = (neededBy.get(task.id) ?? []).map(({ id }) => paths.get(id) ?? 0);
    paths.set(task.id, durationOf(task) + Math.max(0, ...behind));
    for (const need of new Set(task.needs)) {
      const count = (left.get(need) ?? 0) - task.needs.filter((id) => id === need).length;
      left.set(need, count);
      const next = byId.get(need);
      if (count === 0 && next !== undefined) ready.push(next);
    }
  }
  for (const task of tasks) if (!paths.has(task.id)) paths.set(task.id, durationOf(task));
  return paths;
}
