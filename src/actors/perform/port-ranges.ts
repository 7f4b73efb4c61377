/** A range of network ports for each worktree, so that servers of tasks running side by side do not collide. */

const FIRST = 21_000;
const PER_WORKER = 10;
const MAX_RANGES = 2_000;

/** Hands out ranges, the lowest free one first. Not durable: a run that goes on takes the ranges in use from its log. */
export class PortRanges {
  readonly #used = new Set<number>();

  /** First port of a range of ten that no other living worktree of this run has. */
  take(): number {
    for (let range = 0; range < MAX_RANGES; range++) {
      const port = FIRST + range * PER_WORKER;
      if (!this.#used.has(port)) {
        this.#used.add(port);
        return port;
      }
    }
    return FIRST;
  }

  /** Marks a range as in use. */
  keep(port: number): void {
    this.#used.add(port);
  }

  giveBack(port: number): void {
    this.#used.delete(port);
  }
}
