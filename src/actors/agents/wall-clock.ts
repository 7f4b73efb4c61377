/** Wall clocks of time zones: what one shows at an instant, and when one shows a time. By the zone data of this Node (`Intl`). */

export interface Wall {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0: Sunday. */
  weekday: number;
}

/** Letters in which services name zones, by their rules: in North America and Europe people write the same the year round. */
export const ZONES: Readonly<Record<string, string>> = {
  ...{ UTC: "+00:00", GMT: "+00:00", Z: "+00:00" },
  ...{ PT: "America/Los_Angeles", PST: "-08:00", PDT: "-07:00", MT: "America/Denver", MST: "-07:00", MDT: "-06:00" },
  ...{ CT: "America/Chicago", CDT: "-05:00", ET: "America/New_York", EST: "-05:00", EDT: "-04:00" },
  ...{ BST: "+01:00", CET: "+01:00", CEST: "+02:00", JST: "+09:00", KST: "+09:00" },
};

const OFFSET = /^([+-])(\d\d):(\d\d)$/;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Whether it is a zone that `toInstant` knows. */
export const isZone = (zone: string): boolean => OFFSET.test(zone) || formatterOf(zone) !== null;

/** What the clocks of a zone (IANA name, or offset as `+09:00`) show at `time`; those of UTC where there is no such zone. */
export function wallAt(time: number, zone: string): Wall {
  const shown = new Date(time + offsetAt(time, zone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    weekday: shown.getUTCDay(),
  };
}

/** The day that comes so many days later. */
export function addDays({ year, month, day }: Pick<Wall, "year" | "month" | "day">, days: number) {
  const then = new Date(Date.UTC(year, month - 1, day) + days * DAY_MS);
  return { year: then.getUTCFullYear(), month: then.getUTCMonth() + 1, day: then.getUTCDate() };
}

/**
 * When the clocks of a zone show this; null for what no calendar has. The first of two such moments; of a time that is
 * skipped, the moment at which clocks are put forward by as much.
 */
export function toInstant(wall: Omit<Wall, "weekday">, zone: string): number | null {
  const { year, month, day, hour, minute, second } = wall;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(asUtc);
  if (Number.isNaN(asUtc) || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  // Both sides of a change of clocks that is near.
  const guesses = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => asUtc - offsetAt(near, zone));
  const right = guesses.filter((time) => time + offsetAt(time, zone) === asUtc);
  return right.length > 0 ? Math.min(...right) : Math.max(...guesses);
}

/** Milliseconds that the clocks of a zone are ahead of UTC. */
function offsetAt(time: number, zone: string): number {
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (sign !== undefined) return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  const formatter = formatterOf(zone);
  if (formatter === null) return 0;
  const parts = Object.fromEntries(formatter.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1_000) * 1_000;
}

/** Null where Node knows no such zone. */
function formatterOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" },
    });
  } catch {
    return null;
  }
}
