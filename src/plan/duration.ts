/** Durations as people write them: a number of seconds, or a number with a unit (`1500ms`, `30s`, `5m`, `1h`). */

import { MAX_DURATION_MS } from "./defaults.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PATTERN = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;

/** Whole milliseconds of a duration, or null if it is none, is negative, or lasts longer than a week. */
export function parseDuration(written: string | number): number | null {
  let ms: number;
  if (typeof written === "number") ms = written * 1000;
  else {
    const match = PATTERN.exec(written);
    const unitMs = UNIT_MS[match?.[2] ?? ""];
    if (match === null || unitMs === undefined) return null;
    ms = Number(match[1]) * unitMs;
  }
  if (!Number.isFinite(ms) || ms < 0 || ms > MAX_DURATION_MS) return null;
  return Math.round(ms);
}
