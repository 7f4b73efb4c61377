/**
 * How much of the windows of its account's usage limit is used, as an agent hears of it: told on only when that gets near the
 * limit, nearer, or is far from it again, for agents hear of it with each answer. Pure.
 */
import { nearnessOf } from "../../protocol/usage-levels.ts";

export interface WindowUse {
  kind: "window";
  /** Which, by the service's name. */
  window: string;
  /** Share that is used, 0 to 1. */
  used: number;
  /** When it begins anew, ms since the epoch; null where that was not said. */
  until: number | null;
}

export class UsageWindows {
  readonly #told = new Map<string, number>();

  /** `used` as it was said, in shares or percents; nothing where it is no amount, or no news. */
  hear(window: string, used: number | null, until: number | null): WindowUse[] {
    if (used === null || used < 0 || used > 1_000) return [];
    // Both are seen: nothing of which one and a half times the whole was used goes on.
    const share = Math.min(1, used > 1.5 ? used / 100 : used);
    const level = nearnessOf(share);
    if (level === (this.#told.get(window) ?? 0)) return [];
    this.#told.set(window, level);
    return [{ kind: "window", window: window.slice(0, 60), used: share, until }];
  }
}
