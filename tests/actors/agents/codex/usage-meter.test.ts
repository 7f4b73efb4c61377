/** What Codex' threads use, as it comes, whatever their totals do. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageMeter } from "../../../../src/actors/agents/codex/usage-meter.ts";
import { totalOf } from "../../../../src/actors/agents/session-summary.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";
import { workWith } from "./fake-server.ts";

const used = (inputTokens: unknown, outputTokens: unknown = 0, cachedInputTokens: unknown = 0) => ({
  inputTokens,
  outputTokens,
  cachedInputTokens,
});
const update = (total: object, last: object = total) => ({ total, last });
const count = (meter: UsageMeter, ...updates: object[]) => updates.map((each) => totalOf(meter.count("th", each)));

describe("the running total of a thread", () => {
  it("is counted by what comes on top; a total that is told again is nothing new", () => {
    const first = update(used(1_000, 50));
    expect(count(new UsageMeter(), first, first, update(used(2_000, 100), used(1_000, 50)))).toEqual([1_050, 0, 1_050]);
  });

  it("holds what came from the cache within its input, and prices it apart", () => {
    const tokens = new UsageMeter().count("th", update(used(1_000, 50, 800)));
    expect(tokens).toEqual({ input: 200, cached: 800, output: 50 });
  });

  it("that falls is not counted once more: only the last call can be new", () => {
    const full = { ...used(0, 0), totalTokens: 258_400 };
    expect(count(new UsageMeter(), update(used(5_000, 50)), update(full, used(0)))).toEqual([5_050, 0]);
    const back = update(used(3_000, 30), used(1_000, 10));
    expect(count(new UsageMeter(), update(used(5_000, 50)), back)).toEqual([5_050, 1_010]);
  });

  it.each([[used(-1_000, -50)], [used("many", null)], [used(Number.NaN)], [{}]])(
    "that is no count is none: %j",
    (odd) => {
      expect(count(new UsageMeter(), update(odd), update(used(1_000, 50)))).toEqual([0, 1_050]);
    },
  );

  it("of a thread that goes on begins at what was counted; where nobody knows that, with its last call", () => {
    const meter = new UsageMeter();
    meter.resume("th", { input: 1_000, cached: 0, output: 50 });
    const next = update(used(2_000, 100), used(900, 45));
    expect(count(meter, next)).toEqual([1_050]);
    meter.resume("th", null);
    expect(count(meter, next)).toEqual([945]);
  });
});

describe("an attempt that goes on with its thread", () => {
  let attempt: Attempt;
  beforeEach(() => {
    attempt = makeAttempt();
  });
  afterEach(() => attempt.remove());

  it("costs what came on top, at the price of pleach.yaml, call by call", async () => {
    const agent = { price: { input: 1, output: 10 } };
    await workWith(attempt, `turn = async () => { used(tokens(1000, 50)); used(tokens(2000, 100)); };`, { agent });
    const costs = () => attempt.reports.filter(({ kind }) => kind === "cost");
    const once = { kind: "cost", usd: expect.closeTo(0.0015), tokens: 1_050 };
    expect(costs()).toEqual([once, once]);
    // It tells its total before anything is asked of it: what an earlier attempt has paid, whatever else is known of it.
    rmSync(join(attempt.base, "home"), { recursive: true });
    const again = `replies["thread/resume"] = () => { setImmediate(() => used(tokens(2000, 100))); return { thread: { id: "th" } }; };
      turn = async () => { used(tokens(3000, 150)); };`;
    await workWith(attempt, again, { agent, request: { session: "th" } });
    expect(costs()).toEqual([once, once, once]);
    // A version that does not tell it: the note of the attempt before knows.
    await workWith(attempt, `turn = async () => { used(tokens(4000, 200)); };`, { agent, request: { session: "th" } });
    expect(costs()).toEqual([once, once, once, once]);
  });

  it("counts what its sub-agents use, and takes no end of theirs for its own", async () => {
    const code = `turn = async () => {
      used(tokens(1000, 50));
      const own = thread; thread = "sub";
      used(tokens(500, 10)); used(tokens(700, 20)); finish();
      thread = own;
      await new Promise((resolve) => setTimeout(resolve, 50));
      item("completed", { type: "agentMessage", id: "m", text: "Now I am done." });
    };`;
    await workWith(attempt, code);
    const tokens = attempt.reports.flatMap((each) => (each.kind === "cost" ? [each.tokens] : []));
    expect(tokens).toEqual([1_050, 510, 210]);
    expect(attempt.transcript()).toContain("Now I am done.");
  });
});
