/** Reads how much of an account's usage windows is used. Pure. */
import { amountOf, textOf } from "../json-access.ts";
import { within } from "../reset-time.ts";
import type { WindowUse } from "../usage-windows.ts";
import type { CreditsSnapshot, RateLimitSnapshot, RateLimitWindow } from "./app-server-types.ts";
import { heard } from "./heard.ts";

export interface UsageLimit {
  /** When the last of the windows that are used up begins anew, ms since the epoch; null when that is not said. */
  until: number | null;
  /** What said so. */
  source: string;
}

/** How much of each of an account's windows a snapshot says is used; none where credits go on. */
export function readUse(written: unknown, now: number): Omit<WindowUse, "kind">[] {
  const { primary, secondary, credits } = heard<RateLimitSnapshot>(written);
  const { hasCredits, unlimited } = heard<CreditsSnapshot>(credits);
  if (hasCredits === true || unlimited === true) return [];
  return Object.entries({ primary, secondary }).flatMap(([name, each]) => {
    const { usedPercent, windowDurationMins, resetsAt } = heard<RateLimitWindow>(each);
    const used = amountOf(usedPercent);
    const ends = amountOf(resetsAt);
    const window = `${name} window of ${amountOf(windowDurationMins) ?? "?"} min`;
    return used === null ? [] : [{ window, used: used / 100, until: within(ends === null ? null : ends * 1_000, now) }];
  });
}

/** The limit that a snapshot says is reached; null when there is none, or credits go on where it ends. */
export function readLimit(written: unknown, now: number): UsageLimit | null {
  const { limitId, primary, secondary, credits } = heard<RateLimitSnapshot>(written);
  const { hasCredits, unlimited } = heard<CreditsSnapshot>(credits);
  if (hasCredits === true || unlimited === true) return null;
  const windows = [primary, secondary].map((each) => heard<RateLimitWindow>(each));
  const full = windows.filter(({ usedPercent }) => (amountOf(usedPercent) ?? 0) >= 100);
  if (full.length === 0) return null;
  const ends = full.flatMap(({ resetsAt }) => amountOf(resetsAt) ?? []);
  const minutes = full.flatMap(({ windowDurationMins }) => amountOf(windowDurationMins) ?? []);
  const which = minutes.map((each) => `, window of ${each} min`).join("");
  return {
    until: within(ends.length === 0 ? null : Math.max(...ends) * 1_000, now),
    source: `account/rateLimits/updated of ${textOf(limitId) ?? "codex"}${which}`,
  };
}
