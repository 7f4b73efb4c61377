/** Whatever runs there are: learning them again changes nothing, and learning them elsewhere gives the same bytes. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FailureFact, learnFromRun, type RunFacts, type TaskFact } from "../../../src/vault/index.ts";
import { compileVault } from "../compile-vault.ts";
import {
  makeAttempt,
  makeFacts,
  makeFailure,
  makeTask,
  makeTempFolder,
  readTree,
  vitestOutput,
} from "../temp-vault.ts";

const failures: Partial<FailureFact>[] = [
  { text: vitestOutput },
  { text: vitestOutput.replace("TypeError", "RangeError") },
  { kind: "work", by: "work", text: "Error: connect ECONNREFUSED 127.0.0.1:5432" },
  { kind: "work", by: "work", text: "Error: connect ECONNREFUSED on the way to the database 127.0.0.1:99" },
  { kind: "merge", by: "merge", text: "merge conflict", files: ["src/menu.ts"] },
  { kind: "scope", by: "scope", text: "outside", files: ["package-lock.json"] },
  { kind: "timeout", by: "timeout", text: "waiting" },
  { kind: "review", by: "review", text: "src/a.ts:3: uploads are not limited" },
  { text: "exit code 1" },
];
const files = ["src/auth/login.ts", "src/auth/session.ts", "src/menu.ts", "docs/a|b.md"];

const taskOf = (at: number) =>
  fc
    .record({
      failed: fc.subarray(failures, { maxLength: 2 }),
      files: fc.subarray(files),
      outcome: fc.constantFrom<TaskFact["outcome"]>("merged", "merged", "failed", "unfinished"),
      tree: fc.constantFrom("t1", "t2"),
    })
    .map(({ failed, files: changed, outcome, tree }): TaskFact => {
      const id = `task-${at}`;
      const all = failed.map((one, index) => makeFailure({ ...one, task: id, attempt: index + 1 }));
      const tries = all.map((failure) => makeAttempt({ attempt: failure.attempt, failure, tree, files: ["src/x.ts"] }));
      const last = makeAttempt({ attempt: all.length + 1, tree, files: changed, ok: outcome === "merged" });
      return makeTask({ id, title: `Task ${at}`, outcome, files: changed, failures: all, tries: [...tries, last] });
    });

const runs = fc.array(
  fc.record({
    tasks: fc.tuple(taskOf(0), taskOf(1), taskOf(2)),
    noted: fc.subarray(["the staging database drops idle connections", "builds need the newest compiler toolchain"]),
    /** Of the patterns that are there by then. */
    shown: fc.nat(),
    /** Weeks since the run before. */
    later: fc.constantFrom(0, 1, 20, 60),
  }),
  { minLength: 2, maxLength: 4 },
);

type DrawnRun = typeof runs extends fc.Arbitrary<(infer Run)[]> ? Run : never;

/** Learns these runs one after the other, each shown what the ones before taught; returns what was learned. */
async function learnAll(dir: string, drawn: readonly DrawnRun[]): Promise<RunFacts[]> {
  const all: RunFacts[] = [];
  let minute = 0;
  for (const { tasks, noted, shown, later } of drawn) {
    minute += 60 + later * 7 * 24 * 60;
    const ids = [...readTree(dir)].flatMap(([name, text]) =>
      name.startsWith("patterns/2") ? (/^id: "([^"]+)"/m.exec(text)?.[1] ?? []) : [],
    );
    const id = ids[shown % Math.max(1, ids.length)];
    const facts = makeFacts(
      {
        tasks,
        insights: noted.map((text) => ({ task: "task-0", stream: "builders", text, tags: [], at: 0 })),
        gates: tasks.flatMap((task) =>
          task.tries.map(({ attempt, failure, tree }) => {
            const status = failure?.kind === "gate" ? ("failed" as const) : ("passed" as const);
            return { task: task.id, gate: "unit", attempt, status, required: true, ms: 9_000, timedOut: false, tree };
          }),
        ),
        conflicts: tasks
          .filter((task) => task.failures.some(({ kind }) => kind === "merge"))
          .map(({ id: task }) => ({
            id: `${task}-1`,
            kind: "merge",
            task,
            why: "",
            files: ["src/menu.ts"],
            others: [],
            choice: "rerun on the new base",
          })),
        patternsUsed: id === undefined ? {} : { "task-0": [id], "task-1": [id] },
      },
      minute,
    );
    await learnFromRun(dir, facts);
    all.push(facts);
  }
  return all;
}

describe("learning", () => {
  it("again, and elsewhere, gives the same bytes, whatever the runs", { timeout: 500000 }, async () => {
    await fc.assert(
      fc.asyncProperty(runs, async (drawn) => {
        const dir = makeTempFolder();
        const facts = await learnAll(dir, drawn);
        const once = readTree(dir);
        const other = makeTempFolder();
        for (const one of facts) await learnFromRun(other, one);
        expect(readTree(other)).toEqual(once);
        for (const one of facts) await learnFromRun(other, one);
        expect(readTree(other)).toEqual(once);
      }),
      { numRuns: 60, seed: 77 },
    );
  });

  it("in another time zone and language gives the same bytes", async () => {
    const program = compileVault(makeTempFolder());
    const [drawn = []] = fc.sample(runs, { numRuns: 1, seed: 5 });
    const dir = makeTempFolder();
    const facts = await learnAll(dir, drawn);
    const elsewhere = path.join(makeTempFolder(), "vault");
    fs.mkdirSync(elsewhere);
    const env = { ...process.env, TZ: "Pacific/Kiritimati", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" };
    const ended = spawnSync(process.execPath, [program, elsewhere], { env, input: `${JSON.stringify(facts)}\n` });
    expect(ended.status, String(ended.stderr)).toBe(0);
    expect(readTree(elsewhere)).toEqual(readTree(dir));
  });
});
