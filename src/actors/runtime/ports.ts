/** The ports of the runtime: what production plugs in and tests play by hand. Types, and the real clock. */

/** Time as the runtime sees it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fire` once at or after `dueAt` (same unit as `now`); returns how to cancel. */
  setTimer(dueAt: number, fire: () => void): () => void;
}

/** An outcome of a performed effect; becomes one event of the actor that asked. */
export interface Outcome {
  type: string;
  [key: string]: unknown;
}

export interface PerformContext {
  /** `actor/incarnation/n/i`: the identity that makes performing twice harmless. */
  effect: string;
  actor: string;
  /** Aborted when the effect is withdrawn or the host stops. */
  signal: AbortSignal;
  /** True when a host that died may have performed this effect already, in part or whole. */
  recovering: boolean;
  /**
   * Reports a fact on the way, as an event of the actor that asked (or of the named one). It does not end the effect.
   * Resolves when the fact is durable. Once the effect is over (answered, withdrawn, its actor ended) nothing is recorded.
   */
  report(event: Outcome, actor?: string): Promise<void>;
}

/**
 * Performs one kind of effect. Resolves to its outcome; undefined stands for "done, nothing to say". Throwing means
 * that the performer itself is broken: the actor that asked crashes and its supervisor decides.
 */
export type Performer = (params: unknown, context: PerformContext) => Promise<Outcome | undefined>;
/** Performers of effects of any name. */
export type OpenPerformers = Readonly<Record<string, Performer>>;

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A timer that fires so much later than it was due was not looked at: this program, or the machine, was stopped. */
const LATE_MS = 500;
/** After that, what waited to be heard (an exit, the renewal of a lease) is heard first. */
const HEARING_MS = 1_000;

/** The machine's clock. A timer beyond what setTimeout can hold is armed again on the way. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(dueAt, fire) {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.max(0, dueAt - Date.now());
      const awaitedAt = performance.now() + waitMs;
      const look = (): void => {
        if (performance.now() - awaitedAt > LATE_MS) handle = setTimeout(fire, HEARING_MS);
        else fire();
      };
      handle = waitMs > MAX_TIMEOUT_MS ? setTimeout(arm, MAX_TIMEOUT_MS) : setTimeout(look, waitMs);
    };
    arm();
    return () => clearTimeout(handle);
  },
};
