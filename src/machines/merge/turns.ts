/**
 * Turns: a commit that the queue sends back is made again, and merged before what others change in the same files. Without
 * that, others land first and send it back again and again.
 *
 * TURN-1 While the task of a turn is away, doing its work again, commits that change the turn's files wait, and so do those
 *    that clash there: one at a time is sent back for a file. Once it is back, it goes first.
 * TURN-2 A commit waits only for turns that were given before its own. So the oldest turn waits for nobody, and no two wait
 *    for each other.
 * TURN-3 A turn ends when its task lands, or when the scheduler says that it does not go on (TURN-4, `scheduler/turns.ts`).
 */
import type { QueueItem } from "../../protocol/values.ts";

/** A task that was sent back, and the files that nobody else changes before it lands. */
export interface Turn {
  task: string;
  files: string[];
}

/** The turn that a commit waits for; null when it may be merged now (TURN-1, TURN-2). */
export function turnBefore(
  turns: readonly Turn[],
  { task, files }: Pick<QueueItem, "task" | "files">,
  isAway: (task: string) => boolean,
): Turn | null {
  if (turns.length === 0) return null;
  const own = turns.findIndex((turn) => turn.task === task);
  const changed = new Set(files);
  const earlier = own < 0 ? turns : turns.slice(0, own);
  return earlier.find((turn) => isAway(turn.task) && turn.files.some((file) => changed.has(file))) ?? null;
}

/** Parts what waits into what may be merged now, turns first, and what waits for a turn. */
export function partByTurns(
  turns: readonly Turn[],
  waiting: readonly QueueItem[],
): { free: QueueItem[]; held: { item: QueueItem; turn: Turn }[] } {
  const places = new Map(turns.map(({ task }, at) => [task, at]));
  const placeOf = ({ task }: QueueItem): number => places.get(task) ?? turns.length;
  const free: QueueItem[] = [];
  const held: { item: QueueItem; turn: Turn }[] = [];
  const goes = new Set<string>();
  // One that is back and waits for an earlier turn is as good as away for those behind it.
  for (const item of [...waiting].sort((a, b) => placeOf(a) - placeOf(b))) {
    const turn = turnBefore(turns, item, (task) => !goes.has(task));
    if (turn !== null) held.push({ item, turn });
    else {
      free.push(item);
      goes.add(item.task);
    }
  }
  return { free, held };
}

/** The turns with one for this task; who has one keeps its place, and has it for these files, too. */
export function giveTurn(turns: readonly Turn[], { task, files }: Turn): Turn[] {
  const has = turns.some((turn) => turn.task === task);
  if (!has) return [...turns, { task, files }];
  return turns.map((turn) => (turn.task === task ? { task, files: [...new Set([...turn.files, ...files])] } : turn));
}

/** The turns without those of these tasks. */
export function endTurns(turns: readonly Turn[], tasks: Iterable<string>): Turn[] {
  const over = new Set(tasks);
  return turns.filter(({ task }) => !over.has(task));
}
