/** What follows from a model: rows of the task list, what waits, windows, clocks. Pure; costly ones are remembered. */
import { taskAt } from "../protocol/address.ts";
import type { RunEvent } from "../protocol/client.ts";
import { isRunAtWork, isRunOver, isTaskDone } from "../protocol/states.ts";
import type { ConflictView, StatusDocument, TaskView } from "../protocol/status.ts";
import { wrap } from "./cells.ts";
import { markOf } from "./format.ts";
import { type Layout, layOut } from "./layout.ts";
import type { Model, Sort } from "./model.ts";

/** One row of the task list. */
export type TaskRow =
  | { kind: "stream"; name: string; tasks: number; done: number; active: number }
  | { kind: "task"; task: TaskView };

/** The keys that count now; each binding names the contexts it is for. */
export type Context = "overview" | "detail" | "help" | "leave" | "decide";

/** Where keys go. */
export function contextOf(model: Model): Context {
  return model.modal?.kind ?? model.screen.kind;
}

/** Decisions that wait for a person. */
export function waitingDecisions(status: StatusDocument): ConflictView[] {
  return status.conflicts.filter((conflict) => conflict.status === "open");
}

/** Whether the run goes on without us: leaving then is a choice between detaching and stopping. */
export function isLive(status: StatusDocument): boolean {
  return status.host.alive && !isRunOver(status.status) && status.status !== "interrupted";
}

/** Whether the run's host has ended without a word. */
export function isHostGone({ status, events }: Pick<Model, "status" | "events">): boolean {
  if (status.host.alive) return false;
  if (isRunAtWork(status.status)) return true;
  const said = events.findLast(({ type }) => type === "run.interrupted" || type === "epoch.started");
  return status.status === "interrupted" && said?.type !== "run.interrupted";
}

/** The layout that fits the model. */
export function layoutOf(model: Model): Layout {
  return layOut(model.size, waitingDecisions(model.status).length);
}

const rowsByStatus = new WeakMap<StatusDocument, Map<Sort, readonly TaskRow[]>>();

/** The task list: a header for each stream, its tasks below it; by attention, what waits for a person comes first. */
export function taskRows(status: StatusDocument, sort: Sort): readonly TaskRow[] {
  const known = rowsByStatus.get(status) ?? new Map<Sort, readonly TaskRow[]>();
  rowsByStatus.set(status, known);
  const rows = known.get(sort) ?? groupByStream(status.tasks, sort);
  known.set(sort, rows);
  return rows;
}

function groupByStream(tasks: readonly TaskView[], sort: Sort): TaskRow[] {
  const streams = new Map<string, TaskView[]>();
  for (const task of tasks) {
    const own = streams.get(task.stream);
    if (own === undefined) streams.set(task.stream, [task]);
    else own.push(task);
  }
  const rows: TaskRow[] = [];
  const needsPerson = (own: readonly TaskView[]) => own.some((task) => task.status === "waiting");
  const groups = [...streams];
  if (sort === "attention") groups.sort((a, b) => Number(needsPerson(b[1])) - Number(needsPerson(a[1])));
  for (const [name, own] of groups) {
    const done = own.filter((task) => isTaskDone(task.status)).length;
    const active = own.filter((task) => markOf(task).tone === "busy").length;
    rows.push({ kind: "stream", name, tasks: own.length, done, active });
    const ordered = sort === "plan" ? own : own.toSorted((a, b) => markOf(a).rank - markOf(b).rank);
    for (const task of ordered) rows.push({ kind: "task", task });
  }
  return rows;
}

/** Index of a task's row, or -1. */
export function rowOfTask(rows: readonly TaskRow[], id: string | null): number {
  return rows.findIndex((row) => row.kind === "task" && row.task.id === id);
}

/** The task with this id. */
export function findTask(status: StatusDocument, id: string | null): TaskView | undefined {
  return id === null ? undefined : status.tasks.find((task) => task.id === id);
}

/** The task whose output is on the screen: the opened one, else the selected one. */
export function shownTask(model: Model): string | null {
  return model.screen.kind === "detail" ? model.screen.task : model.selected;
}

/** The size of the panel that shows the output now: the opened task's, or the one of the overview. */
export function outputPanel(model: Model): { width: number; height: number } {
  const layout = layoutOf(model);
  return model.screen.kind === "detail" ? layout.detail : layout.output;
}

const wrapped = new WeakMap<readonly string[], { width: number; rows: readonly string[] }>();

/** Output lines broken to the width of their panel. */
export function outputRows(lines: readonly string[], width: number): readonly string[] {
  const known = wrapped.get(lines);
  if (known?.width === width) return known.rows;
  const rows = lines.flatMap((line) => wrap(line, width));
  wrapped.set(lines, { width, rows });
  return rows;
}

/** The rows of output in the window and where it lies. */
export function outputWindow(model: Model): { rows: readonly string[]; top: number; total: number; height: number } {
  const panel = outputPanel(model);
  const height = Math.max(0, panel.height - 2);
  const rows = model.output === null ? [] : outputRows(model.output.lines, Math.max(1, panel.width - 4));
  const highest = Math.max(0, rows.length - height);
  const top = model.output === null || model.output.isFollowing ? highest : Math.min(model.output.top, highest);
  return { rows: rows.slice(top, top + height), top, total: rows.length, height };
}

/** Index of the event under the timeline's cursor; the newest when it follows or when the old one is gone. */
export function timelineIndex(events: readonly RunEvent[], at: number | null): number {
  if (at === null) return events.length - 1;
  let low = 0;
  let high = events.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.seq ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return high;
}

/** The events in the timeline's window: the newest, or those around the cursor. */
export function timelineWindow(model: Model): { events: readonly RunEvent[]; cursor: number } {
  const height = Math.max(0, layoutOf(model).timeline.height - 2);
  const cursor = timelineIndex(model.events, model.timelineAt);
  const highest = Math.max(0, model.events.length - height);
  const top = model.timelineAt === null ? highest : Math.max(0, Math.min(highest, cursor - (height >> 1)));
  return { events: model.events.slice(top, top + height), cursor: cursor - top };
}

/** The task an event is about, if the run has it. */
export function taskOfEvent(status: StatusDocument, event: RunEvent): string | null {
  const named = event.data.task;
  const id = typeof named === "string" ? named : taskAt(event.actor);
  return findTask(status, id)?.id ?? null;
}

/**
 * Milliseconds that the run has taken. The document's figure is as old as the newest record, so a live run counts on:
 * from its first event where we have it and nothing was interrupted, else from when the document changed.
 */
export function elapsedOfRun(model: Model): number {
  const { status } = model;
  if (!isLive(status)) return Math.max(status.timing.wall_ms, model.lastSeen?.elapsedMs ?? 0);
  const first = model.events[0];
  if (first !== undefined && first.seq <= 2 && status.recoveries === 0) {
    return Math.max(status.timing.wall_ms, model.now - Date.parse(first.time));
  }
  return status.timing.wall_ms + Math.max(0, model.now - model.statusAt);
}
