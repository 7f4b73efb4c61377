/** How accounts and services of agents are told of: weather as weather, failures as failures, and times as people read them. */
import { describe, expect, it } from "vitest";
import type { FactData, FactType } from "../../src/protocol/facts.ts";
import { tellEvent } from "../../src/protocol/tell-event.ts";
import type { AgentFailure } from "../../src/protocol/values.ts";

/** 03:10 in UTC. */
const UNTIL = Date.UTC(2026, 11, 1, 3, 10);

function told<Type extends FactType>(type: Type, data: FactData[Type], actor = "task:a"): [string, string] {
  const fact = tellEvent({ actor, type, data });
  return [fact?.tone ?? "", fact?.words ?? ""];
}

const exit = (kind: AgentFailure["kind"] | null, faultOf: "work" | "agent" = "agent"): [string, string] =>
  told("agent.exited", {
    ...{ ok: false, code: null, signal: "SIGTERM", reason: null, faultOf, durationMs: 1, timedOut: false },
    transcript: { path: "out/a.log", bytes: 0, sha256: "", truncated: false },
    failure: kind === null ? null : { kind, hint: "Wait.", isFinal: false, retryAfterMs: null },
  });

describe("an attempt", () => {
  it("that its service refuses to serve has not failed", () => {
    expect(exit("rateLimit")).toEqual(["warn", "its service does not serve it now: "]);
    expect(exit("overloaded")).toEqual(["warn", "its service does not serve it now: "]);
  });

  it("has failed otherwise, whatever is said of its work", () => {
    expect(exit("api")).toEqual(["bad", "work failed: exited with SIGTERM"]);
    expect(exit(null)).toEqual(["bad", "work failed: exited with SIGTERM"]);
    expect(exit("rateLimit", "work")).toEqual(["bad", "work failed: exited with SIGTERM"]);
  });
});

describe("an account", () => {
  const held = { account: "claude", until: UNTIL, waitMs: 8_040_000, source: "You've hit your limit" };

  it("that is held back says until when, and whether that is known", () => {
    expect(told("account.held", { ...held, what: "limit", named: true }, "run")).toEqual([
      "warn",
      "claude waits for its usage limit until 03:10 UTC (2h 14m)",
    ]);
    expect(told("account.held", { ...held, what: "outage", named: false }, "run")).toEqual([
      "warn",
      "claude is not served for now until 03:10 UTC (asked again in 2h 14m)",
    ]);
  });

  it("is asked again, and served again", () => {
    expect(told("account.tried", { account: "claude", what: "limit" }, "run")[1]).toBe(
      "claude is asked again whether it serves",
    );
    expect(told("agent.unlimited", { account: "claude", what: "limit", forMs: 60_000 }, "run")).toEqual([
      "good",
      "claude is served again, after 1m 00s",
    ]);
  });

  it("says how much of a window is used, and when that begins anew", () => {
    const use = { agent: "claude", window: "five_hour", until: UNTIL };
    expect(told("account.used", { ...use, used: 0.938 })).toEqual([
      "warn",
      "93 % of the usage limit of agent claude (five_hour) is used; it begins anew at 03:10 UTC",
    ]);
    expect(told("account.used", { ...use, used: 0.1, until: null })).toEqual([
      "plain",
      "10 % of the usage limit of agent claude (five_hour) is used",
    ]);
  });

  it("that reached its limit is named where it has a name", () => {
    const limit = { agent: "codex", until: null, source: "an error" };
    expect(told("agent.limited", { ...limit, account: null })[1]).toBe("agent codex has reached a usage limit");
    expect(told("agent.limited", { ...limit, until: UNTIL, account: "team" })[1]).toBe(
      "agent codex has reached a usage limit of team until 03:10 UTC",
    );
  });
});

it("a service is down, or has too much to do", () => {
  const outage = { agent: "codex", until: null };
  expect(told("agent.outage", { ...outage, what: "down" })[1]).toBe("the service of agent codex is down");
  expect(told("agent.outage", { ...outage, what: "overloaded", until: UNTIL })[1]).toBe(
    "the service of agent codex has too much to do until 03:10 UTC",
  );
});

it("what was used is told in dollars and tokens, also where neither was said", () => {
  expect(told("cost.reported", { usd: 1.5, tokens: 10, estimatedUsd: 0.5 })[1]).toBe("cost ~$1.50, 10 tokens");
  expect(told("cost.reported", {})[1]).toBe("cost $0.00, 0 tokens");
});
