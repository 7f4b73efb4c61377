/**
 * Watches for reasons to end a running command before it ends by itself: abort, timeout, silence. Ends its group in
 * stages: first whatever gentler ways its caller knows, then SIGTERM, then SIGKILL.
 *
 * END-1 No command is ended for its time, or for silence, that has ended, or spoken, by then: what waits to be read is read
 *    first. Time in which this program was stopped is given once more, for it cannot know whether the command was, too.
 */
import { setMaxListeners } from "node:events";
import { signalGroup } from "./process-group.ts";

/** The kernel may hold a process in spite of SIGKILL; then it is given up as a survivor. */
const AFTER_KILL_MS = 10_000;
/** What a timer can hold; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A timer that fires so much later than it was due was not looked at: this program, or the machine, was stopped. */
const LATE_MS = 500;

export type EndReason = "abort" | "timeout" | "inactivity" | "finished";

/** One way of asking a command to end, and how long it has for it, ms. */
export interface EndStage {
  ask: () => void;
  waitMs: number;
}

export interface EndConditions {
  signal: AbortSignal;
  /** Tried before SIGTERM, in order. */
  gentle?: readonly EndStage[];
  timeoutMs?: number;
  inactivityMs?: number;
  graceMs: number;
  /** When the command last wrote something, in the time of `performance.now`. */
  lastOutputAt: () => number;
}

export interface Termination {
  /** Resolves when even SIGKILL did not help. */
  givenUp: Promise<null>;
  why(): EndReason | null;
  /** When SIGKILL is due, once the command is being ended. */
  killAt(): number | null;
  /** Whether its group had its SIGTERM. */
  isWarned(): boolean;
  /** Has the command end by itself within the grace; else it is ended without the gentle stages. */
  finish(): void;
  stop(): void;
}

/** Begins to watch the command whose process group is `pid`. */
export function watchTermination(pid: number, conditions: EndConditions): Termination {
  const { signal, timeoutMs, inactivityMs, graceMs, lastOutputAt, gentle = [] } = conditions;
  const timers = new Set<NodeJS.Timeout>();
  const later = (delayMs: number, act: () => void) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        act();
      },
      Math.min(delayMs, MAX_TIMER_MS),
    );
    timers.add(timer);
  };
  let isOver = false;
  /** Acts once so much time has passed with this program at work (END-1). */
  const whenPassed = (delayMs: number, act: () => void) => {
    const dueAt = performance.now() + Math.min(delayMs, MAX_TIMER_MS);
    later(delayMs, () => {
      const lateMs = performance.now() - dueAt;
      if (lateMs > LATE_MS) whenPassed(Math.min(lateMs, delayMs), act);
      else setImmediate(() => isOver || act());
    });
  };
  let why: EndReason | null = null;
  let killAt: number | null = null;
  let isWarned = false;
  let giveUp: (exit: null) => void = () => undefined;
  const givenUp = new Promise<null>((resolve) => {
    giveUp = resolve;
  });
  const signals: readonly EndStage[] = [
    {
      ask: () => {
        isWarned = true;
        signalGroup(pid, "SIGTERM");
        // A stopped process gets its SIGTERM only once it goes on.
        signalGroup(pid, "SIGCONT");
      },
      waitMs: graceMs,
    },
    { ask: () => signalGroup(pid, "SIGKILL"), waitMs: AFTER_KILL_MS },
  ];
  const goThrough = ([stage, ...rest]: readonly EndStage[]): void => {
    if (stage === undefined) giveUp(null);
    else {
      stage.ask();
      later(stage.waitMs, () => goThrough(rest));
    }
  };
  const end = (reason: EndReason) => {
    if (why !== null) return;
    why = reason;
    const before = reason === "finished" ? [] : gentle;
    killAt = performance.now() + before.reduce((sum, { waitMs }) => sum + waitMs, graceMs);
    goThrough([...before, ...signals]);
  };
  const onAbort = () => end("abort");
  // One signal stops many workers; node would warn of a leak at the eleventh.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  if (timeoutMs !== undefined) whenPassed(timeoutMs, () => end("timeout"));
  const checkSilence = () => {
    if (inactivityMs === undefined) return;
    const silentMs = performance.now() - lastOutputAt();
    if (silentMs >= inactivityMs) end("inactivity");
    else whenPassed(inactivityMs - silentMs, checkSilence);
  };
  checkSilence();
  return {
    givenUp,
    why: () => why,
    killAt: () => killAt,
    isWarned: () => isWarned,
    finish: () => later(graceMs, () => end("finished")),
    stop() {
      isOver = true;
      signal.removeEventListener("abort", onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
