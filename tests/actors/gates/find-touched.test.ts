/** Which of the tests that failed a change touches: nobody is excused by a guess. */
import { describe, expect, it } from "vitest";
import { findTouched } from "../../../src/actors/gates/find-touched.ts";
import type { FailedTest } from "../../../src/protocol/gate-values.ts";

const FILES = [
  "src/cart.js",
  "tests/cart.test.js",
  "tests/test_cart.py",
  "src/test/java/com/acme/CartTest.java",
  "pkg/cart_test.go",
  "web/tests/page.spec.ts",
  "features/buy.feature",
];
const NAMED: FailedTest = { name: "adds" };

function touched(
  test: FailedTest,
  changed: string[],
  { after = "", cwd }: { after?: string; cwd?: string | undefined } = {},
) {
  const texts = changed.map((path) => ({ path, before: null, after }));
  return findTouched({ tests: [test], changed, texts, files: [...FILES, ...changed], cwd }).length > 0;
}

describe("a test that failed", () => {
  it.each<[string, FailedTest, string, string?]>([
    ["is in a file that its report names", { name: "adds", file: "tests/cart.test.js" }, "tests/cart.test.js"],
    ["in the gate's own folder", { name: "adds", file: "tests/page.spec.ts" }, "web/tests/page.spec.ts", "web"],
    ["by an absolute path", { name: "adds", file: "/tmp/r/@merge/tests/cart.test.js" }, "tests/cart.test.js"],
    ["that is no program", { name: "buys", file: "./features/buy.feature" }, "features/buy.feature"],
    ["in a file that stands as its class", { name: "adds", group: "tests/cart.test.js" }, "tests/cart.test.js"],
    ["in a module of Python", { name: "test_adds", group: "tests.test_cart.TestCart" }, "tests/test_cart.py"],
    ["in a class of Java", { name: "adds", group: "com.acme.CartTest$Inner" }, "src/test/java/com/acme/CartTest.java"],
  ])("%s: touched where that is changed, and not where other tests are", (_where, test, file, cwd) => {
    expect(touched(test, [file], { cwd })).toBe(true);
    expect(touched(test, ["tests/other.test.js"], { after: "adds", cwd })).toBe(false);
    expect(touched(test, ["src/cart.js"], { after: "adds", cwd })).toBe(false);
  });

  it("that cannot be found in the tree is touched where the change touches any tests, or names it", () => {
    for (const test of [
      NAMED,
      { name: "TestAdds", group: "example.com/shop/pkg" },
      { name: "adds", file: "gone.js" },
    ]) {
      expect(touched(test, ["pkg/cart_test.go"])).toBe(true);
      expect(touched(test, ["src/cart.rs"], { after: `fn ${test.name}() {}` })).toBe(true);
      expect(touched(test, ["src/cart.rs"], { after: "fn other() {}" })).toBe(false);
    }
    expect(touched({ name: "cart > adds" }, ["src/cart.rs"], { after: "it('adds')" })).toBe(true);
    expect(touched({ name: "adds[2-3]" }, ["src/cart.rs"], { after: "def adds" })).toBe(true);
  });

  it("and is not named at all is touched where the change touches any tests, by their files", () => {
    const of = (changed: string[]) => findTouched({ tests: null, changed, texts: [], files: FILES });
    expect(of(["src/cart.js"])).toEqual([]);
    expect(of(["src/cart.js", "tests/cart.test.js"])).toEqual(["tests/cart.test.js"]);
  });
});
