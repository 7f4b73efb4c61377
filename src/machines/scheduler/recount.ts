/**
 * The scheduler's counters, counted again from its rows. They are kept because every event asks for them; what each of them
 * must be is said here.
 *
 * SCHED-4 After every step each counter is what a recount gives.
 *
 * Tests and simulations recount after every step. A host that runs recounts when the scheduler starts and before it says how
 * the run ended; in between it looks only at what a step changed.
 */
import { PleachError } from "../../errors.ts";
import type { Amount } from "../../plan/model.ts";
import { changedRows, rowAt, rowsOf } from "../table.ts";
import { readyListOf } from "./ready-list.ts";
import { hasEnded, nodeAt, recountNeeds } from "./settle.ts";
import { agentAt, countSlots, type Row, reviewerAt, type SchedulerContext } from "./state.ts";

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
  const reviewers = underReview.flatMap((task) => {
    const { reviewer } = nodeAt(context, task).input;
    return reviewer === undefined ? [] : [{ stream: reviewer.stream, agent: reviewerAt(context, task) }];
  });
  const workers = inPhase("running").map((task) => ({
    stream: nodeAt(context, task).input.stream,
    agent: agentAt(context, task),
  }));
  const slots = [...workers, ...reviewers];
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

/**
 * Throws `run.inconsistent` when a step left counters that cannot be (SCHED-4): of the slots, of who is busy, waits and is
 * unfinished it compares what the step changed in them with what it changed in the rows; no counter may be below zero.
 */
export function checkCounters(context: SchedulerContext, before: SchedulerContext | null): void {
  const isWhole = before === null || context.outcome !== null;
  const wrong = isWhole ? listMiscounts(context) : listWrongChanges(context, before);
  if (wrong.length === 0) return;
  throw new PleachError("run.inconsistent", `the scheduler has miscounted: ${wrong.join("; ")}`, {
    hint: "this is a bug in pleach; the step was not recorded, and pleach resume goes on from before it once it is mended",
  });
}

/** Counters that follow from the rows alone. */
interface Tally {
  slots: number;
  busy: number;
  waitingForHuman: number;
  unfinished: number;
}

function listWrongChanges(context: SchedulerContext, before: SchedulerContext): string[] {
  const changed = tallyChanges(context, before);
  const now = keptTally(context);
  const then = keptTally(before);
  const wrong = (Object.keys(changed) as (keyof Tally)[]).flatMap((name) => {
    const expected = then[name] + changed[name];
    return now[name] === expected ? [] : [`${name} is ${now[name]}, and should be ${expected}`];
  });
  const { runningIn, runningBy, used, reserved } = context;
  const sums: Record<string, object> = { runningIn, runningBy, used, reserved };
  for (const what in sums) {
    const counts = sums[what] as Record<string, number>;
    for (const name in counts) {
      if ((counts[name] as number) < -TOLERANCE) wrong.push(`${what} ${name} is ${counts[name]}`);
    }
  }
  return wrong;
}

/** A running task holds a slot, and so does a review, which has no row of its own. */
function keptTally(context: SchedulerContext): Tally {
  const { busy, waitingForHuman, unfinished, underReview } = context;
  return { slots: countSlots(context) - underReview.length, busy, waitingForHuman, unfinished };
}

/** What the rows that a step replaced add to each counter: what is the same is passed over. */
function tallyChanges({ rows }: SchedulerContext, { rows: before }: SchedulerContext): Tally {
  const tally: Tally = { slots: 0, busy: 0, waitingForHuman: 0, unfinished: 0 };
  for (const [row, old] of changedRows(rows, before)) {
    if (row !== undefined) addRow(tally, row, 1);
    if (old !== undefined) addRow(tally, old, -1);
  }
  return tally;
}

function addRow(tally: Tally, { phase }: Row, sign: 1 | -1): void {
  if (hasEnded(phase)) return;
  tally.unfinished += sign;
  if (phase === "running") tally.slots += sign;
  if (phase === "running" || phase === "parked") tally.busy += sign;
  if (phase === "waitingForHuman") tally.waitingForHuman += sign;
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
