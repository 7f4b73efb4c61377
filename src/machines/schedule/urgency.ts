/** Which of two ready tasks goes first: the longest remaining path, then the order of the plan. */
import type { Node } from "./state.ts";

export function byUrgency(nodes: readonly Node[]): (a: number, b: number) => number {
  return (a, b) => (nodes[b]?.pathMs ?? 0) - (nodes[a]?.pathMs ?? 0) || a - b;
}

/** Inserts a task at its place in a sorted list; a list that holds it already is returned as it is. */
export function insertByUrgency(nodes: readonly Node[], tasks: readonly number[], task: number): number[] {
  const compare = byUrgency(nodes);
  let low = 0;
  let high = tasks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(tasks[middle] as number, task) < 0) low = middle + 1;
    else high = middle;
  }
  return tasks[low] === task ? [...tasks] : [...tasks.slice(0, low), task, ...tasks.slice(low)];
}
