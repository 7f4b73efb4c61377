import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ScriptStep } from "../../../../src/plan/model.ts";
import { type Attempt, makeAttempt, SCRIPTED } from "../attempt.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

const inTree = (name: string) => join(attempt.cwd, name);
const readTree = (name: string) => readFileSync(inTree(name), "utf8");

describe("a script that changes files", () => {
  it("writes, appends, edits and removes in its worktree, taking all text literally", async () => {
    writeFileSync(inTree("old.txt"), "");
    const outcome = await attempt.script([
      { write: "deep/ü a.txt", content: "one $& two\n" },
      { append: "deep/ü a.txt", content: "three\n" },
      { append: "log.txt", content: "x" },
      { edit: "deep/ü a.txt", find: "$&", replace: "$1 $& $$" },
      { remove: "old.txt" },
    ]);
    expect(outcome).toMatchObject({ ok: true, code: 0, reason: null });
    expect(readTree("deep/ü a.txt")).toBe("one $1 $& $$ two\nthree\n");
    expect(readTree("log.txt")).toBe("x");
    expect(existsSync(inTree("old.txt"))).toBe(false);
    expect(attempt.transcript().trim().split("\n")).toHaveLength(5);
  });

  it("edits the first occurrence only, and empties what it rewrites", async () => {
    await attempt.script([
      { write: "a", content: "xx-xx" },
      { edit: "a", find: "xx", replace: "" },
    ]);
    expect(readTree("a")).toBe("-xx");
  });

  it.each<[string, ScriptStep, RegExp]>([
    ["an edit whose text is not there", { edit: "a", find: "missing", replace: "" }, /a.*does not hold.*missing/],
    ["an edit with nothing to find", { edit: "a", find: "", replace: "x" }, /empty/],
    ["an edit of a missing file", { edit: "b", find: "x", replace: "" }, /does not exist/],
    ["a removal of a missing file", { remove: "b" }, /does not exist/],
    ["a write to a folder", { write: "folder", content: "" }, /folder/],
    ["a write below a file", { write: "a/b", content: "" }, /a\/b/],
  ])("fails on %s and stops there", async (_what, step, reason) => {
    writeFileSync(inTree("a"), "text");
    mkdirSync(inTree("folder"));
    const outcome = await attempt.script([step, { write: "after", content: "" }]);
    expect(outcome).toMatchObject({ ok: false, code: 1, faultOf: "work", reason: expect.stringMatching(reason) });
    expect(outcome.reason).toMatch(/^step 1: /);
    expect(outcome.tail).toMatch(reason);
    expect(existsSync(inTree("after"))).toBe(false);
    expect(readTree("a")).toBe("text");
  });

  it.each<ScriptStep>([
    { write: "../outside", content: "bad" },
    { write: "/tmp/pleach-outside", content: "bad" },
    { write: "link/outside", content: "bad" },
    { write: "file-link", content: "bad" },
    { append: "file-link", content: "bad" },
    { edit: "file-link", find: "secret", replace: "bad" },
    { remove: "link/precious" },
    { write: ".git/hooks/pre-commit", content: "bad" },
  ])("refuses %j, which leads out of its worktree", async (step) => {
    writeFileSync(join(attempt.base, "precious"), "secret");
    symlinkSync("..", inTree("link"));
    symlinkSync(join(attempt.base, "precious"), inTree("file-link"));
    const outcome = await attempt.script([step]);
    expect(outcome.ok).toBe(false);
    expect(readFileSync(join(attempt.base, "precious"), "utf8")).toBe("secret");
    expect(existsSync(join(attempt.base, "outside"))).toBe(false);
    expect(existsSync(inTree(".git"))).toBe(false);
  });
});

describe("a script that runs commands", () => {
  it("runs them in its worktree, and their output is in the transcript in order", async () => {
    const outcome = await attempt.script([{ say: "before" }, { run: "pwd; echo err >&2" }, { say: "after" }]);
    expect(outcome.ok).toBe(true);
    const lines = ["before", "[run] pwd; echo err >&2", attempt.cwd, "err", "after", ""];
    expect(attempt.transcript()).toBe(lines.join("\n"));
    expect(outcome.transcript.bytes).toBe(Buffer.byteLength(attempt.transcript()));
  });

  it("fails with the command's exit code, and names a missing command", async () => {
    expect(await attempt.script([{ run: "exit 5" }])).toMatchObject({ ok: false, code: 5, faultOf: "work" });
    const missing = await attempt.script([{ run: "no-such-program" }]);
    expect(missing).toMatchObject({ ok: false, code: 127, faultOf: "work" });
    expect(missing.reason).toContain("not found");
  });

  it("leaves nothing of them behind", async () => {
    const outcome = await attempt.script([{ run: "sleep 1000 & echo $! > pid" }]);
    expect(outcome).toMatchObject({ ok: true, swept: 1, survivors: 0 });
  });
});

