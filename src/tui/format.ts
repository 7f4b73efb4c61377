/** Words, glyphs and figures of the screen: pure functions from values to short plain text. No colours here. */

import type { RunStatus, TaskStatus } from "../protocol/states.ts";
import type { TaskView } from "../protocol/status.ts";
import { dollars } from "../protocol/words.ts";
import { screenLine } from "../terminal-text/index.ts";

/** What a state means for the eye; the theme turns it into a colour, which never is the only sign. */
export type Tone = "plain" | "strong" | "dim" | "accent" | "good" | "bad" | "warn" | "busy";

/** How a state is shown: one glyph of one cell, and a word. */
export interface Mark {
  glyph: string;
  word: string;
  tone: Tone;
  /** Lower comes first when what needs attention is on top. */
  rank: number;
}

const TASK_MARKS: Record<TaskStatus, Mark> = {
  waiting: { glyph: "▲", word: "waiting", tone: "warn", rank: 0 },
  failed: { glyph: "✖", word: "failed", tone: "bad", rank: 1 },
  gating: { glyph: "●", word: "gating", tone: "busy", rank: 2 },
  running: { glyph: "●", word: "running", tone: "busy", rank: 2 },
  queued: { glyph: "●", word: "queued", tone: "accent", rank: 3 },
  ready: { glyph: "◌", word: "ready", tone: "plain", rank: 4 },
  pending: { glyph: "◌", word: "pending", tone: "dim", rank: 5 },
  skipped: { glyph: "◌", word: "skipped", tone: "dim", rank: 6 },
  cancelled: { glyph: "✖", word: "cancelled", tone: "dim", rank: 6 },
  paused: { glyph: "▲", word: "paused", tone: "warn", rank: 4 },
  takenOver: { glyph: "▲", word: "taken over", tone: "warn", rank: 4 },
  merged: { glyph: "✔", word: "merged", tone: "good", rank: 7 },
  done: { glyph: "✔", word: "done", tone: "good", rank: 7 },
};

const RUN_MARKS: Record<RunStatus, Mark> = {
  running: { glyph: "●", word: "live", tone: "good", rank: 0 },
  waiting: { glyph: "▲", word: "waiting", tone: "warn", rank: 0 },
  cancelling: { glyph: "▲", word: "cancelling", tone: "warn", rank: 0 },
  interrupted: { glyph: "▲", word: "stopped", tone: "warn", rank: 0 },
  succeeded: { glyph: "✔", word: "succeeded", tone: "good", rank: 0 },
  partial: { glyph: "✖", word: "failed in part", tone: "bad", rank: 0 },
  failed: { glyph: "✖", word: "failed", tone: "bad", rank: 0 },
  cancelled: { glyph: "✖", word: "cancelled", tone: "bad", rank: 0 },
};

/** A state of another program is shown as it is. */
const unknownMark = (status: string): Mark => ({ glyph: "◌", word: screenLine(status), tone: "dim", rank: 5 });

/** Glyph, word and tone of a task's state. */
export function markOfTask(status: TaskStatus): Mark {
  return Object.hasOwn(TASK_MARKS, status) ? TASK_MARKS[status] : unknownMark(status);
}

const CUT_OFF: Mark = { glyph: "▲", word: "cut off", tone: "warn", rank: 1 };

/** The same of a task; one at which nobody works any more, since its host is gone, is cut off. */
export function markOf({ status, stale, unchanged }: Pick<TaskView, "status" | "stale" | "unchanged">): Mark {
  if (stale === true) return CUT_OFF;
  return unchanged === true ? { ...markOfTask(status), tone: "warn" } : markOfTask(status);
}

/** Glyph, word and tone of a run's state. */
export function markOfRun(status: RunStatus, isHostGone: boolean): Mark {
  if (isHostGone) return { glyph: "✖", word: "host gone", tone: "bad", rank: 0 };
  return Object.hasOwn(RUN_MARKS, status) ? RUN_MARKS[status] : unknownMark(status);
}

/** Whether a task's output may still grow. */
export function isActive(status: TaskStatus): boolean {
  return status === "running" || status === "gating";
}

/** `00:04:12`; hours grow beyond two digits. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `8s`, `4m12s`, `2h05m`, `3d04h`: at most six cells up to 99 days. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${two(Math.floor(seconds / 3600) % 24)}h`;
}

/** `$1.87`, `~$1.87` where a part is estimated; amounts below a cent that are not zero are `<$0.01`. */
export function formatMoney(usd: number, estimatedUsd = 0): string {
  return usd > 0 && usd < 0.005 ? "<$0.01" : dollars(usd, estimatedUsd);
}

/** `950`, `41.7k`, `1.2M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 999_950) return `${trimZero((count / 1000).toFixed(count < 99_950 ? 1 : 0))}k`;
  return `${trimZero((count / 1_000_000).toFixed(1))}M`;
}

function trimZero(figure: string): string {
  return figure.endsWith(".0") ? figure.slice(0, -2) : figure;
}

/** Time of day of an ISO time, in the local time zone; dashes for what is no time. */
export function formatTimeOfDay(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "--:--:--";
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/**
 * Milliseconds that a task has taken so far, or null before it started. One that was cut off took no longer than its host was
 * seen (`seenAt`); null where nobody saw it.
 */
export function elapsedOf(task: TaskView, now: number, seenAt: number | null = null): number | null {
  if (task.started === null) return null;
  const until = task.stale === true ? seenAt : now;
  const end = task.finished === null ? until : Date.parse(task.finished);
  return end === null ? null : Math.max(0, end - Date.parse(task.started));
}

/** A bar of `width` cells, filled by `share` (0 to 1); anything done shows, nothing short of all fills it. */
export function drawBar(share: number, width: number): { filled: string; rest: string } {
  const whole = Math.max(0, Math.min(1, Number.isFinite(share) ? share : 0));
  let cells = Math.round(whole * width);
  if (whole > 0 && cells === 0) cells = 1;
  if (whole < 1 && cells === width) cells = width - 1;
  return { filled: "━".repeat(Math.max(0, cells)), rest: "╌".repeat(Math.max(0, width - cells)) };
}

/** `1 task`, `3 tasks`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
