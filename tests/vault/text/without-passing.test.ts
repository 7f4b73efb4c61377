/** What is left of the output of a test runner without what it says of tests that pass. */
import { describe, expect, it } from "vitest";
import { withoutPassing } from "../../../src/vault/text/without-passing.ts";

const many = (line: string): string[] => Array.from({ length: 12 }, () => line);

describe("an output", () => {
  it.each([
    ["TAP", "ok 1 - adds"],
    ["vitest, mocha", "  ✓ adds"],
    ["jest", "PASS src/add.test.js"],
    ["go test", "--- PASS: TestAdd (0.00s)"],
    ["go test -v", "=== RUN   TestAdd"],
    ["cargo test", "test add::works ... ok"],
    ["pytest -v", "tests/test_add.py::test_add PASSED"],
    ["node:test", "# Subtest: adds"],
  ])("loses the lines of %s on tests that passed", (_runner, line) => {
    expect(withoutPassing([...many(line), "1 failed: divides"].join("\n"))).toBe("1 failed: divides");
  });

  it("loses what TAP says of each that passed, and keeps what it says of one that did not", () => {
    const detail = ["  ---", "  duration_ms: 1", "  ..."];
    const passed = Array.from({ length: 4 }, (_, n) => [`ok ${n} - adds`, ...detail]).flat();
    const failed = ["not ok 5 - divides", "  ---", "  error: by zero", "  ..."];
    expect(withoutPassing([...passed, ...failed].join("\n"))).toBe(failed.join("\n"));
  });

  it("keeps a test that is to be written", () => {
    expect(withoutPassing([...many("ok 1 - adds"), "ok 2 # TODO later"].join("\n"))).toBe("ok 2 # TODO later");
  });

  it("stays as it is when it is short, or says of nothing but tests that passed", () => {
    const short = "ok 1 - adds\nok 2 - divides";
    expect(withoutPassing(short)).toBe(short);
    const green = many("ok 1 - adds").join("\n");
    expect(withoutPassing(green)).toBe(green);
  });
});
