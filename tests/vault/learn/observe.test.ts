/** What a run shows, and what only looks like it: each threshold from both sides. */
import { describe, expect, it } from "vitest";
import type { ConflictFact, GateFact, RunFacts, TaskFact } from "../../../src/vault/index.ts";
import type { Observation } from "../../../src/vault/learn/observe/observation.ts";
import { observeRun, type Past } from "../../../src/vault/learn/observe/observe.ts";
import { type RememberedRun, rememberFacts } from "../../../src/vault/learn/run-memory.ts";
import type { Fingerprint } from "../../../src/vault/patterns/similarity.ts";
import { areSimilar } from "../../../src/vault/patterns/similarity.ts";
import { makeAttempt, makeFacts, makeFailure, makeTask } from "../temp-vault.ts";

const nothing: Past = { memory: [], known: [] };

function observe(change: Partial<RunFacts>, kind: string, past: Past = nothing): Observation[] {
  return observeRun(makeFacts({ tasks: [], ...change }, 9), "run-9", past).filter((one) => one.kind === kind);
}

const calm = (id: string, files: string[] = []) => makeTask({ id, title: id, failures: [], files, fixedBy: null });

describe("failures", () => {
  const failed = (text: string, next: Partial<Parameters<typeof makeAttempt>[0]>) => {
    const failure = makeFailure({ text });
    const tries = [makeAttempt({ failure }), makeAttempt({ attempt: 2, ...next })];
    return makeTask({ failures: [failure], tries });
  };

  it("without a message count only when a file or a person's choice ended them", () => {
    const text = "exit code 1";
    expect(observe({ tasks: [failed(text, { files: ["src/auth/login.ts"] })] }, "gate")).toEqual([]);
    expect(observe({ tasks: [failed(text, { files: ["src/fix.ts"] })] }, "gate")).toHaveLength(1);
    expect(observe({ tasks: [failed(text, { begun: "decision", choice: "rerun" })] }, "gate")).toHaveLength(1);
  });

  it.each([
    "Error: ENOSPC: no space left on device, write",
    "fatal: write error: No space left on device",
    "spawn sh EAGAIN",
    "Error: EMFILE: too many open files, open 'a'",
    "sh cannot be started: this system allows no more processes or files (EAGAIN)",
  ])("of the machine are nobody's: %s", (text) => {
    expect(observe({ tasks: [failed(text, { files: ["src/fix.ts"] })] }, "gate")).toEqual([]);
  });

  it("of a login, a limit or a program that is missing are nobody's, whatever ended them", () => {
    const failure = makeFailure({ kind: "agent", text: "Not logged in: run /login", isOutside: true });
    const tries = [makeAttempt({ failure }), makeAttempt({ attempt: 2, files: ["src/fix.ts"] })];
    expect(observe({ tasks: [makeTask({ failures: [failure], tries })] }, "agent")).toEqual([]);
    const own = makeFailure({ kind: "agent", text: "Error: it gave up at the bridge of the parser" });
    expect(observe({ tasks: [makeTask({ failures: [own], tries })] }, "agent")).toHaveLength(1);
  });

  it("tell what was tried, and whether it helped", () => {
    const message = "TypeError: x is not a function";
    const again = makeFailure({ text: message, attempt: 2 });
    const [observed] = observe({ tasks: [failed(message, { failure: again, ok: false })] }, "gate");
    expect(observed?.evidence.details).toContain("retry: helped 0 of 1");
    const [helped] = observe({ tasks: [failed(message, { begun: "review", files: ["src/b.ts"] })] }, "gate");
    expect(helped?.evidence.details).toContain("another round after its review: helped 1 of 1, changing src/b.ts");
  });

  it("name no file as the fix of an attempt that had changed none", () => {
    const failure = makeFailure({ kind: "work", text: "Error: connect refused by the database" });
    const tries = [makeAttempt({ failure, files: [] }), makeAttempt({ attempt: 2 })];
    const [observed] = observe({ tasks: [makeTask({ failures: [failure], tries })] }, "work");
    expect(observed?.evidence.details).toContain("retry: helped 1 of 1");
  });
});

