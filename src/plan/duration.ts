/** Durations as people write them: a number of seconds, or a number with a unit (`1500ms`, `30s`, `5m`, `1h`); and ages. */

import { MAX_AGE_MS, MAX_DURATION_MS } from "./defaults.ts";

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

const AGE = /^(\d{1,6})(m|h|d|w)$/;
const AGE_UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of an age: whole minutes, hours, days or weeks (`30m`, `12h`, `7d`, `4w`); null if it is none, or over ten years. */
export function parseAge(written: string): number | null {
  const match = AGE.exec(written);
  const ms = Number(match?.[1]) * (AGE_UNIT_MS[match?.[2] ?? ""] ?? Number.NaN);
  return Number.isFinite(ms) && ms <= MAX_AGE_MS ? ms : null;
}
