/**
 * The transitions of the screen: a message and a model give the next model and what is to be done outside. Pure. A
 * message that changes nothing returns the same model object, and then nothing is drawn.
 */
import type { RunEvent } from "../protocol/client.ts";
import type { CommandAnswer, RunCommand } from "../protocol/commands.ts";
import { isRunOver } from "../protocol/states.ts";
import type { StatusDocument } from "../protocol/status.ts";
import { isActive, markOf } from "./format.ts";
import { scrollTo } from "./layout.ts";
import type { Command, Intent, Model, Msg, Panel } from "./model.ts";
import {
  elapsedOfRun,
  findTask,
  isLive,
  layoutOf,
  rowOfTask,
  shownTask,
  taskOfEvent,
  taskRows,
  timelineIndex,
  waitingDecisions,
} from "./selectors.ts";
import { helpHeight, moveSelection, scroll } from "./update-move.ts";

type Step = [Model, Command[]];

const NOTICE_MS = 6000;
/** How much output is read: a panel's worth, and enough to scroll in once a task is opened. */
const PREVIEW_BYTES = 32 * 1024;
const DETAIL_BYTES = 256 * 1024;

/** The next model and the commands that the message asks for. */
export function update(model: Model, msg: Msg): [Model, Command[]] {
  switch (msg.type) {
    case "changed":
      return takeChange(model, msg.status, msg.events, msg.now);
    case "ticked":
      return tick(model, msg.now);
    case "resized":
      return [settle({ ...model, size: msg.size }), []];
    case "outputRead":
      return takeOutput(model, msg.task, msg.lines);
    case "answered":
      return takeAnswer(model, msg.command, msg.answer);
    default:
      return act(model, msg);
  }
}

function takeChange(model: Model, status: StatusDocument, events: readonly RunEvent[], now: number): Step {
  const isSameTime = status.timing.wall_ms === model.status.timing.wall_ms;
  const lastSeen = lastSeenOf(model, status);
  let next: Model = { ...model, status, events, now, statusAt: isSameTime ? model.statusAt : now, lastSeen };
  if (model.modal?.kind === "decide") next = keepDecision(next, model.modal.conflict);
  if (model.leaving !== null && !isLive(status)) return [next, [{ kind: "leave", action: model.leaving }]];
  next = settle(next);
  const before = findTask(model.status, shownTask(model));
  const after = findTask(status, shownTask(next));
  const isNews = next.output === null || before?.id !== after?.id || before?.status !== after?.status;
  return isNews ? show(next) : [next, []];
}

function lastSeenOf(model: Model, status: StatusDocument): Model["lastSeen"] {
  if (isLive(status) || isRunOver(status.status)) return null;
  return isLive(model.status) ? { at: model.now, elapsedMs: elapsedOfRun(model) } : model.lastSeen;
}

/** Closes the question when somebody else answered it. */
function keepDecision(model: Model, conflict: string): Model {
  if (waitingDecisions(model.status).some((open) => open.id === conflict)) return model;
  const choice = model.status.conflicts.find((known) => known.id === conflict)?.choice;
  const text = choice ? `${conflict} is decided: ${choice}` : `${conflict} waits no longer`;
  return notify({ ...model, modal: null }, text, "plain");
}

function tick(model: Model, now: number): Step {
  const isStale = model.notice !== null && model.notice.until <= now;
  const isCounting = isLive(model.status) && Math.floor(now / 1000) !== Math.floor(model.now / 1000);
  const next = isStale || isCounting ? { ...model, now, notice: isStale ? null : model.notice } : model;
  const task = findTask(model.status, shownTask(model));
  const wantsOutput = task !== undefined && isActive(task.status) && model.output?.isFollowing !== false;
  return [next, wantsOutput ? [readOutput(next, task.id)] : []];
}

function takeOutput(model: Model, task: string, lines: readonly string[]): Step {
  if (shownTask(model) !== task) return [model, []];
  if (model.output?.task === task && !model.output.isFollowing) return [model, []];
  return [{ ...model, output: { task, lines, isFollowing: true, top: 0 } }, []];
}

