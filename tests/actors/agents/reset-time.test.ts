/** When a usage limit ends, in the words of services and agents; what is no time, or none that can be, is not said. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resetTime } from "../../../src/actors/agents/reset-time.ts";

/** A Monday, 23:00 in Berlin, 17:00 in New York, and the next day 07:00 in Seoul. */
const NOW = Date.parse("2026-11-30T22:00:00Z");
const HOME = "Europe/Berlin";

const read = (text: string, now = NOW, home = HOME): string | null => {
  const time = resetTime(text, { now, zone: home });
  return time === null ? null : new Date(time).toISOString().replace(".000Z", "Z");
};
const at = (iso: string): number => Date.parse(iso);

describe("a limit ends", () => {
  it.each([
    // A time of day.
    ["You've hit your limit · resets 3:10am (Asia/Seoul)", "2026-12-01T18:10:00Z"],
    ["You've hit your session limit · resets 8:10am (Asia/Seoul)", "2026-11-30T23:10:00Z"],
    ["Your limit will reset at 11pm (America/New_York).", "2026-12-01T04:00:00Z"],
    ["5-hour limit reached ∙ resets 3am", "2026-12-01T02:00:00Z"],
    ["Usage limit reached. Resets at 15:30", "2026-12-01T14:30:00Z"],
    ["limit reached, resets at 23:45", "2026-11-30T22:45:00Z"],
    ["limit reached, resets at 04:05:06 UTC", "2026-12-01T04:05:06Z"],
    ["Try again at 3:53 PM.", "2026-12-01T14:53:00Z"],
    ["You are out of messages until 2:00 a.m. (UTC)", "2026-12-01T02:00:00Z"],
    ["resets 11pm", "2026-11-30T22:01:00Z"],
    ["quota renews at midnight", "2026-11-30T23:00:00Z"],
    ["available again at noon (UTC+9)", "2026-12-01T03:00:00Z"],
    ["resets 12am (UTC)", "2026-12-01T00:00:00Z"],
    ["resets 12pm (UTC)", "2026-12-01T12:00:00Z"],
    ["Your limit resets at 8pm PT", "2026-12-01T04:00:00Z"],
    ["resets 9:30pm EST", "2026-12-01T02:30:00Z"],
    ["resets 10pm (Mars/Base)", null],
    ["resets 4am (Mars/Base)", "2026-12-01T03:00:00Z"],
    // A day.
    ["Weekly limit reached ∙ resets Dec 7 at 6pm", "2026-12-07T17:00:00Z"],
    ["You've hit your weekly limit · resets Dec 8, 7pm (Europe/London)", "2026-12-08T19:00:00Z"],
    ["Opus limit reached, resets Dec 8", "2026-12-07T23:00:00Z"],
    ["resets 8 Dec, 15:30 (UTC)", "2026-12-08T15:30:00Z"],
    ["try again at Dec 29th, 2026 3:53 PM.", "2026-12-29T14:53:00Z"],
    ["or try again at January 2nd, 2027 9:00 AM", "2027-01-02T08:00:00Z"],
    ["resets Jan 3 at 12:30am (UTC)", "2027-01-03T00:30:00Z"],
    ["resets Mon, Dec 7, 9am", "2026-12-07T08:00:00Z"],
    ["your limit resets tomorrow", "2026-11-30T23:00:00Z"],
    ["resets tomorrow at 9am (Asia/Seoul)", "2026-12-02T00:00:00Z"],
    ["resets today at 11:30pm", "2026-11-30T22:30:00Z"],
    ["resets on Friday at 08:00", "2026-12-04T07:00:00Z"],
    ["resets Monday 8am", "2026-12-07T07:00:00Z"],
    ["resets Monday 11:30pm", "2026-11-30T22:30:00Z"],
    // An instant.
    ["quota exceeded, resets at 2026-12-01T00:00:00+08:00 for all", null],
    ["quota exceeded, resets at 2026-12-02T00:00:00+08:00", "2026-12-01T16:00:00Z"],
    ["retry after 2026-12-01T03:10:00Z", "2026-12-01T03:10:00Z"],
    ["available again at 2026-12-01 03:10:00 UTC", "2026-12-01T03:10:00Z"],
    ["try again at 2026-12-01 03:10", "2026-12-01T02:10:00Z"],
    ["blocked until 2026-12-03", "2026-12-02T23:00:00Z"],
    ["Claude AI usage limit reached|1796083200", "2026-12-01T00:00:00Z"],
    ["resets at 1796083200000", "2026-12-01T00:00:00Z"],
    ['{"type":"usage_limit_reached","resets_at":1796083200}', "2026-12-01T00:00:00Z"],
    // A span.
    ["Try again in 4h 12m.", "2026-12-01T02:12:00Z"],
    ["You've hit your usage limit. Try again in 3 days 4 hours 10 minutes.", "2026-12-04T02:10:00Z"],
    ["Your quota will reset after 2h34m12s.", "2026-12-01T00:34:12Z"],
    ["Please retry in 26.5s", "2026-11-30T22:00:26.500Z"],
    ["Rate limit reached for m: Limit 1, Used 1. Please try again in 6m0s.", "2026-11-30T22:06:00Z"],
    ["Please try again in 1500ms", "2026-11-30T22:00:01.500Z"],
    ["try again in about an hour", "2026-11-30T23:00:00Z"],
    ["wait 1.5 hours", "2026-11-30T23:30:00Z"],
    ["resets in 2 days, 3 hours and 5 minutes", "2026-12-03T01:05:00Z"],
    ["Your usage resets in 1 week", "2026-12-07T22:00:00Z"],
    ['"resets_in_seconds":7200,"x":1', "2026-12-01T00:00:00Z"],
    ["retry-after: 90", "2026-11-30T22:01:30Z"],
    ['"retryDelay": "34s"', "2026-11-30T22:00:34Z"],
    ["Retry after 20 seconds, please", "2026-11-30T22:00:20Z"],
    ["resets in 45 min (at 23:45)", "2026-11-30T22:45:00Z"],
  ])("%s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe("no time is named", () => {
  it.each([
    ["by words alone", "You've hit your usage limit. Upgrade, or try again later."],
    ["by a figure that is something else", "limit 40000, used 40000, requested 1"],
    ["by a time in the past", "resets at 2026-11-30T20:00:00Z"],
    ["by a time of day that has just gone by", "resets 10:30pm"],
    ["by a day too far ahead", "resets at 2027-01-12T00:00:00Z"],
    ["by a span too far ahead", "try again in 41 days"],
    ["by a second too far ahead", "limit reached|1996083200"],
    ["by a day that no month has", "resets Feb 31 at 3pm"],
    ["by an hour that no clock shows", "resets at 25:00"],
    ["by a half of the day that has no such hour", "resets 13pm"],
    ["by a minute that no clock shows", "resets at 15:75"],
    ["by what is not a number", "resets at NaN"],
    ["by a span of nothing", "try again in 0s"],
    ["by nothing after the word", "resets"],
    ["by nothing", ""],
  ])("%s", (_, text) => {
    expect(read(text)).toBeNull();
  });
});

describe("clocks", () => {
  it.each([
    ["that were put back show 2:30 twice: the first", "resets 2:30am", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z"],
    [
      "that were put forward skip 2:30: the moment after",
      "resets 2:30am",
      "2027-03-27T22:00:00Z",
      "2027-03-28T01:30:00Z",
    ],
    ["change between now and then", "resets Mar 29 at 9am", "2027-03-27T12:00:00Z", "2027-03-29T07:00:00Z"],
    [
      "change in another zone than here",
      "resets Nov 2 at 9am (America/New_York)",
      "2026-10-30T12:00:00Z",
      "2026-11-02T14:00:00Z",
    ],
    [
      "of a zone without such changes",
      "resets 1:30am (America/Phoenix)",
      "2026-11-01T04:00:00Z",
      "2026-11-01T08:30:00Z",
    ],
    [
      "of a zone with a quarter of an hour",
      "resets 6am (Asia/Kathmandu)",
      "2026-11-30T22:00:00Z",
      "2026-12-01T00:15:00Z",
    ],
    ["begin a new year", "resets 1am", "2026-12-31T22:30:00Z", "2027-01-01T00:00:00Z"],
    [
      "show the next day elsewhere already",
      "resets tomorrow at 1am (Asia/Seoul)",
      "2026-11-30T22:00:00Z",
      "2026-12-01T16:00:00Z",
    ],
  ])("%s", (_, text, now, expected) => {
    expect(read(text, at(now))).toBe(expected);
  });

  it("say the same whatever the zone of this machine is", () => {
    expect(read("resets 3am", NOW, "America/New_York")).toBe("2026-12-01T08:00:00Z");
    expect(read("resets 3am", NOW, "Nowhere/Atall")).toBe("2026-12-01T03:00:00Z");
  });
});

it("any text is read, and says nothing that cannot be", () => {
  const words = fc.constantFrom(
    "resets",
    "try again",
    "in",
    "at",
    "3",
    "12",
    ":",
    "am",
    "pm",
    "Dec",
    "(",
    "/",
    "T",
    "-",
    "2026",
    "h",
    "1e9",
    " ",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 40 }).map((each) => each.join("")),
  );
  fc.assert(
    fc.property(text, (said) => {
      const time = resetTime(said, { now: NOW, zone: HOME });
      if (time !== null) expect(time > NOW && time <= NOW + 40 * 86_400_000 && Number.isInteger(time)).toBe(true);
    }),
    { numRuns: 500 },
  );
  const long = `resets ${"1 h ".repeat(100_000)}${"(".repeat(100_000)}`;
  expect(() => resetTime(long, { now: NOW, zone: HOME })).not.toThrow();
});
