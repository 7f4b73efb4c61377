/**
 * Workers that take virtual time, one a task.
 *
 * M1 A worker whose outcome is not wanted any more goes at once; its outcome may still come, when it would have.
 * M2 A worker whose host died works on until it is done or the next host sweeps it away; its outcome is not wanted.
 */
import type { Outcome, PerformContext } from "../../actors/runtime/ports.ts";
import type { Reviewer } from "../../protocol/values.ts";
import type { Setting } from "./setting.ts";
import { Workplace } from "./workplace.ts";

export interface Shift {
  task: string;
  what: "agent" | "gates" | "review";
  /** Who reviews, in a review. */
  reviewer?: Reviewer;
  durationMs: number;
  outcome: Outcome;
}

export class Workers {
  readonly place: Workplace;
  readonly #setting: Setting;
  /** How to end each worker, with what it then says. A run as it should be has at most one a task. */
  readonly #ends = new Map<(outcome: Outcome | undefined) => void, string>();

  constructor(setting: Setting) {
    this.#setting = setting;
    this.place = new Workplace(setting.plan, setting.ledger, setting.report);
  }

  /** Resolves with the worker's outcome when it is done or stopped, with undefined when nobody wants it any more. */
  work(
    { task, what, reviewer, durationMs, outcome }: Shift,
    { effect, signal }: PerformContext,
  ): Promise<Outcome | undefined> {
    const { clock, draw, faults, count, post } = this.#setting;
    const leave = this.place.enter(task, what, reviewer);
    const isLate = draw.chance(faults.lateRate, effect, count(), "late");
    const dueAt = clock.now() + durationMs;
    return new Promise((resolve) => {
      let isOrphan = false;
      let cancel: () => void = () => {};
      const end = (said: Outcome | undefined): void => {
        cancel();
        leave();
        this.#ends.delete(end);
        if (isLate && (isOrphan || said === undefined)) {
          post.deliver(effect, outcome, Math.max(0, dueAt - clock.now()));
        }
        resolve(said);
      };
      this.#ends.set(end, task);
      signal.addEventListener("abort", () => {
        if (!this.#ends.has(end)) return;
        isOrphan = post.host === null;
        if (isOrphan) resolve(undefined);
        else end(undefined);
      });
      if (durationMs === 0) end(outcome);
      else cancel = clock.setTimer(dueAt, () => end(outcome));
    });
  }

  /** Ends the workers of a task. */
  stop(task: string, outcome: Outcome): void {
    for (const [end, of] of [...this.#ends]) if (of === task) end(outcome);
  }

  /** Ends all workers: what a host does first with those that a dead one has left (M2). */
  sweep(): void {
    for (const end of [...this.#ends.keys()]) end(undefined);
  }
}
