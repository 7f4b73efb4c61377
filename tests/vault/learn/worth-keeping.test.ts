/** What the owner of a vault would not delete: no figures to judge, no output of what passed, no trouble of another module. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { learnFromRun } from "../../../src/vault/index.ts";
import { observeCoChange } from "../../../src/vault/learn/observe/co-change.ts";
import type { RememberedRun } from "../../../src/vault/learn/run-memory.ts";
import { signatureOf } from "../../../src/vault/text/signature.ts";
import { withoutPassing } from "../../../src/vault/text/without-passing.ts";
import { makeFacts, makeFailure, makeTask, makeTempFolder, onlyPattern } from "../temp-vault.ts";

const tap = [
  "TAP version 13",
  ...Array.from({ length: 40 }, (_, at) => [
    `# Subtest: passes ${at}`,
    `ok ${at + 1} - passes ${at}`,
    "  ---",
    "  duration_ms: 1.5",
    "  ...",
  ]).flat(),
  "not ok 41 - adds up",
  "  ---",
  "  error: 'the cart is empty'",
  "  ...",
  "1..41",
].join("\n");

describe("the example of a failure", () => {
  it("shows what failed, and nothing of what passed", async () => {
    expect(withoutPassing(tap).split("\n")).toEqual([
      "TAP version 13",
      "not ok 41 - adds up",
      "  ---",
      "  error: 'the cart is empty'",
      "  ...",
      "1..41",
    ]);
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ failures: [makeFailure({ text: tap })] })] }));
    const note = fs.readFileSync(onlyPattern(dir), "utf8");
    expect(note).toContain("not ok 41 - adds up");
    expect(note).not.toContain("passes");
  });

  it.each([
    ["what is short", "ok 1 - a\nnot ok 2 - b"],
    ["what only passed", Array.from({ length: 20 }, (_, at) => `ok ${at + 1} - a`).join("\n")],
    ["what is no list of tests", Array.from({ length: 20 }, (_, at) => `building part ${at}`).join("\n")],
  ])("is left as it is: %s", (_what, text) => {
    expect(withoutPassing(text)).toBe(text);
  });
});

describe("an assertion", () => {
  const said = (file: string) => `AssertionError: expected 1 to be 2\n    at Object.run (/srv/tree-7/${file}:12:5)\n`;
  const sign = (text: string) => signatureOf({ kind: "gate", by: "unit", text });

  it("of another module is other trouble, where no test is named", () => {
    expect(sign(said("tests/cart.test.js")).hash).not.toBe(sign(said("tests/login.test.js")).hash);
    expect(sign(said("tests/cart.test.js")).test).toBe("tests/cart.test.js");
  });

  it("is the same wherever the repository lies", () => {
    const elsewhere = said("tests/cart.test.js").replace("/srv/tree-7/", "/home/me/other/");
    expect(sign(elsewhere).hash).toBe(sign(said("tests/cart.test.js")).hash);
  });
});

describe("files that change together", () => {
  const run = (at: number, tasks: { id: string; files: string[] }[]): RememberedRun => ({
    run: `2026082400000${at}-abcd-r`,
    ended: `2026-08-24T00:00:0${at}`,
    gates: [],
    tasks: tasks.map((task) => ({ ...task, stream: "s", agent: "a", outcome: "merged", seconds: 1, costUsd: 0 })),
  });
  const groups = (runs: readonly RememberedRun[]): string[] => {
    const now = runs.at(-1);
    return now === undefined ? [] : observeCoChange(now, runs.slice(0, -1), []).map(({ title }) => title);
  };
  const both = ["src/a.ts", "src/b.ts"];

  it("are no news when the same task changes them in run after run", () => {
    expect(groups([1, 2, 3, 4].map((at) => run(at, [{ id: "one", files: both }])))).toEqual([]);
    expect(groups([1, 2, 3, 4].map((at) => run(at, [{ id: `t${at}`, files: both }])))).toHaveLength(1);
  });

  it("are no news when one is the other's test", () => {
    for (const files of [
      ["src/x.js", "test/x.test.js"],
      ["x.go", "x_test.go"],
      ["a/test_x.py", "a/x.py"],
    ]) {
      expect(groups([1, 2, 3, 4].map((at) => run(at, [{ id: `t${at}`, files }])))).toEqual([]);
    }
  });
});

describe("figures", () => {
  it("wait for nobody's judgement, and are about no same trouble", async () => {
    const dir = makeTempFolder();
    const tasks = ["planners", "builders"].flatMap((stream) =>
      Array.from({ length: 6 }, (_, at) => makeTask({ id: `${stream}-${at}`, stream, failures: [] })),
    );
    await learnFromRun(dir, makeFacts({ tasks }));
    const notes = fs.readdirSync(path.join(dir, "patterns")).filter((name) => name.includes("-effort-"));
    expect(notes).toHaveLength(2);
    for (const name of notes) {
      expect(fs.readFileSync(path.join(dir, "patterns", name), "utf8")).toContain("status: active");
    }
    const { problems } = await checkVaults([{ dir, isWritten: true }], { now: Date.UTC(2026, 8, 1), cacheDir: null });
    expect(problems).toEqual([]);
  });
});