describe("a flaky gate", () => {
  const gate = (status: GateFact["status"], change: Partial<GateFact> = {}): GateFact => ({
    task: "login",
    gate: "unit",
    attempt: 1,
    status,
    required: true,
    ms: 10,
    timedOut: false,
    tree: "t",
    ...change,
  });

  it.each([
    ["red, then green, on the same tree", [gate("failed"), gate("passed", { attempt: 2 })], 1],
    ["green in its worktree, then red on the merged tree", [gate("passed"), gate("failed", { task: null })], 1],
    ["red, then green, on another tree", [gate("failed"), gate("passed", { attempt: 2, tree: "u" })], 0],
    [
      "red, then green, on trees that nobody knows",
      [gate("failed", { tree: null }), gate("passed", { tree: null })],
      0,
    ],
    ["another gate that is green", [gate("failed"), gate("passed", { gate: "lint" })], 0],
    ["red twice", [gate("failed"), gate("failed", { attempt: 2 })], 0],
  ])("is one that is %s: %#", (_what, gates, count) => {
    expect(observe({ gates }, "flaky-gate")).toHaveLength(count);
  });

  it("is told by each of the tests that its report named", () => {
    const gates = [gate("failed", { tests: ["cart adds", "cart pays"] }), gate("passed", { attempt: 2 })];
    expect(observe({ gates }, "flaky-gate").map(({ fingerprint }) => fingerprint.test)).toEqual([
      "cart adds",
      "cart pays",
    ]);
    const many = Array.from({ length: 9 }, (_, at) => `t${at}`);
    const outage = [gate("failed", { tests: many }), gate("passed", { attempt: 2 })];
    expect(observe({ gates: outage }, "flaky-gate").map(({ fingerprint }) => fingerprint.test)).toEqual([""]);
  });

  it("takes the failure that it explains from the failures", () => {
    const failure = makeFailure();
    const tries = [makeAttempt({ failure, tree: "t" }), makeAttempt({ attempt: 2, tree: "t" })];
    const tasks = [makeTask({ failures: [failure], tries })];
    const gates = [gate("failed"), gate("passed", { attempt: 2 })];
    expect(observe({ tasks, gates }, "gate")).toEqual([]);
    const [flaky] = observe({ tasks, gates }, "flaky-gate");
    expect(flaky).toMatchObject({ tasks: ["login"], title: expect.stringContaining("Cannot read properties") });
  });
});

describe("a slow gate", () => {
  const run = (ms: number, runs: number, workMs: number) => {
    const tasks = [makeTask({ failures: [], tries: [makeAttempt({ ms: workMs })] })];
    const one = { task: "login", gate: "e2e", status: "passed" as const, required: true, timedOut: false, tree: null };
    return { tasks, gates: Array.from({ length: runs }, (_, at) => ({ ...one, attempt: at + 1, ms })) };
  };

  it.each([
    ["a quarter of the work and two seconds each time", run(2_000, 2, 12_000), 1],
    ["a smaller share", run(2_000, 2, 16_500), 0],
    ["a large share of a moment", run(1_400, 2, 2_000), 0],
    ["a large share, a moment at a time", run(400, 14, 2_000), 0],
    ["one execution, with cold caches perhaps", run(30_000, 1, 30_000), 0],
  ])("is one that takes %s: %#", (_what, change, count) => {
    expect(observe(change, "slow-gate")).toHaveLength(count);
  });
});

