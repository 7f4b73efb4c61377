/**
 * The scheduler's counters, counted again from its rows. They are kept because every event asks for them; what each of them
 * must be is said here.
 *
 * SCHED-4 After every step each counter is what a recount gives.
 */
import type { Amount } from "../../plan/model.ts";
import { rowAt, rowsOf } from "../table.ts";
import { readyListOf } from "./ready-list.ts";
import { hasEnded, nodeAt, recountNeeds } from "./settle.ts";
import type { Row, SchedulerContext } from "./state.ts";

/** What follows from rows, nodes, reviews and leases. Counts by name have no zeros. */
export interface SchedulerCounts {
  runningIn: Record<string, number>;
  runningBy: Record<string, number>;
  used: Record<string, number>;
  reserved: Required<Amount>;
  busy: number;
  waitingForHuman: number;
  unfinished: number;
  /** Ready tasks a stream, the most urgent first. */
  ready: Record<string, readonly number[]>;
  /** Of each task without an outcome: needs that succeeded and failed, and preferences that are pending. */
  needs: Pick<Row, "succeeded" | "failed" | "pendingPrefers">[];
}

/** Sums of decimals drift by less than this. */
const TOLERANCE = 1e-6;

/** Counts everything anew. */
export function recount(context: SchedulerContext): SchedulerCounts {
  const { nodes, underReview, leases } = context;
  const rows = rowsOf(context.rows);
  const tasks = [...rows.keys()];
  const inPhase = (...phases: Row["phase"][]): number[] =>
    tasks.filter((task) => phases.includes((rows[task] as Row).phase));
  const running = inPhase("running").map((task) => nodeAt(context, task));
  const reviewers = underReview.flatMap((task) => nodeAt(context, task).input.reviewer ?? []);
  const slots = [...running.map(({ input }) => input), ...reviewers];
  const streams = new Set(nodes.map(({ input }) => input.stream));
  const readyIn = [...streams].map((stream): [string, number[]] => {
    const ready = inPhase("ready").filter((task) => nodeAt(context, task).input.stream === stream);
    return [stream, readyListOf(nodes, ready).flat()];
  });
  return {
    runningIn: sumUp(slots.map(({ stream }) => [stream, 1])),
    runningBy: sumUp(slots.flatMap(({ agent }) => (agent === null ? [] : [[agent, 1]]))),
    used: sumUp([
      ...running.flatMap(({ uses }) => Object.entries(uses)),
      ...leases.flatMap(({ resource, units, fence }): [string, number][] =>
        fence === null ? [] : [[resource, units]],
      ),
    ]),
    reserved: {
      usd: running.reduce((sum, { reserve }) => sum + reserve.usd, 0),
      tokens: running.reduce((sum, { reserve }) => sum + reserve.tokens, 0),
    },
    busy: inPhase("running", "parked").length,
    waitingForHuman: inPhase("waitingForHuman").length,
    unfinished: rows.filter(({ phase }) => !hasEnded(phase)).length,
    ready: Object.fromEntries(readyIn.filter(([, ready]) => ready.length > 0)),
    needs: tasks.filter((task) => !hasEnded((rows[task] as Row).phase)).map((task) => recountNeeds(context, task)),
  };
}

/** Counters that are not what a recount gives, one sentence each; empty for a context as it should be (SCHED-4). */
export function listMiscounts(context: SchedulerContext): string[] {
  const counted = recount(context);
  const lists = Object.entries(context.ready).map(([stream, list]): [string, number[]] => [stream, list.flat()]);
  const unfinished = context.nodes.flatMap((_, task) => {
    const { phase, succeeded, failed, pendingPrefers } = rowAt(context.rows, task);
    return hasEnded(phase) ? [] : [{ succeeded, failed, pendingPrefers }];
  });
  const kept: SchedulerCounts = {
    runningIn: withoutZeros(context.runningIn),
    runningBy: withoutZeros(context.runningBy),
    used: withoutZeros(context.used),
    reserved: context.reserved,
    busy: context.busy,
    waitingForHuman: context.waitingForHuman,
    unfinished: context.unfinished,
    ready: Object.fromEntries(lists.filter(([, ready]) => ready.length > 0)),
    needs: unfinished,
  };
  return Object.entries(counted).flatMap(([name, value]) => {
    const own = kept[name as keyof SchedulerCounts];
    return isSame(own, value) ? [] : [`${name} is ${JSON.stringify(own)}, and recounted ${JSON.stringify(value)}`];
  });
}

function sumUp(amounts: readonly (readonly [string, number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, amount] of amounts) sums[name] = (sums[name] ?? 0) + amount;
  return withoutZeros(sums);
}

const withoutZeros = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

/** Whether two JSON values are equal, numbers nearly. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) < TOLERANCE;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
