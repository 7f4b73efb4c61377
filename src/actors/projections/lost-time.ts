/**
 * Where a run's time went that brought nothing: waits for limits, services, people and its own host, pauses before another try,
 * work that came to nothing. Folded from the log beside the actors. Each reason by itself: several may last at the same time, and
 * work and pauses are sums over tasks.
 */
import { parseAddress, taskAt } from "../../protocol/address.ts";
import type { RunRecord } from "../../protocol/records.ts";
import type { LostTime, LostWhy } from "../../protocol/status.ts";
import { refusedBy } from "../../protocol/values.ts";
import { failureOf } from "./last-failure.ts";

interface Span {
  why: LostWhy;
  /** Milliseconds since the Unix epoch. */
  since: number;
}

/** JSON, so that it goes into snapshots. */
export interface LostNotes {
  /** Waits that have not ended, by what they are of. */
  open: Record<string, Span>;
  /** Task -> work of the attempt under way, ms. */
  work: Record<string, number>;
  lost: Partial<Record<LostWhy, { ms: number; times: number }>>;
}

/** Before the first record. */
export const emptyLostNotes = (): LostNotes => ({ open: {}, work: {}, lost: {} });

/** Folds one record; mutates `notes`. `before` is the time of the record before, 0 for none; `isOver`: nobody was to work on it. */
export function noteLost(
  notes: LostNotes,
  record: RunRecord,
  { effects, before, isOver }: { effects: readonly { id: string; name: string }[]; before: number; isOver: boolean },
): void {
  const { type, time, actor, data, cause } = record;
  const task = taskAt(actor);
  if (task !== null) noteTask(notes, task, record);
  // A pause before another try is the only timer of a task.
  if (cause !== null) end(notes, cause, time);
  for (const { id, name } of effects) if (task !== null && name === "setTimer") begin(notes, id, "backoff", time);
  if (type === "epoch.started") {
    if (before > 0 && !isOver && data.purpose !== "ship") lose(notes, "host", time - before);
  } else if (type === "account.held") begin(notes, `account ${data.account}`, data.what, time);
  else if (type === "agent.unlimited") end(notes, `account ${data.account}`, time);
  else if (type === "breaker.opened") begin(notes, `agent ${data.agent}`, "agent", time);
  else if (type === "breaker.halfOpened" || type === "breaker.closed") end(notes, `agent ${data.agent}`, time);
  else if (parseAddress(actor).kind === "conflict") {
    if (type === "actor.started") begin(notes, actor, "person", time);
    else if (type === "decision.made") end(notes, actor, time);
  } else if (type === "run.finished") for (const key of Object.keys(notes.open)) end(notes, key, time);
}

function noteTask(notes: LostNotes, task: string, record: RunRecord): void {
  const { type, data } = record;
  if (
    type === "agent.exited" ||
    type === "agent.suspended" ||
    type === "gates.finished" ||
    type === "review.finished"
  ) {
    notes.work[task] = (notes.work[task] ?? 0) + data.durationMs;
  }
  const isRefused = type === "agent.exited" && refusedBy(data) !== null;
  if (failureOf(record) !== null && !isRefused) {
    lose(notes, "retry", notes.work[task] ?? 0);
    delete notes.work[task];
  } else if (type === "merge.landed" || type === "actor.started") delete notes.work[task];
}

function begin(notes: LostNotes, key: string, why: LostWhy, since: number): void {
  notes.open[key] ??= { why, since };
}

function end(notes: LostNotes, key: string, time: number): void {
  const span = notes.open[key];
  if (span === undefined) return;
  delete notes.open[key];
  lose(notes, span.why, time - span.since);
}

function lose(notes: LostNotes, why: LostWhy, ms: number): void {
  const { ms: known, times } = notes.lost[why] ?? { ms: 0, times: 0 };
  notes.lost[why] = { ms: known + Math.max(0, ms), times: times + 1 };
}

/** The reasons, that which took longest first; waits that go on count until `now`. */
export function listLost({ open, lost }: LostNotes, now: number): LostTime[] {
  const all: LostNotes = { open: {}, work: {}, lost: { ...lost } };
  for (const { why, since } of Object.values(open)) lose(all, why, now - since);
  const entries = Object.entries(all.lost) as [LostWhy, { ms: number; times: number }][];
  return entries.map(([why, { ms, times }]) => ({ why, ms, times })).sort((a, b) => b.ms - a.ms);
}
