/** Tests that a change takes away, skips or weakens, as their text tells. */
import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../../../src/actors/gates/gate-changes.ts";
import { listGateInputs } from "../../../src/actors/gates/gate-inputs.ts";
import { listTestLosses } from "../../../src/actors/gates/test-losses.ts";
import type { Gate } from "../../../src/plan/model.ts";

type Files = Record<string, [before: string | null, after: string | null]>;
const changesOf = (files: Files): ChangedFile[] =>
  Object.entries(files).map(([path, [before, after]]) => ({ path, before, after }));
const lose = (files: Files): string[] => listTestLosses(changesOf(files)).map(({ kind, of }) => `${kind} ${of}`);

const JS = 'test("adds", () => { expect(add(1, 2)).toBe(3); });\n';
const PYTHON = "def test_adds():\n    assert add(1, 2) == 3\n";

describe("is told as lost", () => {
  it.each<[what: string, files: Files, lost: string[]]>([
    ["a test file that is deleted", { "a.test.js": [JS, null] }, ["deleted a.test.js"]],
    [
      "a test of JavaScript",
      { "a.test.js": [JS + JS.replace("adds", "b"), JS] },
      ["removed a.test.js", "weakened a.test.js"],
    ],
    ["a test that is commented out", { "a.test.js": [JS, `// ${JS}`] }, ["removed a.test.js", "weakened a.test.js"]],
    ["a test in a block comment", { "a.test.js": [JS, `/*\n${JS}*/\n`] }, ["removed a.test.js", "weakened a.test.js"]],
    [
      "a test of Python",
      { "tests/test_a.py": [PYTHON, "x = 1\n"] },
      ["removed tests/test_a.py", "weakened tests/test_a.py"],
    ],
    ["a test of Go", { "a_test.go": ["func TestA(t *testing.T) {\n}\n", "\n"] }, ["removed a_test.go"]],
    ["a test of Rust", { "tests/a.rs": ["#[test]\nfn adds() {\n}\n", "fn adds() {\n}\n"] }, ["removed tests/a.rs"]],
    ["a test of Java", { "ATest.java": ["@Test\nvoid adds() {}\n", "void adds() {}\n"] }, ["removed ATest.java"]],
    ["one that is skipped", { "a.test.js": [JS, JS.replace("test(", "test.skip(")] }, ["skipped a.test.js"]],
    [
      "one that xit takes out",
      { "a.spec.js": ['it("a", f)', 'xit("a", f)'] },
      ["removed a.spec.js", "skipped a.spec.js"],
    ],
    [
      "a module that a mark takes out",
      { "test_a.py": [PYTHON, `pytestmark = pytest.mark.skip\n${PYTHON}`] },
      ["skipped test_a.py"],
    ],
    [
      "one that Go skips",
      { "a_test.go": ["func TestA(t *T) {\n}", "func TestA(t *T) {\n t.Skip()\n}"] },
      ["skipped a_test.go"],
    ],
    [
      "one that Java ignores",
      { "ATest.java": ["@Test\nvoid a() {}", "@Ignore @Test\nvoid a() {}"] },
      ["skipped ATest.java", "removed ATest.java"].slice(0, 1),
    ],
    [
      "one that asserts less",
      { "a.test.js": [JS, JS.replace("expect(add(1, 2)).toBe(3);", "")] },
      ["weakened a.test.js"],
    ],
  ])("%s", (_what, files, lost) => {
    expect(lose(files)).toEqual(expect.arrayContaining(lost));
    expect(lose(files).length).toBeGreaterThan(0);
  });

  it.each<[what: string, files: Files]>([
    ["a test that moved to another file", { "a.test.js": [JS, null], "b.test.js": [null, JS] }],
    ["a test that moved and was edited", { "a.test.js": [JS, null], "b.test.js": [null, JS.replace("1, 2", "2, 1")] }],
    ["a new test", { "a.test.js": [null, JS] }],
    ["one that asserts more", { "a.test.js": [JS, `${JS}expect(1).toBe(1);\n`] }],
    ["what is no test", { "src/a.js": ["expect(1)", null] }],
  ])("%s is not", (_what, files) => {
    expect(lose(files)).toEqual([]);
  });

  it("nothing slowly: a megabyte of whatever might be one is read in a moment", () => {
    for (const piece of ["it('", "/*", "@Test\n", "expect", "test.skip", "\n", "#[test]\n", "def test"]) {
      expect(() => lose({ "a.test.js": [piece.repeat(1_000_000 / piece.length), "x"] })).not.toThrow();
    }
  });
});

describe("what gates run or go by", () => {
  const gate = (run: string, more: Partial<Gate> = {}): Gate => ({
    ...{ name: "test", run, required: true, at: ["merge"], timeoutMs: 1 },
    ...more,
  });
  const inputs = (files: Files, gates: Gate[], runners: { path: string; text: string }[] = []): string[] =>
    listGateInputs(changesOf(files), gates, runners).map(({ path, why }) => `${path} ${why}`);

  it("is what its command names, what that calls, configuration and what other machines check", () => {
    const text = JSON.stringify({ scripts: { test: "sh scripts/t.sh && node ./tools/x.js" } });
    const files: Files = {
      "check.sh": [null, "1"],
      "scripts/t.sh": ["1", "2"],
      "tools/x.js": ["1", null],
      "vitest.config.ts": [null, "1"],
      ".github/workflows/ci.yml": ["1", "2"],
      "package.json": ['{"version":"1"}', '{"version":"2"}'],
      "src/a.js": ["1", "2"],
    };
    expect(inputs(files, [gate("npm test && sh check.sh")], [{ path: "package.json", text }])).toEqual([
      "check.sh command",
      "scripts/t.sh script",
      "tools/x.js script",
      "vitest.config.ts configuration",
      ".github/workflows/ci.yml ci",
    ]);
  });

  it("is told by a file's own name, also where that is one that every object has", () => {
    const names = ["constructor", "toString"];
    const files: Files = Object.fromEntries(names.map((name): [string, Files[string]] => [name, ["1", "2"]]));
    expect(inputs(files, [gate("npm test")])).toEqual([]);
  });
});
