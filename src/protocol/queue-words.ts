/** The merge queue at work, in words, at one moment. */
import type { QueueView } from "./status.ts";
import { duration } from "./words.ts";

/**
 * `test runs on a, b; 3 tasks wait; for 2m 10s, usually 4m 00s`; null when there is nothing to say. `goneMs` is the time since
 * an ISO time.
 */
export function wordQueue(
  { state, gates, waiting, text }: QueueView,
  goneMs: (since: string) => number,
): string | null {
  if (state === "idle" && waiting.length === 0) return null;
  // Of those that run side by side, the one that is waited for longest.
  const oldest = gates.reduce<QueueView["gates"][number] | null>(
    (old, gate) => (old === null || (gate.since ?? "") < (old.since ?? "") ? gate : old),
    null,
  );
  if (oldest === null || oldest.since === null) return text;
  const usual = oldest.usualMs === null ? "" : `, usually ${duration(oldest.usualMs)}`;
  return `${text}; for ${duration(Math.max(0, goneMs(oldest.since)))}${usual}`;
}
