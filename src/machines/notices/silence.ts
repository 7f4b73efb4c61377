/**
 * Who is silent for longer than usual: each task at work, and the run as a whole. Pure: what was heard, and what time it is,
 * come in as events in the time of the log; what is to be recorded comes out.
 *
 * SILENCE-1 A task at work is quiet once nothing was heard of it for two minutes and three times its longest silence before,
 *    or for five minutes where it was never silent before. It is said once, and once more when it is heard again.
 * SILENCE-2 A run is stuck once there was no fact, and nothing was heard of any task, for ten minutes, though something is
 *    unfinished and no time or person is known that it waits for. It is said once, until something happens.
 * SILENCE-3 Time in which nobody looked (a machine asleep, a host that was stopped, a clock that was put on) is nobody's
 *    silence. A clock that was put back makes no time.
 */
import { RUN, taskActor } from "../../protocol/address.ts";
import type { Letter } from "../../protocol/mail.ts";

const MINUTE_MS = 60_000;
/** Between two looks. */
export const LOOK_MS = 10_000;
/** A look that comes later than this after the one before is late. */
const LATE_MS = 3 * LOOK_MS;
const QUIET_MS = 2 * MINUTE_MS;
const QUIET_TIMES = 3;
const QUIET_UNKNOWN_MS = 5 * MINUTE_MS;
const STUCK_MS = 10 * MINUTE_MS;

interface TaskSilence {
  /** Since when nothing is heard of it. */
  heardAt: number;
  /** Its longest silence before; null where there was none. */
  longestMs: number | null;
  isAtWork: boolean;
  isQuiet: boolean;
}

export interface Silence {
  at: number;
  /** When somebody looked last; null before the first time. */
  lookedAt: number | null;
  tasks: Readonly<Record<string, TaskSilence>>;
  /** Since when nothing happens. */
  happenedAt: number;
  isStuck: boolean;
}

/** What the run is doing, at a look. */
export interface Standing {
  /** Tasks at work that wait for nobody. */
  atWork: readonly string[];
  /** What is unfinished, and what it waits for, in words; nothing when all is done. */
  unfinished: readonly string[];
  /** Whether a time or a person is known that the run waits for. */
  isAwaited: boolean;
}

export type SilenceEvent =
  /** A fact of the log: of a task, or of anything else. */
  | { type: "happened"; at: number; task: string | null }
  /** A task's process said something. */
  | { type: "heard"; at: number; task: string }
  | { type: "looked"; at: number; standing: Standing };

/** Before anything was heard. */
export function beginSilence(at: number): Silence {
  return { at, lookedAt: null, tasks: {}, happenedAt: at, isStuck: false };
}

/** What is known after an event, and what is to be said of it. */
export function listen(before: Silence, event: SilenceEvent): { silence: Silence; letters: Letter<"host">[] } {
  const at = Math.max(before.at, event.at);
  const silence = { ...before, at };
  switch (event.type) {
    case "happened": {
      const happened = { ...silence, happenedAt: at, isStuck: false };
      return event.task === null ? { silence: happened, letters: [] } : hear(happened, event.task);
    }
    case "heard":
      return hear(silence, event.task);
    case "looked":
      return look(silence, event.standing);
  }
}

/** The task is heard: its silence is over. */
function hear(silence: Silence, task: string): { silence: Silence; letters: Letter<"host">[] } {
  const { at } = silence;
  const known = silence.tasks[task];
  if (known === undefined || !known.isAtWork) return { silence, letters: [] };
  const silentMs = at - known.heardAt;
  const longestMs = Math.max(known.longestMs ?? 0, silentMs);
  const isSaid = known.isQuiet || silence.isStuck;
  return {
    silence: {
      ...silence,
      tasks: { ...silence.tasks, [task]: { ...known, heardAt: at, longestMs, isQuiet: false } },
      happenedAt: at,
      isStuck: false,
    },
    letters: isSaid ? [{ to: taskActor(task), event: { type: "task.spoke", silentMs } }] : [],
  };
}

function look(before: Silence, standing: Standing): { silence: Silence; letters: Letter<"host">[] } {
  const silence = forgive(before);
  const { at } = silence;
  const letters: Letter<"host">[] = [];
  const tasks: Record<string, TaskSilence> = { ...silence.tasks };
  const atWork = new Set(standing.atWork);
  for (const [task, known] of Object.entries(tasks))
    if (known.isAtWork && !atWork.has(task)) tasks[task] = { ...known, isAtWork: false, isQuiet: false };
  for (const task of atWork) {
    const known = tasks[task] ?? { heardAt: at, longestMs: null, isAtWork: false, isQuiet: false };
    const now = known.isAtWork ? known : { ...known, heardAt: at, isAtWork: true };
    const isQuiet = at - now.heardAt >= patienceOf(now);
    tasks[task] = { ...now, isQuiet };
    if (isQuiet && !now.isQuiet)
      letters.push({ to: taskActor(task), event: { type: "task.quiet", since: now.heardAt, usualMs: now.longestMs } });
  }
  const { unfinished, isAwaited } = standing;
  const isIdle = unfinished.length > 0 && !isAwaited;
  const isStuck = isIdle && at - silence.happenedAt >= STUCK_MS;
  if (isStuck && !silence.isStuck) {
    letters.push({ to: RUN, event: { type: "run.stuck", since: silence.happenedAt, waitsFor: [...unfinished] } });
  }
  return { silence: { ...silence, lookedAt: at, tasks, isStuck: isStuck || (silence.isStuck && isIdle) }, letters };
}

/** How long a task may be silent. */
function patienceOf({ longestMs }: TaskSilence): number {
  return longestMs === null ? QUIET_UNKNOWN_MS : Math.max(QUIET_MS, QUIET_TIMES * longestMs);
}

/** Takes the time in which nobody looked out of every silence (SILENCE-3). */
function forgive(silence: Silence): Silence {
  const { at, lookedAt, happenedAt } = silence;
  if (lookedAt === null || at - lookedAt <= LATE_MS) return silence;
  const missedMs = at - lookedAt - LOOK_MS;
  const later = (time: number): number => Math.min(at, time + missedMs);
  const tasks = Object.entries(silence.tasks).map(([task, known]) => [
    task,
    { ...known, heardAt: later(known.heardAt) },
  ]);
  return { ...silence, tasks: Object.fromEntries(tasks), happenedAt: later(happenedAt) };
}
