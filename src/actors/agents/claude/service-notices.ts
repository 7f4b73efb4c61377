/**
 * What Claude Code says of its model service, apart from faults of the work: a usage limit of the account, and that the
 * service is down or has too much to do. Each is said once. Pure.
 *
 * A warning that a limit is near is told as such; beyond a limit after which the account pays by use there is nothing to tell.
 */
import { amountOf, type JsonRecord, recordOf, textOf } from "../json-access.ts";
import { hereAndNow, type Reading, resetTime, within } from "../reset-time.ts";
import { UsageWindows, type WindowUse } from "../usage-windows.ts";

export type Notice =
  | { kind: "limit"; until: number | null; source: string }
  | { kind: "outage"; what: "overloaded" | "down" }
  | WindowUse;

/** Some say seconds and some milliseconds since the epoch: these many seconds are beyond any calendar. */
const MAX_SECONDS = 1e11;
const MAX_MS = 1e14;
/** How it words a limit where no event tells of it. */
const WORDS = /usage limit|(?:hit|reached) your .{0,40}limit|limit reached/i;

export class ServiceNotices {
  readonly #said = new Set<string>();
  readonly #read: () => Reading;
  readonly #windows = new UsageWindows();

  /** `read` says when and where it is heard. */
  constructor(read: () => Reading = hereAndNow) {
    this.#read = read;
  }

  /** Takes a message of the kind `rate_limit_event`. */
  limit(message: JsonRecord): Notice[] {
    const info = recordOf(message.rate_limit_info);
    const paysByUse = info.isUsingOverage === true || info.overageStatus === "allowed";
    if (paysByUse) return [];
    const name = textOf(info.rateLimitType);
    const until = within(timeOf(info.resetsAt), this.#read().now);
    if (info.status !== "rejected") return this.#windows.hear(name ?? "usage", amountOf(info.utilization), until);
    return this.#sayLimit(until, `rate_limit_event${name === null ? "" : ` ${name}`}`);
  }

  /** The service answered with this status; `words` are the agent's own of it, if it gave up. */
  status(status: number | null, words: string | null): Notice[] {
    if (status === 529) return this.#sayOutage("overloaded");
    if (status === 503) return this.#sayOutage("down");
    if ((status !== 429 && status !== null) || words === null || !WORDS.test(words)) return [];
    // What said it more exactly has said it already.
    if ([...this.#said].some((each) => each.startsWith("limit"))) return [];
    return this.#sayLimit(resetTime(words, this.#read()), "error 429");
  }

  #sayLimit(until: number | null, source: string): Notice[] {
    return this.#isNew(`limit ${until}`) ? [{ kind: "limit", until, source }] : [];
  }

  #sayOutage(what: "overloaded" | "down"): Notice[] {
    return this.#isNew(`outage ${what}`) ? [{ kind: "outage", what }] : [];
  }

  #isNew(key: string): boolean {
    const isNew = !this.#said.has(key);
    this.#said.add(key);
    return isNew;
  }
}

/** Milliseconds since the epoch; null when it says no time that can be. */
function timeOf(value: unknown): number | null {
  const date = typeof value === "string" ? Date.parse(value) : value;
  const time = amountOf(date);
  if (time === null || time < 1e9 || time > MAX_MS) return null;
  return Math.round(time < MAX_SECONDS ? time * 1_000 : time);
}