function takeAnswer(model: Model, command: RunCommand, answer: CommandAnswer): Step {
  if (answer.ok) {
    if (command.command !== "decide") return [model, []];
    return [notify(model, answer.message, "good"), []];
  }
  const leaving = command.command === "decide" ? model.leaving : null;
  return [notify({ ...model, leaving }, `${answer.message}: ${answer.hint}`, "bad"), []];
}

function act(model: Model, intent: Intent): Step {
  switch (intent.type) {
    case "move":
      return move(model, intent.by, intent.step);
    case "focus":
    case "focusPanel":
      return [focus(model, intent), []];
    case "open":
      return open(model);
    case "back":
      return back(model);
    case "help":
      return [{ ...model, modal: model.modal?.kind === "help" ? null : { kind: "help", top: 0 } }, []];
    case "decide":
      return [openDecision(model), []];
    case "sort":
      return [settle({ ...model, sort: model.sort === "plan" ? "attention" : "plan" }), []];
    case "quit":
      return quit(model, intent.isForced);
    case "leave":
      return leave(model, intent.how);
    case "nextDecision":
      return [nextDecision(model, intent.step), []];
    case "choose":
      return [choose(model, intent.index), []];
    case "confirm":
      return confirm(model);
    case "suspend":
    case "redraw":
      return [model, [{ kind: intent.type }]];
  }
}

function move(model: Model, by: "line" | "page" | "end", step: 1 | -1): Step {
  const { modal } = model;
  if (modal?.kind === "help") {
    const top = scroll(modal.top, by, step, helpHeight(model));
    return [{ ...model, modal: { kind: "help", top } }, []];
  }
  if (modal?.kind === "decide") return [choose(model, modal.index + step), []];
  if (modal !== null) return [model, []];
  const next = moveSelection(model, by, step);
  if (next.selected !== model.selected) return show(settle(next));
  const resumes = next.output?.isFollowing === true && model.output?.isFollowing === false;
  const task = shownTask(next);
  return [settle(next), resumes && task !== null ? [readOutput(next, task)] : []];
}

function focus(model: Model, intent: { type: "focus"; step: 1 | -1 } | { type: "focusPanel"; panel: Panel }): Model {
  const layout = layoutOf(model);
  const panels: Panel[] = layout.output.height > 0 ? ["tasks", "timeline", "output"] : ["tasks", "timeline"];
  if (intent.type === "focusPanel") return panels.includes(intent.panel) ? { ...model, focus: intent.panel } : model;
  const index = (panels.indexOf(model.focus) + intent.step + panels.length) % panels.length;
  return { ...model, focus: panels[index] ?? "tasks" };
}

function open(model: Model): Step {
  let task = model.selected;
  if (model.focus === "timeline") {
    const event = model.events[timelineIndex(model.events, model.timelineAt)];
    task = event === undefined ? null : taskOfEvent(model.status, event);
    if (task === null) return [notify(model, "this event belongs to no task", "dim"), []];
  }
  if (findTask(model.status, task) === undefined || task === null) return [model, []];
  return show(settle({ ...model, screen: { kind: "detail", task }, selected: task, isPinned: true }));
}

function back(model: Model): Step {
  if (model.modal !== null) return [{ ...model, modal: null }, []];
  if (model.screen.kind === "overview") return [model, []];
  return show(settle({ ...model, screen: { kind: "overview" } }));
}

function quit(model: Model, isForced: boolean): Step {
  if (model.leaving !== null) return [model, [{ kind: "leave", action: model.leaving }]];
  if (!isLive(model.status)) return [model, [{ kind: "leave", action: "ended" }]];
  if (isForced && model.modal?.kind === "leave") return [model, [{ kind: "leave", action: "detached" }]];
  return [{ ...model, modal: { kind: "leave" } }, []];
}

