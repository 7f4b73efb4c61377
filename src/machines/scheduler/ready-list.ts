/**
 * Tasks that may start, the most urgent first: a persistent sorted list in short chunks, so that adding and taking one
 * of thousands copies two short arrays. JSON as it is.
 *
 * READY-1 Chunks are sorted, none is empty, and all of one comes before all of the next.
 */

export type ReadyList = readonly (readonly number[])[];

/** What is known of each task: its longest remaining path, ms. */
type Urgencies = readonly { readonly pathMs: number }[];

/** A chunk of twice this length is split. */
const CHUNK = 64;

/** Which of two ready tasks goes first: the longest remaining path, then the order of the plan. */
export function byUrgency(nodes: Urgencies): (a: number, b: number) => number {
  return (a, b) => (nodes[b]?.pathMs ?? 0) - (nodes[a]?.pathMs ?? 0) || a - b;
}

/** The list of these tasks, in any order. */
export function readyListOf(nodes: Urgencies, tasks: readonly number[]): ReadyList {
  const sorted = [...tasks].sort(byUrgency(nodes));
  const chunks: number[][] = [];
  for (let start = 0; start < sorted.length; start += CHUNK) chunks.push(sorted.slice(start, start + CHUNK));
  return chunks;
}

/** The list with this task at its place; a list that holds it already is returned as it is. */
export function addReady(nodes: Urgencies, list: ReadyList, task: number): ReadyList {
  const compare = byUrgency(nodes);
  const at = Math.min(findChunk(list, task, compare), Math.max(0, list.length - 1));
  const chunk = list[at] ?? [];
  const place = findPlace(chunk, (other) => compare(other, task) < 0);
  if (chunk[place] === task) return list;
  const grown = [...chunk.slice(0, place), task, ...chunk.slice(place)];
  const parts = grown.length < 2 * CHUNK ? [grown] : [grown.slice(0, CHUNK), grown.slice(CHUNK)];
  return [...list.slice(0, at), ...parts, ...list.slice(at + 1)];
}

/** The list without this task; a list that does not hold it is returned as it is. */
export function takeReady(nodes: Urgencies, list: ReadyList, task: number): ReadyList {
  const at = findChunk(list, task, byUrgency(nodes));
  const chunk = list[at];
  if (chunk === undefined || !chunk.includes(task)) return list;
  const left = chunk.filter((other) => other !== task);
  return [...list.slice(0, at), ...(left.length === 0 ? [] : [left]), ...list.slice(at + 1)];
}

/** The first chunk that does not end before `task`; the list's length when there is none. */
function findChunk(list: ReadyList, task: number, compare: (a: number, b: number) => number): number {
  return findPlace(list, (chunk) => compare(chunk.at(-1) as number, task) < 0);
}

/** The first index for which `isBefore` is false, given that it is true of a beginning of the list only. */
function findPlace<T>(sorted: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
