/** The scheduler against simulated tasks that succeed, fail, crash, ask, cost and are stopped, in any order. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { Simulation } from "../simulated-tasks.ts";

const amount = fc.record({ usd: fc.nat({ max: 5 }), tokens: fc.nat({ max: 500 }) });

/** Needs and preferences only point backwards, so that there is no cycle. */
const dag = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
      prefers: fc.array(fc.nat({ max: 30 }), { maxLength: 2 }),
      quorum: fc.option(fc.nat({ max: 3 }), { nil: null }),
      stream: fc.constantFrom("x", "y"),
      agent: fc.constantFrom(null, "p", "q"),
      uses: fc.dictionary(fc.constantFrom("db", "gpu"), fc.integer({ min: 1, max: 2 })),
      continueOnError: fc.boolean(),
      reserve: amount,
      expectedMs: fc.nat({ max: 500 }),
      pathMs: fc.nat({ max: 500 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((drafts) =>
    drafts.map((draft, at) => {
      const back = (indexes: number[]): number[] => (at === 0 ? [] : [...new Set(indexes.map((index) => index % at))]);
      const needs = back(draft.needs);
      const min = draft.quorum === null ? needs.length : Math.min(draft.quorum, needs.length);
      return {
        ...draft,
        needs,
        prefers: back(draft.prefers).filter((other) => !needs.includes(other)),
        min,
        require: needs.slice(0, min > 0 ? 1 : 0),
      };
    }),
  );

const limits = fc.record({
  concurrency: fc.integer({ min: 1, max: 4 }),
  streams: fc.record({ x: fc.integer({ min: 1, max: 3 }), y: fc.integer({ min: 1, max: 3 }) }),
  agents: fc.record({ p: fc.integer({ min: 1, max: 2 }) }),
  resources: fc.record({ db: fc.integer({ min: 2, max: 3 }), gpu: fc.constant(2) }),
  budget: fc.oneof(
    fc.constant({ mode: "warn" as const, usd: 1 }),
    fc.record({ mode: fc.constantFrom("soft" as const, "hard" as const), usd: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ mode: fc.constantFrom("soft" as const, "hard" as const), tokens: fc.integer({ min: 1, max: 3_000 }) }),
  ),
});

const act = fc.record({
  what: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom("done", "queue", "fail", "go on") },
    { weight: 10, arbitrary: fc.constant("send back") },
    { weight: 8, arbitrary: fc.constantFrom("ask", "crash", "cost", "correct", "advance") },
    { weight: 12, arbitrary: fc.constantFrom("claim", "claim", "renew", "giveBack", "giveAllBack") },
    { weight: 4, arbitrary: fc.constantFrom("raise", "stop") },
    { weight: 2, arbitrary: fc.constantFrom("stream", "open", "halfOpen", "close") },
    { weight: 1, arbitrary: fc.constantFrom("cancel", "lose", "break", "crash for good") },
  ),
  pick: fc.nat({ max: 1_000 }),
});

describe("the scheduler", () => {
  it("goes over no limit, starts nothing before its needs, gives each task one outcome, and ends", () => {
    fc.assert(
      fc.property(dag, limits, fc.array(act, { maxLength: 60 }), fc.boolean(), (drafts, given, acts, isIsolated) => {
        const simulation = new Simulation(drafts, given, isIsolated);
        simulation.begin();
        for (const { what, pick } of acts) simulation.act(what, pick);
        simulation.finish();
      }),
      { numRuns: 1_500 },
    );
  });
});