describe("a script that talks to the runtime", () => {
  it("reports events, cost and progress in order", async () => {
    await attempt.script([
      { say: "hello" },
      { emit: "plan_ready", payload: { a: 1 } },
      { emit: "build_ready" },
      { cost: { usd: 0.5, tokens: 10 } },
      { cost: {} },
    ]);
    expect(attempt.reports).toEqual([
      { kind: "progress", text: "hello" },
      { kind: "emit", type: "plan_ready", payload: { a: 1 } },
      { kind: "emit", type: "build_ready", payload: null },
      { kind: "cost", usd: 0.5, tokens: 10 },
      { kind: "cost", usd: 0, tokens: 0 },
    ]);
  });

  it("goes on once the event that it awaits has come", async () => {
    const asked: unknown[] = [];
    attempt.waitFor = ({ type, stream, timeoutMs }) => {
      asked.push({ type, stream, timeoutMs });
      return Promise.resolve(true);
    };
    const outcome = await attempt.script([{ await: "plan_ready", stream: "planners", timeoutMs: 50 }, { say: "on" }]);
    expect(outcome.ok).toBe(true);
    expect(asked).toEqual([{ type: "plan_ready", stream: "planners", timeoutMs: 50 }]);
  });

  it("fails when the event does not come", async () => {
    const outcome = await attempt.script([{ await: "plan_ready", timeoutMs: 50 }]);
    expect(outcome).toMatchObject({ ok: false, faultOf: "work", reason: expect.stringContaining("plan_ready") });
  });
});

describe("a script that fails on purpose", () => {
  it("fails in the attempts it names only", async () => {
    const steps: ScriptStep[] = [
      { fail: "flaky", attempts: 2 },
      { write: "done", content: "" },
    ];
    expect(await attempt.script(steps, { attempt: 1 })).toMatchObject({ ok: false, reason: "step 1: flaky" });
    expect(await attempt.script(steps, { attempt: 2 })).toMatchObject({ ok: false });
    expect(await attempt.script(steps, { attempt: 3 })).toMatchObject({ ok: true });
  });

  it("blames the agent when it is told to", async () => {
    expect(await attempt.script([{ fail: "overloaded", agent: true }])).toMatchObject({ ok: false, faultOf: "agent" });
  });
});

describe("a script that is ended", () => {
  const never: AttemptSteps = [
    ["a sleep", [{ sleep: 1e9 }]],
    ["an await that never answers", [{ await: "never" }]],
    ["a command", [{ run: "sleep 1000" }]],
  ];
  type AttemptSteps = [string, ScriptStep[]][];

  it.each(never)("stops in %s when it is aborted", async (_what, steps) => {
    attempt.waitFor = () => new Promise(() => undefined);
    const running = attempt.script([{ emit: "started" }, ...steps, { write: "after", content: "" }]);
    while (attempt.reports.length === 0) await new Promise((resolve) => setImmediate(resolve));
    attempt.stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true, timedOut: false, reason: "was stopped" });
    expect(existsSync(inTree("after"))).toBe(false);
  });

  it.each(never)("stops in %s at its timeout", async (_what, steps) => {
    attempt.waitFor = () => new Promise(() => undefined);
    const outcome = await attempt.script([...steps, { write: "after", content: "" }], { timeoutMs: 100 });
    expect(outcome).toMatchObject({
      ok: false,
      aborted: false,
      timedOut: true,
      reason: expect.stringContaining("timeout"),
    });
    expect(existsSync(inTree("after"))).toBe(false);
  });

  it("is bounded by its agent's timeout, too", async () => {
    const outcome = await attempt.script([{ sleep: 1e9 }], { agent: { ...SCRIPTED, timeoutMs: 50 } });
    expect(outcome.timedOut).toBe(true);
  });

  it("does not start once it was aborted", async () => {
    attempt.stop.abort();
    const work = { kind: "agent", agent: "scripted", script: [{ write: "a", content: "" }], instruction: "" } as const;
    expect(await attempt.start({ work: { ...work, script: [...work.script] }, agent: SCRIPTED })).toMatchObject({
      kind: "notStarted",
      aborted: true,
    });
    expect(existsSync(inTree("a"))).toBe(false);
  });
});
