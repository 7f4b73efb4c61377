/** Runs a suite that belongs to no test framework. */
import { describe, it } from "vitest";
import type { ConformanceCase } from "../../src/testing/conformance/conformance-case.ts";

/** One test a case; `what` is what keeps the promises. */
export function describeCases(what: string, cases: readonly ConformanceCase[]): void {
  describe(what, () => {
    for (const { name, run } of cases) it(name, run);
  });
}