describe("an overrun", () => {
  it("of a time limit is told with what was tried, by stream and agent", () => {
    const failure = makeFailure({ kind: "timeout", by: "timeout", text: "waiting for the lock" });
    const [observed, ...more] = observe({ tasks: [makeTask({ failures: [failure] })] }, "overrun");
    expect(more).toEqual([]);
    expect(observed?.title).toBe("Overrun: tasks of stream builders with agent scripted run out of their time limit");
    expect(observed?.head).toContain("waiting for the lock");
  });

  it.each([
    [0.21, 0],
    [0.23, 1],
  ])("of a task's budget of 0.2 USD by costs of %s USD is seen %s times", (costUsd, count) => {
    const task = makeTask({ failures: [], budgetUsd: 0.2, costUsd });
    expect(observe({ tasks: [task] }, "overrun")).toHaveLength(count);
  });

  it("of what tasks usually take needs five of them, three times as long, and a minute more", () => {
    const usual = Array.from({ length: 5 }, (_, at) => calm(`t${at}`));
    const memory = (count: number): RememberedRun[] => [
      rememberFacts(makeFacts({ tasks: usual.slice(0, count) }), "run-1"),
    ];
    const slow = (ms: number) => ({ tasks: [makeTask({ failures: [], tries: [makeAttempt({ ms })] })] });
    const seen = (ms: number, count = 5) => observe(slow(ms), "overrun", { ...nothing, memory: memory(count) }).length;
    expect(seen(91_000)).toBe(1);
    expect(seen(89_000)).toBe(0);
    expect(seen(91_000, 4)).toBe(0);
  });

  it.each([
    ["three times as long as expected", 100_000, 300_000],
    ["a minute longer than expected", 10_000, 70_000],
  ])("is none while a task takes no more than %s", (_what, expectedMs, ms) => {
    const seen = (tookMs: number) =>
      observe({ tasks: [makeTask({ failures: [], expectedMs, tries: [makeAttempt({ ms: tookMs })] })] }, "overrun");
    expect(seen(ms)).toEqual([]);
    expect(seen(ms + 1)).toHaveLength(1);
  });

  it("of a budget is none at a tenth more, nor where the budget is nothing", () => {
    const seen = (change: Partial<TaskFact>) => observe({ tasks: [makeTask({ failures: [], ...change })] }, "overrun");
    expect(seen({ budgetTokens: 1_000, tokens: 1_100 })).toEqual([]);
    expect(seen({ budgetTokens: 1_000, tokens: 1_101 })).toHaveLength(1);
    expect(seen({ budgetTokens: 0, tokens: 1_000 })).toEqual([]);
  });

  it("is judged by attempts that ended well: one that failed may have waited for something", () => {
    const tries = [makeAttempt({ ms: 900_000, failure: makeFailure() }), makeAttempt({ attempt: 2, ms: 1_000 })];
    expect(observe({ tasks: [makeTask({ expectedMs: 1_000, tries })] }, "overrun")).toEqual([]);
  });

  it("of what tasks usually take goes by good tasks of the same stream and agent", () => {
    const seen = (change: Partial<TaskFact>): number => {
      const usual = Array.from({ length: 5 }, (_, at) => ({ ...calm(`t${at}`), ...change }));
      const memory = [rememberFacts(makeFacts({ tasks: usual }), "run-1")];
      const tasks = [makeTask({ failures: [], tries: [makeAttempt({ ms: 91_000 })] })];
      return observe({ tasks }, "overrun", { ...nothing, memory }).length;
    };
    expect(seen({})).toBe(1);
    expect(seen({ stream: "reviewers" })).toBe(0);
    expect(seen({ agent: "another" })).toBe(0);
    expect(seen({ outcome: "failed" })).toBe(0);
  });

  it("tells what was tried of time that ran out, how it ended, and what each task took of what it had", () => {
    const timeout = makeFailure({ kind: "timeout", by: "timeout", text: "waiting" });
    const lost = makeTask({ id: "lost", outcome: "failed", failures: [timeout], fixedBy: null });
    const [time] = observe(
      { tasks: [lost, makeTask({ failures: [timeout, makeFailure({ attempt: 2 })] })] },
      "overrun",
    );
    expect(time?.evidence).toMatchObject({ seen: 2, good: 1, bad: 1 });
    expect(time?.evidence.details).toEqual([
      expect.stringMatching(/^retry: helped 1 of 1/),
      "lost had 1800.0 s",
      "login had 1800.0 s",
    ]);
    const slow = makeTask({ failures: [], expectedMs: 1_000, tries: [makeAttempt({ ms: 90_000 })] });
    const [expectation] = observe({ tasks: [slow] }, "overrun");
    expect(expectation?.evidence.details).toEqual(["login took 90.0 s"]);
    expect(expectation?.head).not.toContain("```");
    const spent = (change: Partial<TaskFact>) =>
      observe({ tasks: [makeTask({ failures: [], ...change })] }, "overrun")[0]?.evidence.details;
    expect(spent({ budgetUsd: 0.1, costUsd: 0.2 })).toEqual(["login used 0.2000 of 0.1000 USD"]);
    expect(spent({ budgetTokens: 10, tokens: 20 })).toEqual(["login used 20 of 10 tokens"]);
  });

  it("of the run's budget names what was left undone", () => {
    const tasks = [makeTask(), makeTask({ id: "rest", title: "The rest", outcome: "skipped", failures: [] })];
    const budget = { usd: 0.2, tokens: null, mode: "soft" as const, isExhausted: true };
    const [observed] = observe({ tasks, budget }, "overrun");
    expect(observed?.evidence.about).toMatch(/0\.2500 of 0\.2000 USD.*The rest/);
    expect(observed?.evidence).toMatchObject({ good: 0, bad: 1 });
    const [done] = observe({ tasks: [makeTask()], budget }, "overrun");
    expect(done?.evidence).toMatchObject({ good: 1, bad: 0, about: expect.stringContaining("all tasks were done") });
  });
});

