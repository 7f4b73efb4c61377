/** The task list: streams with their tasks, each with state, attempts, time and the reason of its trouble. */
import type { ReactElement } from "react";
import { isTaskDone } from "../../protocol/states.ts";
import type { TaskView } from "../../protocol/status.ts";
import { screenLine } from "../../terminal-text/index.ts";
import { cellWidth, fit, spread, truncate, truncateMessage } from "../cells.ts";
import { drawBar, elapsedOf, formatDuration, markOf } from "../format.ts";
import type { Model } from "../model.ts";
import { layoutOf, type TaskRow, taskRows } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { PANEL_EDGE, Panel } from "./panel.tsx";

const WORD_WIDTH = 9;
const TIME_WIDTH = 6;
const ATTEMPTS_WIDTH = 3;
const STREAM_BAR = 10;
const MIN_TITLE = 12;

/** The window of the list that the model asks for. */
export function Tasks({ model, theme }: { model: Model; theme: Theme }): ReactElement {
  const size = layoutOf(model).tasks;
  const rows = taskRows(model.status, model.sort);
  const height = size.height - 2;
  const shown = rows.slice(model.taskTop, model.taskTop + height);
  const width = size.width - PANEL_EDGE;
  const isFocused = model.focus === "tasks";
  const lines = shown.map((row) => drawRow(row, model, theme, width));
  const above = model.taskTop;
  const below = Math.max(0, rows.length - model.taskTop - height);
  const hidden = [above > 0 ? `↑${above}` : "", below > 0 ? `↓${below}` : ""].filter(Boolean).join(" ");
  const info = theme.paint("dim", `${hidden === "" ? "" : `${hidden}  `}sort: ${model.sort}`);
  const empty = [theme.paint("dim", "no tasks yet: the plan is being made")];
  return (
    <Panel
      size={size}
      theme={theme}
      title="1 Streams & tasks"
      info={info}
      isFocused={isFocused && model.modal === null}
      lines={rows.length === 0 ? empty : lines}
    />
  );
}

function drawRow(row: TaskRow, model: Model, theme: Theme, width: number): string {
  if (row.kind === "stream") return drawStream(row, theme, width);
  return drawTask(row.task, model, theme, width);
}

function drawStream(row: TaskRow & { kind: "stream" }, theme: Theme, width: number): string {
  const bar = drawBar(row.tasks === 0 ? 0 : row.done / row.tasks, STREAM_BAR);
  const progress = theme.paint("good", bar.filled) + theme.paint("dim", bar.rest);
  const active = row.active > 0 ? theme.paint("busy", `● ${row.active}`) : "";
  const name = theme.paint("strong", truncate(screenLine(row.name), width - 28));
  const figures = `${active}  ${progress} ${fit(`${row.done}/${row.tasks}`, 7, "right")}`;
  return spread(name, figures, width);
}

function drawTask(task: TaskView, model: Model, theme: Theme, width: number): string {
  const mark = markOf(task);
  const isSelected = task.id === model.selected;
  const pointer = isSelected ? theme.paint(model.focus === "tasks" ? "accent" : "dim", "❯") : " ";
  const elapsed = elapsedOf(task, model.now, model.lastSeen?.at);
  const attempts = task.attempts > 1 ? `×${task.attempts}` : "";
  const head = [
    `${pointer}${theme.paint(mark.tone, `${mark.glyph} ${fit(mark.word, WORD_WIDTH)}`)}`,
    theme.paint("dim", fit(elapsed === null ? "" : formatDuration(elapsed), TIME_WIDTH, "right")),
    ` ${theme.paint("warn", fit(attempts, ATTEMPTS_WIDTH))}`,
  ].join("");
  const room = width - cellWidth(head);
  const note = noteOf(task);
  const wish = screenLine(task.title === "" ? task.id : task.title);
  // The title gives up to half of the room to the note, and no more than the note needs.
  const noteRoom = note === "" ? 0 : Math.min(cellWidth(note) + 2, room >> 1);
  const title = truncate(wish, Math.max(MIN_TITLE, room - noteRoom));
  const tone = isSelected ? "strong" : isQuiet(task) ? "dim" : "plain";
  const rest = room - cellWidth(title) - 2;
  const told = theme.paint(task.reason === null ? "dim" : mark.tone, truncateMessage(note, rest));
  return `${head}${theme.paint(tone, title)}  ${told}`;
}

function isQuiet(task: TaskView): boolean {
  return (
    isTaskDone(task.status) || task.status === "pending" || task.status === "skipped" || task.status === "cancelled"
  );
}

/** The most telling thing about a task in few cells: its trouble, its gates, what it waits for. */
function noteOf(task: TaskView): string {
  if (task.reason !== null) return screenLine(task.reason);
  const gates = task.gates.filter((gate) => gate.status !== "pending" && gate.status !== "skipped");
  if (task.status === "gating" && gates.length > 0) {
    return screenLine(gates.map((gate) => `${gate.name} ${gate.status}`).join(", "));
  }
  if (task.waitsFor !== undefined) return screenLine(task.waitsFor.text);
  if ((task.status === "pending" || task.status === "ready") && task.needs.length > 0) {
    return screenLine(`needs ${task.needs.join(", ")}`);
  }
  return "";
}
