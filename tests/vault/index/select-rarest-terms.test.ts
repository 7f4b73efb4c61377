/** Which terms of a long question are asked for: those that occur at all, the rarest of them first. */
import { describe, expect, it } from "vitest";
import { selectRarestTerms } from "../../../src/vault/index/select-rarest-terms.ts";

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${name}${at}`);

describe("the terms of a question", () => {
  it("that no note holds do not crowd out the one that some do", () => {
    const terms = [...numbered("unknown", 60), "known"];
    expect(selectRarestTerms(terms, (term) => (term === "known" ? 7 : 0))).toEqual(["known"]);
  });

  it("are the rarest forty-eight, rarest first, and else in the order in which they were asked", () => {
    const terms = ["often", ...numbered("rare", 50), "once"];
    const counts = new Map([
      ["often", 90],
      ["once", 1],
    ]);
    const selected = selectRarestTerms(terms, (term) => counts.get(term) ?? 2);
    expect(selected).toEqual(["once", ...numbered("rare", 47)]);
  });
});
