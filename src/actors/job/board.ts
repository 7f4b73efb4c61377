/**
 * Coordination events that are committed, for those who wait for them: a reader of the log in memory. An event counts
 * from the moment it is durable, also for who begins to wait afterwards.
 */
import type { LogRecord } from "../log/port.ts";

export interface Awaited {
  type: string;
  /** Only from this stream; absent: from any. */
  stream?: string;
  timeoutMs: number;
  signal: AbortSignal;
}

interface Waiter {
  matches: (type: string, stream: string) => boolean;
  found: () => void;
}

/** Types that grant something, and the stream whose word counts for them. */
const AUTHORITY: Readonly<Record<string, string>> = {
  approval_granted: "reviewers",
  review_complete: "reviewers",
  quality_validated: "reviewers",
};

/** Why `stream` may not emit `type`, or null when it may. */
export function refuseEmission(type: string, stream: string): string | null {
  const owner = AUTHORITY[type];
  return owner === undefined || owner === stream ? null : `${type} counts only from stream ${owner}`;
}

/** A name that an emitted event may have: without the dot that facts of the runtime have, so it can pass for none. */
export const EVENT_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** The emitted events of one run. */
export class Board {
  readonly #seen: { type: string; stream: string }[] = [];
  readonly #waiters = new Set<Waiter>();

  /** Reads committed records. */
  note(records: readonly LogRecord[]): void {
    for (const { type, actor, data } of records) {
      if (type !== "event.emitted") continue;
      this.add(String((data as { event_type: string }).event_type), actor.slice("stream:".length));
    }
  }

  /** Adds one event, as from a folded log. */
  add(type: string, stream: string): void {
    this.#seen.push({ type, stream });
    for (const waiter of [...this.#waiters]) if (waiter.matches(type, stream)) waiter.found();
  }

  /** Resolves to true once such an event is there, to false on timeout or abort. */
  waitFor({ type, stream, timeoutMs, signal }: Awaited): Promise<boolean> {
    const matches: Waiter["matches"] = (seenType, seenStream) =>
      seenType === type && (stream === undefined || seenStream === stream);
    if (this.#seen.some((seen) => matches(seen.type, seen.stream))) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (found: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", aborted);
        this.#waiters.delete(waiter);
        resolve(found);
      };
      const aborted = (): void => end(false);
      const waiter: Waiter = { matches, found: () => end(true) };
      const timer = setTimeout(aborted, timeoutMs);
      signal.addEventListener("abort", aborted);
      this.#waiters.add(waiter);
    });
  }
}
