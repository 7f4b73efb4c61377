/** The line that says why, out of what package managers, compilers and runners print. */
import { describe, expect, it } from "vitest";
import { explainOutput } from "../../../src/actors/gates/list-evidence.ts";

const lines = (...said: string[]): string => `${said.join("\n")}\n`;
const IN_SYNC =
  "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync. Please update.";

const SAID: [program: string, output: string, reason: string][] = [
  [
    "npm ci without a lock that fits",
    lines(
      "npm error code EUSAGE",
      "npm error",
      IN_SYNC,
      "npm error",
      "npm error Missing: b@file:libs/b from lock file",
      "npm error",
      "npm error Clean install a project",
      "npm error",
      "npm error Usage:",
      "npm error npm ci",
      "npm error",
      "npm error Options:",
      "npm error [--install-strategy <hoisted|nested|shallow|linked>]",
      "npm error",
      'npm error Run "npm help ci" for more info',
      "npm error A complete log of this run can be found in: /home/n/.npm/_logs/2026-debug-0.log",
    ),
    IN_SYNC,
  ],
  [
    "npm whose script fails",
    lines(
      "> x@1.0.0 prepare",
      "throw new Error('boom')",
      "^",
      "",
      "Error: boom",
      "    at Object.<anonymous> (/x/build.js:1:7)",
      "",
      "Node.js v20.19.0",
      "npm ERR! code 1",
      "npm ERR! path /x",
      "npm ERR! command failed",
      "npm ERR! command sh -c node build.js",
      "",
      "npm ERR! A complete log of this run can be found in:",
      "npm ERR! /home/n/.npm/_logs/2026-debug-0.log",
    ),
    "Error: boom",
  ],
  [
    "pnpm",
    lines(
      ' ERR_PNPM_OUTDATED_LOCKFILE Cannot install with "frozen-lockfile"',
      "",
      "Note that in CI environments this setting is true by default.",
      " ELIFECYCLE Command failed with exit code 1.",
    ),
    'ERR_PNPM_OUTDATED_LOCKFILE Cannot install with "frozen-lockfile"',
  ],
  [
    "yarn",
    lines(
      "yarn install v1.22.22",
      "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
      "info Visit https://yarnpkg.com/en/docs/cli/install for documentation about this command.",
    ),
    "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
  ],
  [
    "yarn, the newer",
    lines(
      "➤ YN0000: ┌ Resolution step",
      "➤ YN0028: │ The lockfile would have been modified by this install, which is explicitly forbidden.",
      "➤ YN0000: └ Completed",
      "➤ YN0000: Failed with errors in 0s 51ms",
    ),
    "➤ YN0028: │ The lockfile would have been modified by this install, which is explicitly forbidden.",
  ],
  [
    "pip",
    lines(
      "ERROR: Could not find a version that satisfies the requirement nope (from versions: none)",
      "ERROR: No matching distribution found for nope",
      "",
      "[notice] A new release of pip is available: 24.0 -> 25.0",
      "[notice] To update, run: pip install --upgrade pip",
    ),
    "ERROR: Could not find a version that satisfies the requirement nope (from versions: none)",
  ],
  [
    "uv",
    lines("  × No solution found when resolving dependencies:", "  ╰─▶ Because nope was not found, it cannot be had."),
    "× No solution found when resolving dependencies: ╰─▶ Because nope was not found, it cannot be had.",
  ],
  [
    "Python",
    lines("Traceback (most recent call last):", '  File "a.py", line 1', "ModuleNotFoundError: No module named 'x'"),
    "ModuleNotFoundError: No module named 'x'",
  ],
  [
    "cargo",
    lines(
      "   Compiling a v0.1.0",
      "error[E0308]: mismatched types",
      " --> src/main.rs:2:18",
      "  |",
      '2 |     let x: i32 = "";',
      "",
      "For more information about this error, try `rustc --explain E0308`.",
      'error: could not compile `a` (bin "a") due to 1 previous error',
    ),
    "error[E0308]: mismatched types",
  ],
  [
    "go test",
    lines("--- FAIL: TestX (0.00s)", "    x_test.go:5: got 1", "FAIL", "FAIL\texample.com/x\t0.002s", "FAIL"),
    "--- FAIL: TestX (0.00s)",
  ],
  ["go build", lines("# example.com/x", "./main.go:3:2: undefined: foo"), "./main.go:3:2: undefined: foo"],
  [
    "make",
    lines("gcc -c a.c", "a.c:1:1: error: unknown type", "make: *** [Makefile:2: a.o] Error 1"),
    "a.c:1:1: error: unknown type",
  ],
  [
    "gradle",
    lines(
      "FAILURE: Build failed with an exception.",
      "* What went wrong:",
      "Could not resolve all files for configuration ':compileClasspath'.",
      "* Try:",
      "> Run with --stacktrace option to get the stack trace.",
      "BUILD FAILED in 1s",
    ),
    "* What went wrong: Could not resolve all files for configuration ':compileClasspath'.",
  ],
  [
    "TAP",
    lines("ok 1 - a", "not ok 2 - b", "  ---", "  message: no", "  ...", "not ok 3 - c # TODO", "1..3", "# fail 1"),
    "not ok 2 - b",
  ],
  ["a script that says it plainly", lines("looks well", "dep is broken"), "dep is broken"],
  [
    "a script that went on after an error",
    lines("error: no cache", ...Array.from({ length: 20 }, (_, at) => `step ${at}`), "fatal: no such remote"),
    "fatal: no such remote",
  ],
  ["a program that says nothing else", lines("npm error code 1", "npm error"), "npm error"],
];

describe("explainOutput", () => {
  it.each(SAID)("finds why %s failed", (_program, output, reason) => {
    expect(explainOutput(output).reason).toBe(reason);
  });

  it.each(SAID)("keeps the last lines of %s as evidence, and why among them", (_program, output, reason) => {
    const { evidence } = explainOutput(output);
    const last = output.trimEnd().split("\n").at(-1)?.trim();
    expect(evidence.length).toBeLessThanOrEqual(10);
    expect(evidence.at(-1)?.trim()).toBe(last);
    expect(evidence.some((line) => reason.startsWith(line.trim()))).toBe(true);
  });

  it("says nothing of nothing", () => {
    expect(explainOutput("\n \n")).toEqual({ reason: null, evidence: [] });
  });
});
