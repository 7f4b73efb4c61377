/**
 * When a usage limit ends, out of the words in which services and agents say so: a span ("in 4h 12m"), an instant, a time of
 * day with or without a day ("resets 3:10am (Asia/Seoul)", "Sep 8", "tomorrow"). Pure: the clock and the zone of whoever
 * reads are given.
 *
 * RESET-1 What is past, more than MAX_AHEAD_MS away, or no time of the calendar, is not said: null.
 * RESET-2 A time of day is the next one, or the end of the minute that it is now. One that has just gone by is not that of
 *    tomorrow: the limit is over, or nobody knows.
 * RESET-3 Wall clocks are those of the zone that is named, else of the reader's. A time that a clock skips is the moment after;
 *    of one that comes twice the first counts: who asks too early is told again.
 */
import { addDays, isZone, toInstant, type Wall, wallAt, ZONES } from "./wall-clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** No usage limit lasts longer than a month. */
const MAX_AHEAD_MS = 40 * DAY_MS;
/** A time of day that went by less than this ago is not that of tomorrow. */
const JUST_GONE_MS = 2 * HOUR_MS;
/** It stands near the words that announce it. */
const MAX_TEXT_CHARS = 20_000;
const MAX_TAIL_CHARS = 120;

const ANNOUNCED =
  /\b(?:resets?(?:_(?:at|in|after)(?:_seconds)?)?|renews?|refresh(?:es)?|replenish(?:es)?|try again|retry(?:ing)?(?:[- ]?(?:after|delay|in|at))?|available(?: again)?|wait|until|back|lifts?|ends?|expires?)\b/gi;
