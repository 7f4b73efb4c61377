/**
 * The one table of keys: input, the hints at the bottom and the help overlay all come from it, so they cannot differ.
 * The first binding that has the key and the context wins.
 */
import type { Intent } from "./model.ts";
import type { Context } from "./selectors.ts";

/** What some keys mean in some contexts. */
export interface Binding {
  /** Names as `keys.ts` gives them. */
  keys: readonly string[];
  contexts: readonly Context[];
  intent: Intent;
  /** Keys as shown, for the help overlay. */
  label: string;
  /** What it does, for the help overlay; empty keeps a variant of another binding out of it. */
  help: string;
  /** Shown at the bottom, most important first; absent: only in the help overlay. */
  hint?: { key: string; word: string; order: number };
}

const LISTS: readonly Context[] = ["overview", "detail", "help"];
const EVERYWHERE: readonly Context[] = ["overview", "detail", "help", "leave", "decide"];
const MOVABLE: readonly Context[] = ["overview", "detail", "help", "decide"];
const SCREENS: readonly Context[] = ["overview", "detail"];

const choices: Binding[] = Array.from({ length: 9 }, (_, index) => ({
  keys: [String(index + 1)],
  contexts: ["decide"],
  intent: { type: "choose", index },
  label: "1-9",
  help: index === 0 ? "mark a choice by its number" : "",
}));

/** Every key of the screen. */
export const KEYMAP: readonly Binding[] = [
  {
    keys: ["j", "down"],
    contexts: MOVABLE,
    intent: { type: "move", by: "line", step: 1 },
    label: "j ↓",
    help: "down",
    hint: { key: "j/k", word: "move", order: 6 },
  },
  { keys: ["k", "up"], contexts: MOVABLE, intent: { type: "move", by: "line", step: -1 }, label: "k ↑", help: "up" },
  {
    keys: ["ctrl-d", "pagedown"],
    contexts: LISTS,
    intent: { type: "move", by: "page", step: 1 },
    label: "ctrl-d",
    help: "half a page down",
  },
  {
    keys: ["ctrl-u", "pageup"],
    contexts: LISTS,
    intent: { type: "move", by: "page", step: -1 },
    label: "ctrl-u",
    help: "half a page up",
  },
  { keys: ["g", "home"], contexts: LISTS, intent: { type: "move", by: "end", step: -1 }, label: "g", help: "first" },
  {
    keys: ["G", "end"],
    contexts: LISTS,
    intent: { type: "move", by: "end", step: 1 },
    label: "G",
    help: "last; output and timeline follow again",
  },
  {
    keys: ["tab"],
    contexts: ["overview"],
    intent: { type: "focus", step: 1 },
    label: "tab",
    help: "next panel",
    hint: { key: "⇥", word: "panel", order: 5 },
  },
  {
    keys: ["shift-tab"],
    contexts: ["overview"],
    intent: { type: "focus", step: -1 },
    label: "shift-tab",
    help: "previous panel",
  },
  {
    keys: ["1"],
    contexts: ["overview"],
    intent: { type: "focusPanel", panel: "tasks" },
    label: "1 2 3",
    help: "panel",
  },
  { keys: ["2"], contexts: ["overview"], intent: { type: "focusPanel", panel: "timeline" }, label: "2", help: "" },
  { keys: ["3"], contexts: ["overview"], intent: { type: "focusPanel", panel: "output" }, label: "3", help: "" },
  {
    keys: ["enter"],
    contexts: ["overview"],
    intent: { type: "open" },
    label: "enter",
    help: "open the task: its output and facts",
    hint: { key: "↵", word: "open", order: 1 },
  },
  {
    keys: ["d"],
    contexts: SCREENS,
    intent: { type: "decide" },
    label: "d",
    help: "decide what waits for a person",
    hint: { key: "d", word: "decide", order: 2 },
  },
  {
    keys: ["s"],
    contexts: ["overview"],
    intent: { type: "sort" },
    label: "s",
    help: "order: what needs attention first, or as in the plan",
    hint: { key: "s", word: "sort", order: 4 },
  },
  {
    keys: ["esc"],
    contexts: EVERYWHERE,
    intent: { type: "back" },
    label: "esc",
    help: "back one level; never quits",
    hint: { key: "esc", word: "back", order: 3 },
  },
  {
    keys: ["?"],
    contexts: LISTS,
    intent: { type: "help" },
    label: "?",
    help: "this help",
    hint: { key: "?", word: "help", order: 8 },
  },
  { keys: ["q"], contexts: ["help", "decide"], intent: { type: "back" }, label: "q", help: "" },
  {
    keys: ["q"],
    contexts: ["overview", "detail"],
    intent: { type: "quit", isForced: false },
    label: "q",
    help: "leave: asks whether a live run goes on, stops or is cancelled",
    hint: { key: "q", word: "leave", order: 9 },
  },
  {
    keys: ["ctrl-c"],
    contexts: EVERYWHERE,
    intent: { type: "quit", isForced: true },
    label: "ctrl-c",
    help: "leave; a second time detaches at once",
  },
  {
    keys: ["d", "enter"],
    contexts: ["leave"],
    intent: { type: "leave", how: "detached" },
    label: "d",
    help: "",
    hint: { key: "d", word: "detach", order: 1 },
  },
  {
    keys: ["s"],
    contexts: ["leave"],
    intent: { type: "leave", how: "stopped" },
    label: "s",
    help: "",
    hint: { key: "s", word: "stop", order: 2 },
  },
  {
    keys: ["c"],
    contexts: ["leave"],
    intent: { type: "leave", how: "cancelled" },
    label: "c",
    help: "",
    hint: { key: "c", word: "cancel", order: 2 },
  },
  {
    keys: ["enter"],
    contexts: ["decide"],
    intent: { type: "confirm" },
    label: "enter",
    help: "",
    hint: { key: "↵", word: "decide", order: 1 },
  },
  {
    keys: ["l", "right", "tab"],
    contexts: ["decide"],
    intent: { type: "nextDecision", step: 1 },
    label: "l →",
    help: "next decision",
    hint: { key: "h/l", word: "other decision", order: 7 },
  },
  {
    keys: ["h", "left", "shift-tab"],
    contexts: ["decide"],
    intent: { type: "nextDecision", step: -1 },
    label: "h ←",
    help: "previous decision",
  },
  ...choices,
  {
    keys: ["ctrl-z"],
    contexts: EVERYWHERE,
    intent: { type: "suspend" },
    label: "ctrl-z",
    help: "back to the shell; fg returns",
  },
  { keys: ["ctrl-l"], contexts: EVERYWHERE, intent: { type: "redraw" }, label: "ctrl-l", help: "draw the screen anew" },
];

/** What a key means in a context, or null. */
export function intentOf(key: string, context: Context): Intent | null {
  return KEYMAP.find((binding) => binding.keys.includes(key) && binding.contexts.includes(context))?.intent ?? null;
}

/** The hints of a context in the order of the bottom line. */
export function hintsOf(context: Context): { key: string; word: string }[] {
  return KEYMAP.flatMap((binding) =>
    binding.hint !== undefined && binding.contexts.includes(context) ? [binding.hint] : [],
  )
    .toSorted((a, b) => a.order - b.order)
    .map(({ key, word }) => ({ key, word }));
}

/** The rows of the help overlay: one for each binding with a help text. */
export function helpRows(): { label: string; help: string; contexts: readonly Context[] }[] {
  return KEYMAP.filter((binding) => binding.help !== "").map(({ label, help, contexts }) => ({
    label,
    help,
    contexts,
  }));
}