describe("files that change together", () => {
  const run = (name: string, ...tasks: string[][]): RememberedRun =>
    rememberFacts(makeFacts({ tasks: tasks.map((files, at) => calm(`t${at}`, files)) }), name);
  const now = (...tasks: string[][]) => ({ tasks: tasks.map((files, at) => calm(`n${at}`, files)) });

  it.each([
    ["in three tasks of two runs", [run("run-1", ["a", "b"], ["a", "b"])], now(["a", "b"]), 1],
    ["in three tasks of one run", [], now(["a", "b"], ["a", "b"], ["a", "b"]), 1],
    ["in two tasks", [run("run-1", ["a", "b"])], now(["a", "b"]), 0],
    ["as often apart", [run("run-1", ["a", "b"], ["a", "b"], ["a"], ["b"], ["b"])], now(["a", "b"]), 0],
    [
      "in earlier runs, and not in this one",
      [run("run-1", ["a", "b"], ["a", "b"]), run("run-2", ["a", "b"])],
      now(["a"]),
      0,
    ],
    ["in earlier runs only", [run("run-1", ["a", "b"]), run("run-2", ["a", "b"], ["a", "b"])], now(["c"]), 0],
  ])("are seen when they do so %s: %#", (_what, memory, change, count) => {
    expect(observe(change, "co-change", { ...nothing, memory })).toHaveLength(count);
  });

  it("are one group when all of its pairs hold", () => {
    const memory = [run("run-1", ["a", "b", "c"], ["a", "b", "c"])];
    const [group, ...more] = observe(now(["c", "b", "a"]), "co-change", { ...nothing, memory });
    expect(more).toEqual([]);
    expect(group?.fingerprint.files).toEqual(["a", "b", "c"]);
  });

  it("say nothing in a task that changed very many", () => {
    const many = Array.from({ length: 21 }, (_, at) => `f${at}`);
    const memory = [run("run-1", many, many, many)];
    expect(observe(now(many), "co-change", { ...nothing, memory })).toEqual([]);
  });

  it("are doubted by a task that changes one of them alone", () => {
    const fingerprint: Fingerprint = { gate: "", test: "", lines: [], files: ["a", "b"] };
    const known = [{ kind: "co-change", signatures: ["0123456789abcdef"], fingerprint, isNew: false }];
    const [seen] = observe(now(["a", "b"], ["a"]), "co-change", { memory: [], known });
    expect(seen?.evidence).toMatchObject({ seen: 2, good: 1, bad: 1 });
  });
});

