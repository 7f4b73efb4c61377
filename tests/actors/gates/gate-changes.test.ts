/** What is said of a change that edits what gates run. */
import { describe, expect, it } from "vitest";
import { type ChangedFile, describeGateChanges, mayConcernGates } from "../../../src/actors/gates/gate-changes.ts";
import type { Gate } from "../../../src/plan/model.ts";

const gate = (run: string, more: Partial<Gate> = {}): Gate => ({
  ...{ name: "test", run, required: true, at: ["merge"], timeoutMs: 1 },
  ...more,
});
const GATES = [gate("npm test"), gate("sh ./scripts/check.sh && node tools/lint.js --fix")];

const tell = (files: Record<string, [before: string | null, after: string | null]>, gates = GATES): string | null => {
  const changes: ChangedFile[] = Object.entries(files).map(([path, [before, after]]) => ({ path, before, after }));
  return describeGateChanges(
    changes.filter(({ path }) => mayConcernGates(path, gates)),
    gates,
  );
};

describe("a change of", () => {
  it("a file that a gate's command names edits what it runs, but not a new one; so in the gate's own folder", () => {
    expect(tell({ "scripts/check.sh": ["exit 1", "exit 0"], "src/a.js": ["1", "2"] })).toBe(
      "changes what gates run: edits scripts/check.sh",
    );
    expect(tell({ "tools/lint.js": ["1", null] })).toContain("edits tools/lint.js");
    expect(tell({ "tools/lint.js": [null, "1"] })).toBeNull();
    expect(tell({ "scripts/check.sh": ["1", "2"] }, [gate("sh check.sh", { cwd: "scripts" })])).toContain("check.sh");
    expect(tell({ "check.sh": ["1", "2"] }, [gate("sh check.sh", { cwd: "scripts" })])).toBeNull();
  });

  it.each([
    ["package.json", '{"version":"1","scripts":{"test":"mocha"}}', '{"version":"1","scripts":{"test":"true"}}'],
    ["packages/a/package.json", '{"jest":{"bail":true}}', '{"jest":{"testPathIgnorePatterns":["x"]}}'],
    ["pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-q'\n", "[tool.pytest.ini_options]\naddopts = '-k a'\n"],
    ["vitest.config.ts", "1", "2"],
    ["Makefile", "test:\n\tgo test ./...\n", "test:\n\ttrue\n"],
    [".mocharc.json", "{}", '{"grep":"x"}'],
    ["tests/conftest.py", "1", null],
    ["web/tsconfig.json", '{"strict":true}', '{"strict":false}'],
  ])("%s edits what gates run", (path, before, after) => {
    expect(tell({ [path]: [before, after] })).toContain(`edits ${path}`);
  });

  it.each([
    ["package.json", '{"scripts":{"test":"mocha"},"version":"1"}', '{"version":"2","scripts":{"test":"mocha"}}'],
    [
      "pyproject.toml",
      "[project]\nversion = '1'\n[tool.pytest]\na = 1\n",
      "[project]\nversion = '2'\n[tool.pytest]\na = 1\n",
    ],
    ["Makefile", null, "all:\n"],
    ["src/index.ts", "1", "2"],
    ["src/testing.ts", "1", null],
  ])("%s that leaves checks alone is not told", (path, before, after) => {
    expect(tell({ [path]: [before, after] })).toBeNull();
  });

  it.each([
    ["test/a.test.js", "it('a', f)", "it.skip('a', f)"],
    ["src/a.spec.ts", "describe('a', f)", "describe.only('a', f)"],
    ["a_test.go", "func TestA(t *testing.T) {", 'func TestA(t *testing.T) { t.Skip("later")'],
    ["test_a.py", "def test_a():", "@pytest.mark.skip\ndef test_a():"],
    ["src/test/java/ATest.java", "@Test void a()", "@Disabled @Test void a()"],
    ["tests/a.rs", "#[test]\nfn a()", "#[test]\n#[ignore]\nfn a()"],
    ["spec/a_spec.rb", "it 'a'", "xit ('a')"],
  ])("%s that skips a test is told", (path, before, after) => {
    expect(tell({ [path]: [before, after] })).toBe(`changes what gates run: skips tests in ${path}`);
    expect(tell({ [path]: [after, before] })).toBeNull();
    expect(tell({ [path]: [after, `${after}\n// more`] })).toBeNull();
  });

  it("tests that deletes them is told with their number, but not where they are moved", () => {
    const removed: Record<string, [string, null]> = {};
    for (const name of ["a", "b", "c", "d"]) removed[`test/${name}.js`] = [name, null];
    expect(tell(removed)).toBe(
      "changes what gates run: deletes 4 test files (test/a.js, test/b.js, test/c.js and 1 more)",
    );
    expect(tell({ "test/a.js": ["same", null], "test/unit/a.js": [null, "same"] })).toBeNull();
  });

  it("anything is not told where there is no gate", () => {
    expect(tell({ "test/a.test.js": ["x", null], "package.json": ["{}", null] }, [])).toBeNull();
  });
});

it("takes a step for a character of a text, whatever that is made of", () => {
  const long = "it.".repeat(200_000) + "@pytest.mark.".repeat(50_000) + "#[".repeat(100_000);
  expect(tell({ "test/a.js": ["", long] })).toBeNull();
});
