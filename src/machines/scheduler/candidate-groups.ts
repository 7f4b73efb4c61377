/** Candidates for one task, as a group: who belongs to it, who is ready, and whom it can do without. Nothing is decided here. */
import { rowsOf } from "../table.ts";
import type { Offer, SchedulerContext } from "./state.ts";

/** What a task is a candidate for; "": it is the only one. */
export const groupOf = ({ nodes }: SchedulerContext, task: number): string => nodes[task]?.input.candidateOf ?? "";

/** The task's id. */
export const idOf = ({ nodes }: SchedulerContext, task: number): string => nodes[task]?.input.id ?? "";

/** All candidates for this task. */
export const listGroup = (context: SchedulerContext, group: string): number[] =>
  [...context.nodes.keys()].filter((task) => groupOf(context, task) === group);

/** Those of them that are ready. */
export const listOffers = (context: SchedulerContext, group: string): Offer[] =>
  (context.offers ?? []).filter(({ task }) => groupOf(context, task) === group);

/** The candidates that a review of this task's commit compares; undefined where it judges that alone. */
export function listCompared(context: SchedulerContext, task: number): { task: string; commit: string }[] | undefined {
  const group = groupOf(context, task);
  if (group === "" || context.chosenOf?.[group] !== undefined) return undefined;
  const offers = listOffers(context, group);
  const own = offers.filter((each) => each.task === task);
  return [...own, ...offers.filter((each) => each.task !== task)].flatMap(({ task: each, commit }) =>
    commit === null ? [] : [{ task: idOf(context, each), commit }],
  );
}

/** Tasks that live without waiting for a person, or for others of their group. */
export function countBusy({ busy, offers = [], toReview, underReview }: SchedulerContext): number {
  return busy - offers.filter(({ task }) => !toReview.includes(task) && !underReview.includes(task)).length;
}

/** Candidates that count for nothing, since another one of their group has succeeded. */
export function listSuperseded(context: SchedulerContext): Set<number> {
  const rows = rowsOf(context.rows);
  const isGood = (task: number): boolean => rows[task]?.phase === "merged" || rows[task]?.phase === "done";
  const candidates = [...context.nodes.keys()].filter((task) => groupOf(context, task) !== "");
  const decided = new Set(candidates.filter(isGood).map((task) => groupOf(context, task)));
  return new Set(candidates.filter((task) => !isGood(task) && decided.has(groupOf(context, task))));
}