describe("conflicts", () => {
  const conflict = (change: Partial<ConflictFact>): ConflictFact => ({
    id: "login-1",
    kind: "merge",
    task: "login",
    why: "login conflicts with what is merged already",
    files: ["src/menu.ts"],
    others: [],
    choice: "rerun on the new base",
    ...change,
  });
  const tasks = [makeTask({ failures: [] }), calm("menu")];

  it("are told apart by their files, with both tasks and what settled them", () => {
    const conflicts = [conflict({ others: ["menu"] }), conflict({ id: "x", files: ["docs/list.md"] })];
    const [first, second] = observe({ tasks, conflicts }, "conflict");
    expect(first?.evidence.about).toMatch(/task login .* with task menu /);
    expect(first?.evidence.details).toEqual(["rerun on the new base: helped 1 of 1"]);
    expect(second?.fingerprint.files).toEqual(["docs/list.md"]);
  });

  it("that end with the task given up were settled, and nobody was helped", () => {
    const lost = [makeTask({ failures: [], outcome: "failed" })];
    const [seen] = observe({ tasks: lost, conflicts: [conflict({ choice: "drop" })] }, "conflict");
    expect(seen?.evidence.details).toEqual(["decision: drop: helped 0 of 1"]);
  });

  it.each(["resource", "quality", "timeline", "approach"] as const)(
    "over %s are told apart by what was asked",
    (kind) => {
      const conflicts = [
        conflict({ kind, why: "login: Which of both databases may it use?", files: [], choice: "red" }),
      ];
      const [seen] = observe({ tasks, conflicts }, "conflict");
      expect(seen).toMatchObject({ symptoms: ["Which of both databases may it use?"] });
      expect(seen?.evidence.details).toEqual(["decision: red: helped 1 of 1"]);
    },
  );

  it("that are still open say nothing of what helps", () => {
    const [seen] = observe({ tasks, conflicts: [conflict({ choice: null })] }, "conflict");
    expect(seen?.evidence.details).toEqual([]);
  });
});

describe("effort", () => {
  it("is told from five finished tasks on, those of earlier runs included", () => {
    const tasks = (count: number) => Array.from({ length: count }, (_, at) => calm(`t${at}`));
    const memory = [rememberFacts(makeFacts({ tasks: tasks(3) }), "run-1")];
    expect(observe({ tasks: tasks(1) }, "effort", { ...nothing, memory })).toEqual([]);
    const [seen] = observe({ tasks: tasks(2) }, "effort", { ...nothing, memory });
    expect(seen).toMatchObject({ evidence: { seen: 2, good: 2 }, earlier: [{ run: "run-1" }] });
  });
});

describe("near-equal trouble", () => {
  const fingerprint = (line: string, change: Partial<Fingerprint> = {}): Fingerprint => ({
    gate: "unit",
    test: "",
    lines: [line],
    files: [],
    ...change,
  });

  it.each([
    ["Error: cannot find module 'a' in the workspace", "Error: cannot find module 'a' inside the workspace", true],
    ["Error: cannot find module 'a' in the workspace", "Error: cannot find module 'b' in the workspace", false],
    ["Error: no space left", "Error: no time left", false],
    ["Error: the worker ran out of memory twice", "Error: the worker ran out of memory", true],
  ])("%s / %s: %s", (one, other, isSame) => {
    expect(areSimilar("gate", fingerprint(one), fingerprint(other))).toBe(isSame);
    expect(areSimilar("gate", fingerprint(other), fingerprint(one))).toBe(isSame);
  });

  it("is of one gate and one test", () => {
    const line = "AssertionError: expected <n> to be <n>";
    expect(areSimilar("gate", fingerprint(line, { test: "a" }), fingerprint(line, { test: "a" }))).toBe(true);
    expect(areSimilar("gate", fingerprint(line, { test: "a" }), fingerprint(line, { test: "b" }))).toBe(false);
    expect(areSimilar("gate", fingerprint(line), fingerprint(line, { gate: "lint" }))).toBe(false);
  });
});
