/**
 * Coordination events that are committed, for those who wait for them: a reader of the log in memory. An event counts
 * from the moment it is durable, also for who begins to wait afterwards.
 */

import { parseAddress } from "../../protocol/address.ts";
import { readRecord } from "../../protocol/records.ts";
import type { LogRecord } from "../log/port.ts";

export interface WaitRequest {
  type: string;
  /** Only from this stream; absent: from any. */
  stream?: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** An emitted event, as far as who waits for it needs it. */
export interface EmittedEvent {
  type: string;
  stream: string;
  /** Sequence number of its record; 0 for one of an earlier start of the host. */
  seq: number;
  key: string;
  task: string | null;
  /** Undefined when it is not at hand: too large, too long ago, or of an earlier start. The log holds it. */
  payload: unknown;
}

type Wanted = Pick<WaitRequest, "type" | "stream"> & {
  /** Only events with a larger sequence number. */
  after?: number;
};

interface Waiter {
  wanted: Wanted;
  found: (emitted: EmittedEvent) => void;
}

/** A payload of more characters is read from the log when it is asked for. */
const MAX_KEPT = 4_000;
/** Of so many newest events each is known. Agents may emit a million. */
const MAX_EVENTS = 5_000;
/** Of so many types and streams the newest event is known, however long ago it was emitted. */
const MAX_KINDS = 5_000;

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

/**
 * The emitted events of one run: the newest ones, and the newest of each type from each stream. Who asks for the first after
 * one that is older than these gets the next that is known.
 */
export class EmittedEvents {
  #posted: EmittedEvent[] = [];
  /** By type and stream, in the order in which they were emitted last. */
  readonly #newest = new Map<string, EmittedEvent>();
  readonly #waiters = new Set<Waiter>();

  /** Reads committed records. */
  note(records: readonly LogRecord[]): void {
    for (const { seq, actor, type, data } of records.map(readRecord)) {
      if (type !== "event.emitted") continue;
      const { name, key, task = null, payload = null } = data;
      const isSmall = JSON.stringify(payload).length <= MAX_KEPT;
      const stream = parseAddress(actor).id;
      this.#post({ type: name, stream, seq, key, task, payload: isSmall ? payload : undefined });
    }
  }

  /** Adds one event, as from a folded log. */
  add(type: string, stream: string, { key, task }: { key: string; task: string | null }): void {
    this.#post({ type, stream, seq: 0, key, task, payload: undefined });
  }

  /** Resolves to true once such an event is there, to false on timeout or abort. */
  async waitFor(awaited: WaitRequest): Promise<boolean> {
    return (await this.next(awaited)) !== null;
  }

  /**
   * Resolves to the newest such event (with `after`, to the first after it), or to the first that comes; to null on
   * timeout or abort.
   */
  next({ timeoutMs, signal, ...wanted }: WaitRequest & Wanted): Promise<EmittedEvent | null> {
    const is = (emitted: EmittedEvent): boolean => fits(emitted, wanted);
    const found =
      wanted.after === undefined
        ? (this.#posted.findLast(is) ?? [...this.#newest.values()].findLast(is))
        : (this.#posted.find(is) ?? [...this.#newest.values()].find(is));
    if (found) return Promise.resolve(found);
    if (signal.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (emitted: EmittedEvent | null): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", aborted);
        this.#waiters.delete(waiter);
        resolve(emitted);
      };
      const aborted = (): void => end(null);
      const waiter: Waiter = { wanted, found: end };
      const timer = setTimeout(aborted, timeoutMs);
      signal.addEventListener("abort", aborted);
      this.#waiters.add(waiter);
    });
  }

  #noteNewest(emitted: EmittedEvent): void {
    const kind = toKind(emitted);
    this.#newest.delete(kind);
    // Its payload can be read from the log; thousands of them are not to be held for good.
    this.#newest.set(kind, { ...emitted, payload: undefined });
    if (this.#newest.size <= MAX_KINDS) return;
    const [oldest] = this.#newest.keys();
    if (oldest !== undefined) this.#newest.delete(oldest);
  }

  #post(emitted: EmittedEvent): void {
    this.#posted.push(emitted);
    if (this.#posted.length >= 2 * MAX_EVENTS) this.#posted = this.#posted.slice(-MAX_EVENTS);
    this.#noteNewest(emitted);
    for (const { wanted, found } of [...this.#waiters]) if (fits(emitted, wanted)) found(emitted);
  }
}

function toKind({ type, stream }: EmittedEvent): string {
  return `${type} ${stream}`;
}

function fits(emitted: EmittedEvent, { type, stream, after }: Wanted): boolean {
  if (emitted.type !== type || (stream !== undefined && emitted.stream !== stream)) return false;
  return after === undefined || emitted.seq > after;
}
