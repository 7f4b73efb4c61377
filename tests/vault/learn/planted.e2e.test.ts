/**
 * Real runs that were built to hold things worth learning, and what a reader of the vault finds of them afterwards: by
 * searching the text of its notes for the words that name the thing. At least 95 in 100, and none of the decoys.
 */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localEngine } from "../../../src/actors/control/local-engine.ts";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { learnFrom } from "../../../src/cli/learn.ts";
import type { StatusDocument } from "../../../src/protocol/status.ts";
import { PATIENCE_MS, Workshop } from "../../e2e/runs.ts";
import { runProgram, startProgram } from "../../helpers/program.ts";
import { makeTempFolder, readTree } from "../temp-vault.ts";
import { files, firstPlan, secondPlan, thirdPlan } from "./planted-plans.ts";

const shop = new Workshop("planted");
afterAll(() => shop.clean());
const answers: Record<string, string> = { approach: "wire", merge: "rerun", resource: "stop" };
let root = "";
const vault = (): string => path.join(root, "notes");
/** The vault's notes after the first run. */
let afterFirst = new Map<string, string>();

/** Carries a plan out as a person would who answers what is asked, and learns from it. */
async function carryOut(plan: object, run: string): Promise<void> {
  fs.writeFileSync(path.join(root, "plan.json"), JSON.stringify(plan));
  const args = ["--trust", "--json", "--vault", "notes"];
  const started = startProgram(root, ["run", "plan.json", "--run-id", run, ...args]);
  let end: Awaited<typeof started.ended> | undefined;
  void started.ended.then((ended) => {
    end = ended;
  });
  while (end === undefined) {
    await answer(run);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  while (end.code === 3) {
    await answer(run);
    end = await runProgram(root, ["resume", run, ...args]);
  }
  expect([0, 1], end.stderr).toContain(end.code);
}

async function answer(run: string): Promise<void> {
  const state = path.join(root, ".ce-workspace", run, ".ce-state/conflicts.json");
  if (!fs.existsSync(state)) return;
  const { conflicts } = JSON.parse(fs.readFileSync(state, "utf8")) as Pick<StatusDocument, "conflicts">;
  for (const { id, kind, status } of conflicts) {
    if (status === "open") await runProgram(root, ["decide", run, id, answers[kind] ?? ""]);
  }
}

beforeAll(async () => {
  root = shop.repository({}, files);
  await carryOut(firstPlan, "first-shop");
  afterFirst = readTree(vault());
  await carryOut(secondPlan, "second-shop");
  await carryOut(thirdPlan, "third-shop");
}, PATIENCE_MS);

/** Notes in a folder whose text holds all of these words, whatever their case. */
function find(words: readonly string[], folder = "patterns", tree = readTree(vault())): string[] {
  const isFound = (text: string) => words.every((word) => text.toLowerCase().includes(word.toLowerCase()));
  return [...tree].filter(([name, text]) => name.startsWith(folder) && isFound(text)).map(([name]) => name);
}

/** What was planted: a name, and words that stand together in one note of that folder. */
const planted: [thing: string, words: string[], folder?: string][] = [
  ["a gate's failure", ["kind/gate", "Cannot read properties of undefined", "'grammar'", "gate unit"]],
  ["the file that fixed it", ["'grammar'", "retry, which changed src/grammar.js"]],
  ["that the failure happened again in a second run", ["'grammar'", "status: active", "support: 2"]],
  ["that it was predicted and happened", ["'grammar'", "predicted: 1", "hits: 1", "misses: 0"]],
  ["a failure of the work", ["kind/work", "connect ECONNREFUSED", "retry: helped 1 of 1"]],
  ["that it was predicted and did not happen", ["ECONNREFUSED", "predicted: 1", "hits: 0", "misses: 1"]],
  ["a change outside the scope", ["kind/scope", "package-lock.json"]],
  ["a setup that fails", ["kind/setup", "cannot find the toolchain gcc-arm"]],
  ["an agent that fails", ["kind/agent", "quota exceeded"]],
  ["what a review sends back", ["kind/review", "uploads are not limited in size"]],
  [
    "that another round gets over it",
    ["uploads are not limited in size", "another round after its review: helped 1 of 1"],
  ],
  ["a task that fails for good", ["Unexpected token", "failures: 1", "1 failed"]],
  ["a time limit that is too short", ["kind/overrun", "run out of their time limit", "Index the catalogue"]],
  [
    "a task that costs more than its budget",
    ["kind/overrun", "cost far more than their budget", "Translate the manual"],
  ],
  ["a run that uses up its budget", ["kind/overrun", "use up their budget", "wine"]],
  ["a merge conflict, with the pair of tasks", ["kind/conflict", "src/menu.js", "menu-one", "menu-two"]],
  ["that running again on the new base settles it", ["src/menu.js", "rerun on the new base: helped 1 of 1"]],
  ["a merge conflict that a person was asked about", ["kind/conflict", "list.txt", "decision: rerun: helped 1 of 1"]],
  [
    "a question about the approach, and the choice",
    ["kind/conflict", "Which transport carries the invoices", "decision: wire: helped 1 of 1"],
  ],
  ["a gate that is flaky", ["kind/flaky-gate", "sockets", "expected the socket to be open", "again without a change"]],
  ["a gate that is slow", ["kind/slow-gate", "browsers", "% of the run's work"]],
  ["files that change together", ["kind/co-change", "src/order.js", "src/order-view.js", "support: 3"]],
  ["what tasks of a kind take", ["kind/effort", "builders", "median", "four of five"]],
  ["a test whose message was reworded, in one note", ["adds up totals", "support: 2", "the sum was expected"]],
  ["what an agent noted", ["kind/insight", "staging database drops idle connections"]],
  ["that another run noted it, too", ["staging database drops idle", "status: active"]],
  ["gates of a run", ["### Gates", "| browsers |", "| unit |"], "runs"],
  ["effort of a run", ["### Effort", "| builders |"], "runs"],
  ["what was predicted for a run", ["### Predicted", "did not happen", "| happened |"], "runs"],
  ["what was tried in a run", ["### What was tried", "retry: helped"], "runs"],
];

/** What must not become a pattern. */
const decoys: [thing: string, words: string[]][] = [
  ["a failure without a word that a retry ends", ["Mute the bell", "kind/work"]],
  ["an insight that says nothing", ["all tests pass"]],
  ["an advisory gate that is red", ["the README is too long"]],
  ["files of one large change", ["bulk/file-1"]],
  ["files that changed together once", ["kind/co-change", "src/imprint.js"]],
  ["a task that was skipped", ["Apply the settings"]],
  ["a quick gate as a slow one", ["kind/slow-gate", "Slow gate unit"]],
  ["a gate that a change made green as a flaky one", ["kind/flaky-gate", "Flaky gate unit"]],
  ["a secret in an output", ["hunter2"]],
  ["a link in an output", ["[[evil"]],
  ["a tag in an output", ['- "evil"']],
];

describe("what real runs were built to contain", () => {
  it("is found in the vault by its words, at least 95 in 100", () => {
    const missing = planted.filter(([, words, folder]) => find(words, folder).length === 0).map(([thing]) => thing);
    expect(missing.length / planted.length, `not found: ${missing.join("; ")}`).toBeLessThanOrEqual(0.05);
  });

  it("is told once, by few notes", () => {
    const twice = planted.filter(([, words, folder = "patterns"]) => folder === "patterns" && find(words).length > 1);
    expect(twice.map(([thing]) => thing)).toEqual([]);
    expect(find(["type: pattern", "signature:"]).length).toBeLessThan(30);
  });

  it("is not mixed with what only looks like it", () => {
    expect(decoys.filter(([, words]) => find(words).length > 0).map(([thing]) => thing)).toEqual([]);
  });

  it("comes out of the logs again, byte for byte, in any vault and however often", async () => {
    const [one, other] = [makeTempFolder(), makeTempFolder()];
    const runs = ["first-shop", "second-shop", "third-shop"].map((run) => runFolder(root, run));
    for (const run of runs) await learnFrom(localEngine, run, one);
    for (const run of [...runs, ...runs]) await learnFrom(localEngine, run, other);
    expect(readTree(other)).toEqual(readTree(one));
    expect(find(["kind/"], "patterns", readTree(one)).length).toBe(find(["kind/"]).length);
  });

  it("leaves what agents of one run repeat an unconfirmed candidate", () => {
    const [note = "", ...more] = find(["staging database drops idle"], "patterns", afterFirst);
    expect(more).toEqual([]);
    expect(afterFirst.get(note)).toMatch(/^status: candidate$/m);
    expect(afterFirst.get(note)).toMatch(/^support: 1$/m);
  });
});
