/**
 * Turns: tasks that the merge queue sent back, and for which it lets others wait (TURN-1 in `merge/turns.ts`). They start
 * before other ready work. A turn is given up where its task does not go on by itself, so that nobody waits for that:
 *
 * TURN-4 A task with a turn has no outcome, waits for no person, and is not held back by the budget or its agent's outage.
 */
import { type Draft, tell } from "./state.ts";

/** The merge queue sent a task back. */
export function takeTurn(draft: Draft, task: number): void {
  const { context } = draft;
  if (!context.turns.includes(task)) context.turns = [...context.turns, task];
}

/** A task's turn is over, if it has one; the merge queue knows of those that landed (TURN-4). */
export function endTurn(draft: Draft, task: number, { hasLanded }: { hasLanded: boolean }): void {
  const { context } = draft;
  if (!context.turns.includes(task)) return;
  context.turns = context.turns.filter((other) => other !== task);
  if (!hasLanded) refuseTurn(draft, context.nodes[task]?.input.id ?? "");
}

/** The merge queue is told that nobody has to wait for a task. */
export function refuseTurn(draft: Draft, task: string): void {
  draft.effects.push(tell({ to: "merge", event: { type: "turn.end", task } }));
}
