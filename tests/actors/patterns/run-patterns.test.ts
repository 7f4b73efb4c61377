/** A run's patterns hold nothing up: not when the vault is slow, broken or missing, and they know a failure again. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { openRunPatterns, RunPatterns } from "../../../src/actors/patterns/run-patterns.ts";
import { failureOf } from "../../../src/actors/projections/last-failure.ts";
import { emptyMeta, noteRecord } from "../../../src/actors/projections/run-view.ts";
import { fitPatterns, wordPattern } from "../../../src/actors/prompt/tell-patterns.ts";
import { openPatternLibrary, type PatternLibrary, type PatternMatch } from "../../../src/vault/index.ts";
import { signatureOf } from "../../../src/vault/text/signature.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { readValid } from "../../plan/read-text.ts";

const scratch = makeTempFolder("run-patterns", "file");

const plan = readValid(
  JSON.stringify({
    goal: "g",
    tasks: [
      { id: "pay", title: "Connect payments to the sandbox", run: "true", scope: ["src/pay/**"] },
      { id: "next", title: "x", run: "true", scope: ["src/pay/**"], needs: ["pay"] },
      { id: "beside", title: "y", run: "true", scope: ["src/pay/**"] },
    ],
  }),
  "json",
);
const [task] = plan.tasks;
if (task === undefined) throw new Error("no task");
const { signal } = new AbortController();
const nothing = { folder: scratch, lastFailure: () => undefined };

function match(change: Partial<PatternMatch> = {}): PatternMatch {
  return {
    id: "a",
    path: "a.md",
    title: "Title",
    score: 1,
    kind: "",
    status: "active",
    evidence: { support: 1, successes: 1, failures: 0, lastSeen: null, runs: [] },
    advice: "Advice",
    because: "task",
    why: ["words: title"],
    ...change,
  };
}

/** A library whose looks end when `refresh` does, and that knows one pattern. */
function library(refresh: () => Promise<void>, warnings: string[] = []): PatternLibrary {
  return { refresh, find: () => [match()], warnings };
}

describe("the patterns of a run", () => {
  it("are none, and nothing is loaded, where no vault is", async () => {
    const folder = runFolder(join(scratch, "empty"), "r");
    const patterns = openRunPatterns([join(scratch, "nowhere")], folder, emptyMeta());
    expect(await patterns.forWork(plan, task, signal)).toEqual({ patterns: [], trouble: null });
  });

  it("are what is known by then when the vault takes longer than a start may wait, which is said once", async () => {
    const open = async () => library(() => new Promise(() => {}));
    const patterns = new RunPatterns({ ...nothing, open, patienceMs: 5 });
    const [first, second] = [await patterns.forWork(plan, task, signal), await patterns.forWork(plan, task, signal)];
    expect(first.patterns).toHaveLength(1);
    expect(first.trouble).toMatch(/^the vault takes long to read/);
    expect(second.trouble).toBeNull();
  });

  it("are waited for no longer by a task that is stopped", async () => {
    const open = async () => library(() => new Promise(() => {}));
    const patterns = new RunPatterns({ ...nothing, open, patienceMs: 60_000 });
    const stop = new AbortController();
    const found = patterns.forWork(plan, task, stop.signal);
    setImmediate(() => stop.abort());
    expect((await found).trouble).toBeNull();
    expect((await patterns.forWork(plan, task, stop.signal)).trouble).toBeNull();
  });

  it("are none when the vault cannot be opened or read, and why is said once", async () => {
    const broken = [
      () => Promise.reject(new Error("no such disk")),
      async () => library(() => Promise.reject(new Error("no such disk"))),
    ];
    for (const open of broken) {
      const patterns = new RunPatterns({ ...nothing, open });
      const first = await patterns.forWork(plan, task, signal);
      expect(first).toEqual({ patterns: [], trouble: "the vault cannot be read: no such disk" });
      expect(await patterns.forWork(plan, task, signal)).toEqual({ patterns: [], trouble: null });
    }
  });

  it("come with one word on notes that were skipped", async () => {
    const open = async () => library(async () => {}, ["a.md was skipped: it is too large.", "b"]);
    const patterns = new RunPatterns({ ...nothing, open });
    expect((await patterns.forWork(plan, task, signal)).trouble).toBe(
      "the vault: a.md was skipped: it is too large. (and 1 more; pleach vault check lists them)",
    );
    expect((await patterns.forWork(plan, task, signal)).trouble).toBeNull();
  });

  it("are asked for with the failure before, from all of its kept report, and with who works beside", async () => {
    const asked: unknown[] = [];
    const spy: PatternLibrary = {
      refresh: async () => {},
      find: (given) => {
        asked.push(given);
        return [];
      },
      warnings: [],
    };
    mkdirSync(join(scratch, "out"));
    writeFileSync(join(scratch, "out/unit.log"), `${"noise\n".repeat(5_000)}TypeError: x is not a function\n`);
    const lastFailure = () => ({
      kind: "gate" as const,
      by: "unit",
      text: "1 failed",
      files: [],
      report: "out/unit.log",
      log: "out/unit.log",
      evidence: [],
    });
    const patterns = new RunPatterns({ folder: scratch, lastFailure, open: async () => spy });
    await patterns.forWork(plan, task, signal);
    await patterns.forReview(plan, task, ["src/pay/a.ts"], signal);
    expect(asked).toMatchObject([
      {
        reader: "builder",
        scope: ["src/pay/**"],
        failure: { kind: "gate", by: "unit", text: expect.stringMatching(/TypeError: x is not a function\n$/) },
        others: [{ id: "beside", scope: ["src/pay/**"] }],
      },
      { reader: "reviewer", scope: ["src/pay/a.ts"] },
    ]);
    expect(asked[1]).not.toHaveProperty("failure");
  });
});

