/**
 * Watches for reasons to end a running command before it ends by itself: abort, timeout, silence. Ends its group with
 * SIGTERM, then SIGKILL.
 */
import { setMaxListeners } from "node:events";
import { signalGroup } from "./process-group.ts";

/** The kernel may hold a process in spite of SIGKILL; then it is given up as a survivor. */
const AFTER_KILL_MS = 10_000;
/** What a timer can hold; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type EndReason = "abort" | "timeout" | "inactivity";

export interface EndConditions {
  signal: AbortSignal;
  timeoutMs?: number;
  inactivityMs?: number;
  graceMs: number;
  /** When the command last wrote something, in the time of `performance.now`. */
  lastOutputAt: () => number;
}

export interface EndWatch {
  /** Resolves when even SIGKILL did not help. */
  givenUp: Promise<null>;
  why(): EndReason | null;
  /** When SIGKILL is due, once the command is being ended. */
  killAt(): number | null;
  stop(): void;
}

/** Begins to watch the command whose process group is `pid`. */
export function watchForEnd(pid: number, conditions: EndConditions): EndWatch {
  const { signal, timeoutMs, inactivityMs, graceMs, lastOutputAt } = conditions;
  const timers = new Set<NodeJS.Timeout>();
  const later = (delayMs: number, act: () => void) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        act();
      },
      Math.min(delayMs, LONGEST_TIMER_MS),
    );
    timers.add(timer);
  };
  let why: EndReason | null = null;
  let killAt: number | null = null;
  let giveUp: (exit: null) => void = () => undefined;
  const givenUp = new Promise<null>((resolve) => {
    giveUp = resolve;
  });
  const end = (reason: EndReason) => {
    if (why !== null) return;
    why = reason;
    killAt = performance.now() + graceMs;
    signalGroup(pid, "SIGTERM");
    signalGroup(pid, "SIGCONT");
    later(graceMs, () => {
      signalGroup(pid, "SIGKILL");
      later(AFTER_KILL_MS, () => giveUp(null));
    });
  };
  const onAbort = () => end("abort");
  // One signal stops many workers; node would warn of a leak at the eleventh.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  if (timeoutMs !== undefined) later(timeoutMs, () => end("timeout"));
  const checkSilence = () => {
    if (inactivityMs === undefined) return;
    const silentMs = performance.now() - lastOutputAt();
    if (silentMs >= inactivityMs) end("inactivity");
    else later(inactivityMs - silentMs, checkSilence);
  };
  checkSilence();
  return {
    givenUp,
    why: () => why,
    killAt: () => killAt,
    stop() {
      signal.removeEventListener("abort", onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
