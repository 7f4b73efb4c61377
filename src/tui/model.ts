/**
 * What the screen knows (`Model`), what can happen to it (`Msg`) and what it may ask for (`Command`). Types and the
 * first model only; `update.ts` has the transitions, `selectors.ts` what is derived. Nothing here touches a terminal,
 * a clock or a client.
 */
import type { RunEvent } from "../protocol/client.ts";
import type { CommandAnswer, RunCommand } from "../protocol/commands.ts";
import type { StatusDocument } from "../protocol/status.ts";
import type { Tone } from "./format.ts";
import type { Size } from "./layout.ts";

/** Panels of the overview that can have the focus. */
export type Panel = "tasks" | "timeline" | "output";
/** Order of the tasks within a stream. */
export type Sort = "attention" | "plan";
/** How the person left, or what ended. */
export type LeaveAction = "detached" | "stopped" | "cancelled" | "ended";

/** The newest part of one task's output, as lines fit to be shown. */
export interface Output {
  task: string;
  lines: readonly string[];
  /** Shows the end and goes on reading. When false the lines stay as they are, so that what is read does not move. */
  isFollowing: boolean;
  /** First row shown (after wrapping) when not following. */
  top: number;
}

export type Screen = { kind: "overview" } | { kind: "detail"; task: string };

export type Modal =
  | { kind: "help"; top: number }
  /** Asks how to leave a live run. */
  | { kind: "leave" }
  /** Shows one waiting decision and its choices. */
  | { kind: "decide"; conflict: string; index: number };

/** One line at the bottom that goes away by itself. */
export interface Notice {
  text: string;
  tone: Tone;
  /** Time from which it is gone. */
  until: number;
}

export interface Model {
  size: Size;
  hasColour: boolean;
  /** Newest time the screen was told, in ms. */
  now: number;
  status: StatusDocument;
  /** When `status.timing` last changed, in ms; clocks of a live run go on from there. */
  statusAt: number;
  /** How the clock of the run stood when it was last seen at work, and when that was; null while it is, or is over. */
  lastSeen: { at: number; elapsedMs: number } | null;
  /** Oldest first. */
  events: readonly RunEvent[];
  screen: Screen;
  modal: Modal | null;
  focus: Panel;
  sort: Sort;
  selected: string | null;
  /** The person chose the task; otherwise the screen shows one that deserves attention. */
  isPinned: boolean;
  /** First row of the task list's window. */
  taskTop: number;
  /** `seq` of the event under the cursor; null follows the newest. */
  timelineAt: number | null;
  output: Output | null;
  notice: Notice | null;
  /** A stop or cancel was asked for and the run has not ended yet. */
  leaving: "stopped" | "cancelled" | null;
}

/** What a key means; `keymap.ts` maps keys to these. */
export type Intent =
  | { type: "move"; by: "line" | "page" | "end"; step: 1 | -1 }
  | { type: "focus"; step: 1 | -1 }
  | { type: "focusPanel"; panel: Panel }
  | { type: "open" }
  | { type: "back" }
  | { type: "help" }
  | { type: "decide" }
  | { type: "sort" }
  /** `isForced` skips the question when it was already asked. */
  | { type: "quit"; isForced: boolean }
  | { type: "leave"; how: "detached" | "stopped" | "cancelled" }
  | { type: "nextDecision"; step: 1 | -1 }
  | { type: "choose"; index: number }
  | { type: "confirm" }
  | { type: "suspend" }
  | { type: "redraw" };

/** What happened. */
export type Msg =
  | Intent
  | { type: "changed"; status: StatusDocument; events: readonly RunEvent[]; now: number }
  | { type: "ticked"; now: number }
  | { type: "resized"; size: Size }
  | { type: "outputRead"; task: string; lines: readonly string[] }
  | { type: "answered"; command: RunCommand; answer: CommandAnswer };

/** What is to be done outside. */
export type Command =
  | { kind: "send"; command: RunCommand }
  | { kind: "readOutput"; task: string; maxBytes: number }
  | { kind: "leave"; action: LeaveAction }
  | { kind: "suspend" }
  | { kind: "redraw" };

/** The model before anything was shown; `update` with `changed` settles selection and output. */
export function createModel(input: {
  status: StatusDocument;
  events: readonly RunEvent[];
  size: Size;
  hasColour: boolean;
  now: number;
}): Model {
  return {
    ...input,
    statusAt: input.now,
    lastSeen: null,
    screen: { kind: "overview" },
    modal: null,
    focus: "tasks",
    sort: "attention",
    selected: null,
    isPinned: false,
    taskTop: 0,
    timelineAt: null,
    output: null,
    notice: null,
    leaving: null,
  };
}