const UNITS: readonly [RegExp, number][] = [
  [/^(?:ms|milli(?:second)?s?)$/, 1],
  [/^(?:s|secs?|seconds?)$/, 1_000],
  [/^(?:m|mins?|minutes?)$/, MINUTE_MS],
  [/^(?:h|hrs?|hours?)$/, HOUR_MS],
  [/^(?:d|days?)$/, DAY_MS],
  [/^(?:w|wks?|weeks?)$/, 7 * DAY_MS],
];
const LEAD =
  /^["'\s:,=(∙·•-]{0,12}(?:(?:is|are|will|be|have|to|please|again|at|on|by|for|the|your|limit|quota|usage|about|around|approximately|next|access|delay|after|in|within)["'\s:,=]{1,4}){0,6}/i;
const SPAN_PART = /^(?:,|and)?\s{0,3}(\d{1,9}(?:\.\d{1,9})?|an?|one)\s{0,2}([a-z]{1,12})\b/i;
const TIGHT_PART = /^(\d{1,9}(?:\.\d{1,9})?)(ms|[wdhms])(?=\d|\b)/i;
const BARE_SECONDS = /^(\d{1,7}(?:\.\d{1,9})?)(?:["'\s.,;)]{0,9}$|["'}]|,")/;
const EPOCH = /(?:^|[^\d.])(\d{10}|\d{13})(?![\d.]*\d)/;
const AFTER_BAR = /\|(\d{10}|\d{13})\b/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?/;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTH_DAY = /^([a-z]{3,9})\.?\s{1,2}(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s{1,2}(\d{4})\b)?/i;
const DAY_MONTH = /^(\d{1,2})(?:st|nd|rd|th)?\.?\s{1,2}([a-z]{3,9})\b\.?(?:,?\s{1,2}(\d{4})\b)?/i;
const DAY_WORD = /^(today|tonight|tomorrow|(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?)\b/i;
const JOINED = /^(?:,|\bat\b|\bon\b|[\s-]|∙|·|\b[T]\b){0,6}/i;
const TIME =
  /^(?:(\d{1,2})(?::(\d\d))?(?::(\d\d))?\s{0,2}([ap])\.?m\b\.?|(\d{1,2}):(\d\d)(?::(\d\d))?(?!\d)|(noon|midnight)\b)/i;
const ZONE =
  /^[\s(,]{0,4}(?:(UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?|([A-Za-z_]{2,24}(?:\/[A-Za-z_+\-\d]{1,24}){1,2})|([A-Z]{1,5}))\b/;

/** When words are read, ms since the epoch, and by whose clocks. */
export interface Reading {
  now: number;
  /** IANA name of the time zone. */
  zone: string;
}

/** Here and now. */
export const hereAndNow = (): Reading => ({
  now: Date.now(),
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

/** Milliseconds since the epoch when the limit that `text` tells of is over; null when it names no such time. */
export function resetTime(text: string, { now, zone: home }: Reading): number | null {
  const words = text.slice(0, MAX_TEXT_CHARS);
  const bar = AFTER_BAR.exec(words)?.[1];
  if (bar !== undefined) return within(fromEpoch(bar), now);
  for (const found of words.matchAll(ANNOUNCED)) {
    const tail = words.slice(found.index + found[0].length, found.index + found[0].length + MAX_TAIL_CHARS);
    const time = readTail(tail.replace(LEAD, ""), now, home);
    if (time !== undefined) return within(time, now);
  }
  return null;
}

/** A time that can be the end of a limit, in whole ms; null otherwise (RESET-1). */
export function within(time: number | null, now: number): number | null {
  return time !== null && Number.isFinite(time) && time > now && time <= now + MAX_AHEAD_MS ? Math.round(time) : null;
}

/** Undefined: it says no time at all. */
function readTail(tail: string, now: number, home: string): number | null | undefined {
  const epoch = /^\d{10,13}/.test(tail) ? EPOCH.exec(tail)?.[1] : undefined;
  if (epoch !== undefined) return fromEpoch(epoch);
  const span = readSpan(tail);
  if (span !== null) return now + span;
  return readMoment(tail, now, home);
}

const fromEpoch = (digits: string): number => Number(digits) * (digits.length === 10 ? 1_000 : 1);

/** `4h 12m`, `3 days, 2 hours and 5 minutes`, `26.5s`, `an hour`; seconds where there is no unit. */
function readSpan(tail: string): number | null {
  const bare = BARE_SECONDS.exec(tail)?.[1];
  if (bare !== undefined) return Number(bare) * 1_000;
  let rest = tail;
  let sum: number | null = null;
  for (let parts = 0; parts < 6; parts += 1) {
    const found = TIGHT_PART.exec(rest) ?? SPAN_PART.exec(rest);
    const unit = UNITS.find(([name]) => name.test((found?.[2] ?? "").toLowerCase()))?.[1];
    if (found === null || unit === undefined) break;
    const count = Number(found[1]);
    sum = (sum ?? 0) + (Number.isNaN(count) ? 1 : count) * unit;
    rest = rest.slice(found[0].length).replace(/^\s{1,2}(?=\d|an?\b|and\b)|^,\s{0,2}/, "");
  }
  return sum;
}

interface Day {
  year: number | null;
  month: number;
  day: number;
}

function readMoment(tail: string, now: number, home: string): number | null | undefined {
  const iso = ISO.exec(tail);
  const named = iso === null ? readDay(tail) : null;
  const afterDay = tail.slice((iso?.[0] ?? named?.text ?? "").length);
  const isDated = iso !== null || named !== null;
  const beforeTime = isDated && iso?.[4] === undefined ? afterDay.replace(JOINED, "") : afterDay;
  const time = iso?.[4] === undefined ? TIME.exec(beforeTime) : null;
  if (!isDated && time === null) return undefined;
  const clock =
    iso?.[4] === undefined
      ? clockOf(time)
      : { hour: Number(iso[4]), minute: Number(iso[5]), second: Number(iso[6] ?? 0) };
  if (clock === null) return null;
  const zone = zoneIn(time === null ? afterDay : beforeTime.slice(time[0].length)) ?? home;
  if (iso !== null)
    return toInstant({ year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]), ...clock }, zone);
  const today = wallAt(now, zone);
  if (named === null) return nextOf({ ...today, ...clock }, zone, now);
  if (named.kind === "weekday") {
    const ahead = (named.weekday - today.weekday + 7) % 7;
    const first = toInstant({ ...addDays(today, ahead), ...clock }, zone);
    return first !== null && first > now ? first : toInstant({ ...addDays(today, ahead + 7), ...clock }, zone);
  }
  if (named.kind === "ahead") return toInstant({ ...addDays(today, named.days), ...clock }, zone);
  return dated(named.date, clock, { today, zone, now });
}

/** The next such time of day (RESET-2). */
function nextOf(wall: Wall, zone: string, now: number): number | null {
  const today = toInstant(wall, zone);
  if (today === null || today > now) return today;
  // It names a minute that is not over.
  if (now - today < MINUTE_MS) return today + MINUTE_MS;
  if (now - today < JUST_GONE_MS) return null;
  return toInstant({ ...addDays(wall, 1), hour: wall.hour, minute: wall.minute, second: wall.second }, zone);
}

function dated(
  { year, month, day }: Day,
  clock: Clock,
  { today, zone, now }: { today: Wall; zone: string; now: number },
) {
  if (year !== null) return toInstant({ year, month, day, ...clock }, zone);
  const thisYear = toInstant({ year: today.year, month, day, ...clock }, zone);
  return thisYear !== null && thisYear > now
    ? thisYear
    : toInstant({ year: today.year + 1, month, day, ...clock }, zone);
}

interface Clock {
  hour: number;
  minute: number;
  second: number;
}

/** Midnight where no time is said; null for one that no clock shows. */
function clockOf(time: RegExpExecArray | null): Clock | null {
  if (time === null) return { hour: 0, minute: 0, second: 0 };
  const [, twelve, minutes, seconds, half, hours, minutes24, seconds24, word] = time;
  if (word !== undefined) return { hour: word.toLowerCase() === "noon" ? 12 : 0, minute: 0, second: 0 };
  const minute = Number(minutes ?? minutes24 ?? 0);
  const second = Number(seconds ?? seconds24 ?? 0);
  if (minute > 59 || second > 59) return null;
  if (twelve === undefined) return Number(hours) > 23 ? null : { hour: Number(hours), minute, second };
  const hour = Number(twelve);
  if (hour < 1 || hour > 12) return null;
  return { hour: (hour % 12) + (half?.toLowerCase() === "p" ? 12 : 0), minute, second };
}

type NamedDay =
  | { kind: "date"; text: string; date: Day }
  | { kind: "ahead"; text: string; days: number }
  | { kind: "weekday"; text: string; weekday: number };

function readDay(tail: string): NamedDay | null {
  const word = DAY_WORD.exec(tail);
  if (word !== null) {
    const [text, name = ""] = word;
    const weekday = DAYS.indexOf(name.slice(0, 3).toLowerCase());
    if (weekday < 0) return { kind: "ahead", text, days: name.toLowerCase() === "tomorrow" ? 1 : 0 };
    // "Mon, Dec 7" is a date.
    const rest = tail.slice(text.length).replace(/^[,.\s]{1,3}/, "");
    const date = readDate(rest);
    if (date === null) return { kind: "weekday", text, weekday };
    return { kind: "date", text: tail.slice(0, tail.length - rest.length + date.text.length), date: date.date };
  }
  const date = readDate(tail);
  return date === null ? null : { kind: "date", ...date };
}

function readDate(tail: string): { text: string; date: Day } | null {
  const first = MONTH_DAY.exec(tail);
  const second = first === null ? DAY_MONTH.exec(tail) : null;
  const [text, name, day, year] = first ?? (second === null ? [] : [second[0], second[2], second[1], second[3]]);
  if (text === undefined || name === undefined) return null;
  const month = MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
  if (month === 0) return null;
  return { text, date: { year: year === undefined ? null : Number(year), month, day: Number(day) } };
}

/** The zone named next, as toInstant takes it; null where none is, or nobody knows it. */
function zoneIn(rest: string): string | null {
  const found = ZONE.exec(rest);
  if (found === null) return null;
  const [, , sign, hours, minutes = "00", place, letters = ""] = found;
  const zone = sign === undefined ? (place ?? ZONES[letters]) : `${sign}${(hours ?? "").padStart(2, "0")}:${minutes}`;
  return zone !== undefined && isZone(zone) ? zone : null;
}
