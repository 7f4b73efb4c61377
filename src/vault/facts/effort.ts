/** How long a task was worked at: the one number of it that every page of the vault tells. Pure. */
import type { TaskFact } from "./run-facts.ts";

/**
 * Work, gates and reviews of all attempts, ms, without what the task waited for. Old facts know only when it began and
 * ended.
 */
export function effortMs({ tries, workMs }: Pick<TaskFact, "tries" | "workMs">): number {
  return tries.length === 0 ? workMs : tries.reduce((sum, { ms }) => sum + ms, 0);
}
