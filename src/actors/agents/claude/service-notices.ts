/**
 * What Claude Code says of its model service, apart from faults of the work: a usage limit of the account, and that the
 * service is down or has too much to do. Each is said once. Pure.
 *
 * A warning that a limit is near is none, nor is one beyond which the account pays by use.
 */
import { amountOf, type JsonRecord, recordOf, textOf } from "../json-access.ts";

export type Notice =
  | { kind: "limit"; until: number | null; source: string }
  | { kind: "outage"; what: "overloaded" | "down" };

/** Some say seconds and some milliseconds since the epoch: these many seconds are beyond any calendar. */
const MAX_SECONDS = 1e11;
const MAX_MS = 1e14;
/** Of older versions: the words of a limit, with the second at which it ends. */
const WORDS = /usage limit|(?:hit|reached) your .{0,40}limit|limit reached/i;
const SECONDS_AFTER_BAR = /\|(\d{9,13})\b/;

export class ServiceNotices {
  readonly #said = new Set<string>();

  /** Takes a message of the kind `rate_limit_event`. */
  limit(message: JsonRecord): Notice[] {
    const info = recordOf(message.rate_limit_info);
    const paysByUse = info.isUsingOverage === true || info.overageStatus === "allowed";
    if (info.status !== "rejected" || paysByUse) return [];
    const name = textOf(info.rateLimitType);
    return this.#sayLimit(timeOf(info.resetsAt), `rate_limit_event${name === null ? "" : ` ${name}`}`);
  }

  /** The service answered with this status; `words` are the agent's own of it, if it gave up. */
  status(status: number | null, words: string | null): Notice[] {
    if (status === 529) return this.#sayOutage("overloaded");
    if (status === 503) return this.#sayOutage("down");
    if ((status !== 429 && status !== null) || words === null || !WORDS.test(words)) return [];
    const until = SECONDS_AFTER_BAR.exec(words)?.[1];
    // What said it more exactly has said it already.
    if ([...this.#said].some((each) => each.startsWith("limit"))) return [];
    return this.#sayLimit(timeOf(until === undefined ? null : Number(until)), "error 429");
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
