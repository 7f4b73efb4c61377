/**
 * Candidates for one task: which of them goes on to be merged, and what becomes of the others.
 *
 * CANDIDATE-2 Of a group one is chosen, once; only that one is reviewed and merged. Who was chosen stays so, whatever becomes of it
 *    later: the others were stopped then, and a retry of the run tries them all again.
 * CANDIDATE-3 The first that is ready is chosen; by a review, when each of them is ready or over. One that changed nothing is chosen
 *    only where no other comes to anything.
 * CANDIDATE-4 A comparison that names none, or one that is not there any more, or that fails for good, chooses the first that was
 *    ready.
 * CANDIDATE-5 Who was not chosen starts nothing any more: what lives is stopped and saved, what never started is skipped.
 */
import { RUN, taskActor } from "../../protocol/address.ts";
import { rowAt } from "../table.ts";
import { groupOf, idOf, listGroup, listOffers } from "./candidate-groups.ts";
import { leaveReview, queueReview } from "./reviews.ts";
import { areLost, conclude, hasEnded, isEnding, move, nodeAt } from "./settle.ts";
import { type Draft, type Offer, type SchedulerContext, tell } from "./state.ts";

/** A candidate is ready, with its commit; null: it changed nothing. */
export function offer(draft: Draft, task: number, commit: string | null): void {
  const { context } = draft;
  const others = (context.offers ?? []).filter((each) => each.task !== task);
  context.offers = [...others, { task, commit }];
}

/** Chooses where that can be said, and stops those that were not chosen and are ready all the same. */
export function settleCandidates(draft: Draft): void {
  const { context } = draft;
  if (context.offers === undefined || context.offers.length === 0) return;
  // What crashed, was stopped or runs again has nothing to offer.
  context.offers = context.offers.filter(({ task }) => {
    const { alive, phase } = rowAt(context.rows, task);
    return alive && phase === "parked";
  });
  if (isEnding(context)) return;
  for (const group of new Set(context.offers.map(({ task }) => groupOf(context, task)))) {
    const chosen = context.chosenOf?.[group];
    if (chosen === undefined) settleGroup(draft, group);
    else repeat(draft, group, chosen);
  }
}

/** The choice, as an actor hears it that stands in for one that crashed. */
function repeat(draft: Draft, group: string, chosen: number): void {
  for (const { task } of takeOffers(draft, group)) {
    if (task === chosen) tellDecided(draft, task, chosen);
    else passOver(draft, task, chosen);
  }
}

function settleGroup(draft: Draft, group: string): void {
  const { context } = draft;
  const offers = listOffers(context, group);
  // Who is compared is not chosen from under the reviewer.
  if (offers.some(({ task }) => context.underReview.includes(task))) return;
  const made = offers.filter(({ commit }) => commit !== null);
  const [first = offers[0]] = made;
  if (first === undefined) return;
  const isOpen = listGroup(context, group).some(
    (task) => !hasEnded(rowAt(context.rows, task).phase) && !offers.some((each) => each.task === task),
  );
  const { choose } = nodeAt(context, first.task);
  if (isOpen && (made.length === 0 || choose === "review")) return;
  if (made.length > 1 && choose === "review") compare(draft, first.task, made);
  else chooseCandidate(draft, first.task);
}

/** Puts the first that was ready in the line for the review that compares them all. */
function compare(draft: Draft, task: number, made: readonly Offer[]): void {
  const { context } = draft;
  if (made.some((each) => context.toReview.includes(each.task))) return;
  const { reviewer } = nodeAt(context, task).input;
  if (reviewer === undefined || areLost(context, [reviewer.agent, ...(reviewer.fallback ?? [])]))
    chooseCandidate(draft, task);
  else queueReview(draft, task);
}

/** What a comparison came to (CANDIDATE-4). */
export function onCompared(draft: Draft, task: number, best: string | null): void {
  const { context } = draft;
  const group = groupOf(context, task);
  const chosen = listOffers(context, group).find((each) => idOf(context, each.task) === best && each.commit !== null);
  if (context.chosenOf?.[group] === undefined) chooseCandidate(draft, chosen?.task ?? task);
}

function chooseCandidate(draft: Draft, chosen: number): void {
  const { context } = draft;
  const group = groupOf(context, chosen);
  takeOffers(draft, group);
  leaveReview(draft, chosen);
  context.chosenOf = { ...context.chosenOf, [group]: chosen };
  const isLeft = (task: number): boolean => task !== chosen && !hasEnded(rowAt(context.rows, task).phase);
  const others = listGroup(context, group).filter(isLeft);
  const names = others.map((task) => idOf(context, task));
  draft.effects.push(
    tell({ to: RUN, event: { type: "candidate.chosen", of: group, task: idOf(context, chosen), others: names } }),
  );
  tellDecided(draft, chosen, chosen);
  for (const task of others) passOver(draft, task, chosen);
}

function takeOffers(draft: Draft, group: string): Offer[] {
  const { context } = draft;
  const taken = listOffers(context, group);
  context.offers = (context.offers ?? []).filter((each) => !taken.includes(each));
  return taken;
}

function tellDecided({ context, effects }: Draft, task: number, chosen: number): void {
  const event = { type: "candidate.decided", chosen: idOf(context, chosen) } as const;
  effects.push(tell({ to: taskActor(idOf(context, task)), event }));
}

/** Ends a candidate that was not chosen (CANDIDATE-5). */
function passOver(draft: Draft, task: number, chosen: number): void {
  const { context } = draft;
  const { alive, phase, attempts } = rowAt(context.rows, task);
  const reason = wordChosen(context, chosen);
  if (!alive) {
    conclude(draft, task, attempts > 0 ? "cancelled" : "skipped", reason);
    return;
  }
  leaveReview(draft, task);
  // It gets no slot any more, though it may not have heard yet.
  if (phase === "ready") move(draft, task, "parked");
  tellDecided(draft, task, chosen);
  draft.effects.push(tell({ to: taskActor(idOf(context, task)), event: { type: "task.stop", reason, saves: true } }));
}

const wordChosen = (context: SchedulerContext, chosen: number): string => `${idOf(context, chosen)} was chosen`;

/** Ends a candidate that would start again although another one was chosen; false for every other task. */
export function passOverLate(draft: Draft, task: number): boolean {
  const chosen = draft.context.chosenOf?.[groupOf(draft.context, task)];
  if (chosen === undefined || chosen === task) return false;
  passOver(draft, task, chosen);
  return true;
}
