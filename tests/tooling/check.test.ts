/** `npm run check` and the last line of CI, with stand-ins for the steps. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STEPS = ["biome", "typecheck", "depcruise", "eslint", "knip", "test", "coverage", "build", "publint"];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pleach-check-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the check in a package whose steps do nothing, but for those named. */
function check(steps: Record<string, string>, flags: string[] = []) {
  mkdirSync(join(folder, "scripts"), { recursive: true });
  cpSync(join(ROOT, "scripts/check.mjs"), join(folder, "scripts/check.mjs"));
  const scripts = { ...Object.fromEntries(STEPS.map((step) => [step, "true"])), ...steps };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "x", version: "1.0.0", scripts }));
  const done = spawnSync(process.execPath, ["scripts/check.mjs", ...flags], { cwd: folder, encoding: "utf8" });
  return { code: done.status, lines: done.stdout.trim().split("\n"), err: done.stderr };
}

/** Runs CI's summary on a report of the tests. */
function summarise(report: unknown, tests: number, checked: number) {
  const file = join(folder, "tests.json");
  writeFileSync(file, JSON.stringify(report));
  const args = [join(ROOT, ".ci/summary.mjs"), file, String(tests), String(checked)];
  const done = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { code: done.status, last: done.stdout.trim().split("\n").at(-1) };
}

describe("npm run check", () => {
  it("runs every step in order, a line each with its time", () => {
    const { code, lines } = check({});
    expect(code).toBe(0);
    expect(lines.map((line) => line.replace(/ +\d+\.\d s$/, ""))).toEqual(STEPS.map((step) => `✓ ${step}`));
  });

  it("stops at the first red step with its output", () => {
    const { code, lines } = check({ eslint: "echo what is wrong; exit 3", knip: "echo never said" });
    expect(code).toBe(1);
    expect(lines).toContain("what is wrong");
    expect(lines.at(-1)).toBe("check: red at eslint; run it alone with: npm run eslint");
    expect(lines.join("\n")).not.toContain("knip");
  });

  it("leaves the tests out only when it is told to, and says so", () => {
    const failing = { test: "exit 1" };
    expect(check(failing).code).toBe(1);
    const { code, lines } = check(failing, ["--without-tests"]);
    expect(code).toBe(0);
    expect(lines).toContain("- test       left out");
    expect(check({}, ["--without-test"])).toMatchObject({ code: 2 });
  });

  it("has a script of its own for each step", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(STEPS));
  });
});

describe("CI", () => {
  it("runs the test command that the README names", () => {
    const command = "npm ci && npm test";
    expect(readFileSync(join(ROOT, "README.md"), "utf8")).toMatch(new RegExp(`\\n${command}\\s`));
    expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toContain(`\n${command} ||`);
  });

  const green = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, testResults: [] };
  const unloaded = { ...green, testResults: [{ status: "failed", assertionResults: [] }] };
  it.each([
    ["everything is green", green, 0, 0, "6 passed, 0 failed", 0],
    ["tests are red", { ...green, numFailedTests: 2 }, 1, 0, "6 passed, 2 failed", 1],
    ["a test file could not be loaded", unloaded, 1, 0, "6 passed, 1 failed", 1],
    ["the test command failed outside of every test", green, 1, 0, "6 passed, 1 failed", 1],
    ["the check is red", green, 0, 1, "5 passed, 1 failed", 1],
    ["there is no report", null, 0, 0, "1 passed, 1 failed", 1],
  ])("ends with an honest count when %s", (_when, report, tests, checked, last, code) => {
    expect(summarise(report, tests, checked)).toEqual({ code, last });
  });
});
