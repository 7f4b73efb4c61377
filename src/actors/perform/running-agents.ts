/**
 * Who works on which task now, so that it can be stopped, also while its start is still prepared; and one after the other:
 * an actor that crashed has a successor while its worker is still dying.
 */

interface Shift {
  abort: AbortController;
  gone: Promise<void>;
}

/** The reason of the signal of a worker that is stopped and goes on later. */
class Suspension {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** Why a worker was stopped in the midst of what it goes on with later; null for one that was not. */
export const suspensionOf = ({ reason }: AbortSignal): string | null =>
  reason instanceof Suspension ? reason.why : null;

/** The workers of one run, at most one a task. */
export class RunningAgents {
  readonly #shifts = new Map<string, Shift>();

  /** Does the work once whoever worked on the task before is gone. Its signal is aborted by `stop`, from this call on. */
  async run<T>(task: string, work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#shifts.get(task)?.gone;
    let leave = (): void => {};
    const gone = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const shift = { abort: new AbortController(), gone };
    this.#shifts.set(task, shift);
    try {
      await before;
      return await work(shift.abort.signal);
    } finally {
      if (this.#shifts.get(task) === shift) this.#shifts.delete(task);
      leave();
    }
  }

  /** Stops whoever works on the task, or is about to; for good unless it is suspended for a reason. */
  stop(task: string, suspendedFor: string | null = null): void {
    this.#shifts.get(task)?.abort.abort(suspendedFor === null ? undefined : new Suspension(suspendedFor));
  }
}