describe("the failure before", () => {
  const transcript = { path: "out/a.1.log" };
  const record = (type: string, data: object) =>
    ({ actor: "task:a", type, time: 1, data, effects: [], cause: null }) as never;

  it("is the newest that the log tells, whatever came in between", () => {
    const meta = emptyMeta();
    const red = {
      name: "unit",
      required: true,
      status: "failed",
      summary: "2 failed",
      report: "out/u.log",
      evidence: ["a > b"],
    };
    for (const [type, data] of [
      [
        "agent.exited",
        { ok: false, timedOut: false, faultOf: "work", tail: "boom", reason: "exited with 1", transcript },
      ],
      ["agent.exited", { ok: true }],
      ["gates.finished", { results: [{ ...red, required: false, name: "lint" }, red] }],
      ["agent.exited", { ok: true }],
      ["gates.finished", { results: [{ ...red, status: "passed" }] }],
    ] as const)
      noteRecord(meta, record(type, data));
    expect(meta.failures).toEqual({
      a: {
        ...{ kind: "gate", by: "unit", text: "2 failed", files: [] },
        ...{ report: "out/u.log", log: "out/u.log", evidence: ["a > b"] },
      },
    });
  });

  it.each([
    [
      "agent.exited",
      { ok: false, timedOut: true, tail: " ", reason: "timed out", transcript },
      "timeout",
      "timeout",
      "timed out",
    ],
    [
      "agent.exited",
      { ok: false, faultOf: "agent", tail: "words", reason: "429", transcript },
      "agent",
      "agent",
      "429",
    ],
    ["agent.notStarted", { reason: "no such program" }, "agent", "agent", "no such program"],
    ["work.outOfScope", { files: ["x"] }, "scope", "scope", "changed files outside its scope"],
    ["merge.conflicted", { files: ["a", "b"] }, "merge", "merge", "merge conflict in a, b"],
    ["merge.rejected", { reason: "gate e2e: red", report: "out/e2e.log" }, "gate", "e2e", "gate e2e: red"],
    ["merge.rejected", { reason: "git failed", report: null }, "gate", "merge", "git failed"],
    ["review.finished", { approved: false, summary: "it logs secrets" }, "review", "review", "it logs secrets"],
  ])("is read from %s %j", (type, data, kind, by, text) => {
    expect(failureOf({ type, data } as never)).toMatchObject({ kind, by, text });
  });
});

describe("what an agent is told of patterns", () => {
  const long = (id: string): PatternMatch =>
    match({
      id,
      title: `Title ${id} ${"of words that say something ".repeat(5)}`,
      advice: "Do this first. ".repeat(30),
    });

  it("fits the budget, best first, and leaves out only what is too long", async () => {
    const many = Array.from({ length: 12 }, (_, at) => long(`p${at}`));
    const fitting = await fitPatterns(many);
    expect(fitting.length).toBeGreaterThanOrEqual(3);
    expect(fitting.length).toBeLessThan(12);
    expect(fitting).toEqual(many.slice(0, fitting.length));
    expect(await fitPatterns([long("a"), match({ id: "b" })], 60)).toEqual([match({ id: "b" })]);
    expect(await fitPatterns([])).toEqual([]);
    expect(await fitPatterns([match()])).toEqual([match()]);
  });

  it("has room for an entry in any script", async () => {
    for (const char of ["漢", "🜂", "ཨ", "\u0301", "zq"]) {
      const dense = match({ id: "id", title: char.repeat(500), advice: char.repeat(500), why: [char.repeat(500)] });
      expect(await fitPatterns([dense]), char).toHaveLength(1);
      expect(wordPattern(dense).split("\n")).toHaveLength(3);
    }
  });
});

it("a failure that the log tells has the signature that the vault learned it by", async () => {
  // The same output, told to the vault by its report and known again by the last record.
  const output = "src/a.ts(3,1): error TS2345: Argument of type 'string' is not assignable\n";
  const learned = signatureOf({ kind: "gate", by: "types", text: output });
  const dir = join(scratch, "vault");
  mkdirSync(join(dir, "patterns"), { recursive: true });
  writeFileSync(join(dir, "patterns/a.md"), `---\nid: a\ntype: pattern\nsignature: "${learned.hash}"\n---\n# A\n`);
  mkdirSync(join(scratch, "out"), { recursive: true });
  writeFileSync(join(scratch, "out/types.log"), output);
  const meta = emptyMeta();
  const results = [{ name: "types", required: true, status: "failed", summary: "1 error", report: "out/types.log" }];
  noteRecord(meta, {
    actor: "task:pay",
    type: "gates.finished",
    time: 1,
    data: { results },
    effects: [],
    cause: null,
  } as never);
  const patterns = new RunPatterns({
    folder: scratch,
    lastFailure: (id) => meta.failures[id],
    open: async () => openPatternLibrary([dir]),
  });
  const { patterns: found } = await patterns.forWork(plan, task, signal);
  expect(found).toMatchObject([{ id: "a", because: "failure", why: ["the same failure"] }]);
});
