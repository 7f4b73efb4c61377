/** What Claude Code says of its service: limits and outages, once each, and nothing that is only a warning. */
import { describe, expect, it } from "vitest";
import { ClaudeReader } from "../../../../src/actors/agents/claude/read-claude.ts";

const SECONDS = Math.floor(Date.now() / 1_000) + 3_600;

/** What the reader makes of these messages, as far as it is of the service. */
function noticesOf(...messages: object[]): object[] {
  const reader = new ClaudeReader();
  return messages
    .flatMap((message) => reader.read(JSON.stringify(message)))
    .filter(({ kind }) => kind === "limit" || kind === "outage" || kind === "window");
}

const limit = (info: object) => ({ type: "rate_limit_event", rate_limit_info: info });
const rejected = { status: "rejected", resetsAt: SECONDS, rateLimitType: "five_hour", utilization: 1 };
const retry = (error_status: number | null) => ({ type: "system", subtype: "api_retry", error_status });
const result = (api_error_status: number | null, words: string) => ({
  type: "result",
  subtype: "success",
  is_error: true,
  api_error_status,
  result: words,
});

describe("a usage limit", () => {
  it("is told with its end, in seconds, milliseconds or words, and by which it is", () => {
    const told = { kind: "limit", until: SECONDS * 1_000, source: "rate_limit_event five_hour" };
    expect(noticesOf(limit(rejected))).toEqual([told]);
    expect(noticesOf(limit({ ...rejected, resetsAt: SECONDS * 1_000, utilization: 97 }))).toEqual([told]);
    expect(noticesOf(limit({ ...rejected, resetsAt: new Date(SECONDS * 1_000).toISOString() }))).toEqual([told]);
  });

  it.each([null, -1, 7, 1e300, "soon", {}, SECONDS - 7_200, SECONDS + 41 * 86_400])(
    "whose end is said to be %j has an end that nobody knows",
    (resetsAt) => {
      expect(noticesOf(limit({ ...rejected, resetsAt }))).toMatchObject([{ kind: "limit", until: null }]);
    },
  );

  it("is none while it is far, or where the account pays by use beyond it", () => {
    const far = { ...rejected, status: "allowed", utilization: 0.5 };
    const paid = { ...rejected, overageStatus: "allowed", isUsingOverage: true };
    expect(noticesOf(limit(far), limit({ ...far, utilization: "much" }), limit(paid), limit({}))).toEqual([]);
  });

  it("is told of when it gets near and nearer, in shares or percents, and when it is far again", () => {
    const used = (utilization: number) => limit({ ...rejected, status: "allowed_warning", utilization });
    const told = (share: number) => ({ kind: "window", window: "five_hour", used: share, until: SECONDS * 1_000 });
    const heard = [0.5, 0.91, 0.95, 96, 98, 0.99, 3].map(used);
    expect(noticesOf(...heard)).toEqual([told(0.91), told(0.98), told(0.03)]);
  });

  it("is told once, and again when it ends at another time", () => {
    const later = { ...rejected, resetsAt: SECONDS + 60 };
    expect(noticesOf(limit(rejected), limit(rejected), limit(later))).toHaveLength(2);
    expect(noticesOf(limit(rejected), result(429, "You've hit your usage limit"))).toHaveLength(1);
  });

  it("is read in the words of older versions", () => {
    const words = `Claude AI usage limit reached|${SECONDS}`;
    expect(noticesOf(result(429, words))).toEqual([{ kind: "limit", until: SECONDS * 1_000, source: "error 429" }]);
    expect(noticesOf(result(429, "API Error: Request rejected (429) · usage limit reached"))).toMatchObject([
      { until: null },
    ]);
    expect(noticesOf(result(429, "rate_limit_error: too many requests a minute"))).toEqual([]);
    expect(noticesOf(result(400, "the usage limit reached of a parameter"))).toEqual([]);
  });
});

describe("an outage", () => {
  it("is told once, whether the program tries again or gives up", () => {
    expect(noticesOf(retry(529), retry(529), result(529, "Overloaded"))).toEqual([
      { kind: "outage", what: "overloaded" },
    ]);
    expect(noticesOf(result(503, "Service Unavailable"))).toEqual([{ kind: "outage", what: "down" }]);
  });

  it("is no other error", () => {
    expect(noticesOf(retry(500), retry(429), retry(null), result(401, "no"))).toEqual([]);
  });
});
