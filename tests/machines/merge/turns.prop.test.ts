/** Tasks that change the same files, and run again when they are sent back, in any order of work, answers and mishaps. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Crowd, type Move, type Nature } from "./crowd.ts";

const nature = (files: readonly string[]): fc.Arbitrary<Nature> =>
  fc.record({
    files: fc.subarray([...files], { minLength: 1 }),
    clash: fc.constantFrom("conflicts" as const, "turns red" as const),
  });

const natures = (files: readonly string[]) => fc.array(nature(files), { minLength: 2, maxLength: 10 });

const moves = (acts: readonly Move["act"][]): fc.Arbitrary<Move[]> =>
  fc.array(fc.record({ act: fc.constantFrom(...acts), pick: fc.nat({ max: 20 }) }), { maxLength: 80 });

/** Lets everybody come to an end, in the order that these say. */
function drain(crowd: Crowd, picks: readonly number[]): void {
  for (let rounds = 0; !crowd.isOver; rounds++) {
    expect(rounds, "the crowd comes to no end").toBeLessThan(2_000);
    const pick = picks[rounds % picks.length] ?? 0;
    crowd.play({ act: "finish", pick });
    crowd.play({ act: "answer", pick });
    crowd.play({ act: "decide", pick });
  }
}

const picks = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 20 });

describe("tasks that are sent back", () => {
  it("are merged at the second try where all change one file", () => {
    fc.assert(
      fc.property(natures(["a"]), moves(["finish", "answer"]), picks, (tasks, some, order) => {
        const crowd = new Crowd(tasks);
        for (const move of some) crowd.play(move);
        drain(crowd, order);
        expect(crowd.landed).toHaveLength(tasks.length);
        expect(Math.max(...crowd.attempts)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });

  it("are all merged where they share files crosswise, each tried a few times at most", () => {
    fc.assert(
      fc.property(natures(["a", "b", "c"]), moves(["finish", "answer"]), picks, (tasks, some, order) => {
        const crowd = new Crowd(tasks);
        for (const move of some) crowd.play(move);
        drain(crowd, order);
        expect(crowd.landed).toHaveLength(tasks.length);
        expect(Math.max(...crowd.attempts)).toBeLessThanOrEqual(4);
      }),
      { numRuns: 400 },
    );
  });

  it("wait for nobody that does not come back: who ends, crashes, or waits for a person", () => {
    const acts = ["finish", "answer", "finish", "answer", "end", "crash", "ask", "decide", "fail"] as const;
    fc.assert(
      fc.property(natures(["a", "b", "c"]), moves(acts), picks, (tasks, some, order) => {
        const crowd = new Crowd(tasks);
        for (const move of some) crowd.play(move);
        drain(crowd, order);
        expect(crowd.landed.length + crowd.ended).toBe(tasks.length);
      }),
      { numRuns: 800 },
    );
  });
});