function leave(model: Model, how: "detached" | "stopped" | "cancelled"): Step {
  if (how === "detached") return [{ ...model, modal: null }, [{ kind: "leave", action: "detached" }]];
  const command = how === "stopped" ? "interrupt" : "cancel";
  return [{ ...model, modal: null, leaving: how }, [{ kind: "send", command: { command } }]];
}

function openDecision(model: Model): Model {
  const waiting = waitingDecisions(model.status);
  const own = waiting.find((conflict) => conflict.task === shownTask(model)) ?? waiting[0];
  if (own === undefined) return notify(model, "no decision waits", "dim");
  return { ...model, modal: { kind: "decide", conflict: own.id, index: 0 } };
}

function nextDecision(model: Model, step: 1 | -1): Model {
  if (model.modal?.kind !== "decide") return model;
  const { conflict } = model.modal;
  const waiting = waitingDecisions(model.status);
  const at = waiting.findIndex((open) => open.id === conflict);
  const next = waiting[(at + step + waiting.length) % waiting.length];
  return next === undefined || next.id === conflict
    ? model
    : { ...model, modal: { kind: "decide", conflict: next.id, index: 0 } };
}

function choose(model: Model, index: number): Model {
  const { modal } = model;
  if (modal?.kind !== "decide") return model;
  const choices = model.status.conflicts.find((conflict) => conflict.id === modal.conflict)?.choices ?? [];
  return index < 0 || index >= choices.length ? model : { ...model, modal: { ...modal, index } };
}

function confirm(model: Model): Step {
  const { modal } = model;
  if (modal?.kind !== "decide") return [model, []];
  const choice = model.status.conflicts.find((conflict) => conflict.id === modal.conflict)?.choices[modal.index];
  if (choice === undefined) return [model, []];
  const command: RunCommand = { command: "decide", conflict: modal.conflict, choice: choice.name };
  return [notify({ ...model, modal: null }, `${modal.conflict}: ${choice.name} …`, "dim"), [{ kind: "send", command }]];
}

function notify(model: Model, text: string, tone: "plain" | "good" | "bad" | "dim"): Model {
  return { ...model, notice: { text, tone, until: model.now + NOTICE_MS } };
}

/** Shows the output of the task now in view from its end, and asks for it. */
function show(model: Model): Step {
  const task = shownTask(model);
  if (task === null) return [{ ...model, output: null }, []];
  const lines = model.output?.task === task ? model.output.lines : [];
  return [{ ...model, output: { task, lines, isFollowing: true, top: 0 } }, [readOutput(model, task)]];
}

function readOutput(model: Model, task: string): Command {
  return { kind: "readOutput", task, maxBytes: model.screen.kind === "detail" ? DETAIL_BYTES : PREVIEW_BYTES };
}

/** Keeps selection, windows and focus within what there is. */
function settle(model: Model): Model {
  const layout = layoutOf(model);
  const rows = taskRows(model.status, model.sort);
  const current = findTask(model.status, model.selected);
  let { selected } = model;
  const deserves = current !== undefined && (model.isPinned || markOf(current).rank <= 2);
  if (!deserves) {
    const best = [...model.status.tasks].sort((a, b) => markOf(a).rank - markOf(b).rank)[0];
    selected = best?.id ?? null;
  }
  const row = rowOfTask(rows, selected);
  // The first task of a stream brings the stream's header into view.
  const header = row > 0 && rows[row - 1]?.kind === "stream" ? row - 1 : row;
  const height = Math.max(0, layout.tasks.height - 2);
  const top = scrollTo(Math.max(0, row), model.taskTop, height, rows.length);
  const focus =
    model.focus === "output" && layout.output.height === 0 && layout.kind !== "small" ? "tasks" : model.focus;
  const screen = model.screen.kind === "detail" && findTask(model.status, model.screen.task) === undefined;
  return {
    ...model,
    selected,
    focus,
    taskTop: Math.min(top, Math.max(0, header)),
    screen: screen ? { kind: "overview" } : model.screen,
  };
}
