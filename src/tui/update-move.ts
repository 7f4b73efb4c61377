/** Moving: what one step, half a page or a jump to an end means in the list, the timeline, the output and the help. */
import { helpRows } from "./keymap.ts";
import { HEADER_ROWS, HINT_ROWS } from "./layout.ts";
import type { Model } from "./model.ts";
import { layoutOf, outputWindow, rowOfTask, taskRows, timelineIndex } from "./selectors.ts";

type By = "line" | "page" | "end";

/** Moves in the opened output, or in the panel of the overview that has the focus. */
export function moveSelection(model: Model, by: By, step: 1 | -1): Model {
  if (model.screen.kind === "detail" || model.focus === "output") return moveOutput(model, by, step);
  return model.focus === "timeline" ? moveTimeline(model, by, step) : moveTasks(model, by, step);
}

/** The next first row of a window of `height` rows whose rows number `height.total`. */
export function scroll(top: number, by: By, step: 1 | -1, window: { height: number; total: number }): number {
  const highest = Math.max(0, window.total - window.height);
  return clamp(top + distance(by, step, window.height), 0, highest);
}

/** Rows of the help overlay that fit, and how many there are. */
export function helpHeight(model: Model): { height: number; total: number } {
  return { height: Math.max(1, model.size.rows - HEADER_ROWS - HINT_ROWS - 4), total: helpRows().length };
}

function moveTasks(model: Model, by: By, step: 1 | -1): Model {
  const rows = taskRows(model.status, model.sort);
  const height = Math.max(2, layoutOf(model).tasks.height - 2);
  const from = rowOfTask(rows, model.selected);
  let to = clamp(from + distance(by, step, height), 0, rows.length - 1);
  // Headers of streams are stepped over, at the ends of the list back to the nearest task.
  if (rows[to]?.kind === "stream") to += to === 0 || (step === 1 && to < rows.length - 1) ? 1 : -1;
  const row = rows[to];
  return row?.kind === "task" ? { ...model, selected: row.task.id, isPinned: true } : model;
}

function moveTimeline(model: Model, by: By, step: 1 | -1): Model {
  if (by === "end" && step === 1) return model.timelineAt === null ? model : { ...model, timelineAt: null };
  const last = model.events.length - 1;
  const height = Math.max(2, layoutOf(model).timeline.height - 2);
  const to = clamp(timelineIndex(model.events, model.timelineAt) + distance(by, step, height), 0, last);
  const event = model.events[to];
  return event === undefined ? model : { ...model, timelineAt: to === last && step === 1 ? null : event.seq };
}

function moveOutput(model: Model, by: By, step: 1 | -1): Model {
  if (model.output === null) return model;
  const window = outputWindow(model);
  const top = scroll(window.top, by, step, window);
  const isAtEnd = top >= window.total - window.height;
  if (isAtEnd && step === 1) {
    return model.output.isFollowing ? model : { ...model, output: { ...model.output, isFollowing: true } };
  }
  if (window.total <= window.height) return model;
  return { ...model, output: { ...model.output, isFollowing: false, top } };
}

function distance(by: By, step: 1 | -1, height: number): number {
  if (by === "line") return step;
  return step * (by === "page" ? Math.max(1, height >> 1) : Number.MAX_SAFE_INTEGER / 2);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
