/** Gates that say red and green of one tree: nobody is thrown out for them, and what was gated is not gated again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { FlakeEvidence } from "../../src/protocol/gate-values.ts";
import { runProgram } from "../helpers/program.ts";
import { carryOut, type Finished, fates, PATIENCE_MS, RUN, resume, SHARED, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("flaky");
afterAll(() => workshop.clean());

/** Counts its runs, and writes a report of one test, which fails in the runs that are named. */
const flakyIn = (runs: string, place = "file='tests/cart.js' name='adds'"): string => `
f=${SHARED}/runs; echo x >> "$f"; n=$(wc -l < "$f" | tr -d ' '); echo "n is $n"
case " ${runs} " in
  *" $n "*) echo "<testsuite><testcase ${place}><failure/></testcase></testsuite>" > junit.xml; exit 1;;
  *) echo "<testsuite><testcase ${place}/></testsuite>" > junit.xml;;
esac`;
const FILES = { "tests/cart.js": "test\n", ".gitignore": "junit.xml\n" };
const reports = [{ junit: "junit.xml" }];

function begin(gate: object, tasks: object[], files: Record<string, string> = FILES): string {
  const chained = tasks.map((task, at) => ({
    retries: 0,
    id: `t${at + 1}`,
    needs: at === 0 ? [] : [`t${at}`],
    ...task,
  }));
  return workshop.repository({ goal: "g", concurrency: 1, gates: { test: gate }, tasks: chained }, files);
}

const runsOf = (root: string): number => readFileSync(join(root, ".git/runs"), "utf8").trim().split("\n").length;
const ofType = ({ events }: Finished, type: string) => events.filter((event) => event.type === type);

describe("a required gate that is red on a merged tree", { timeout: PATIENCE_MS }, () => {
  it("and that is to be run again lands as excused when it is green then, with both verdicts as evidence", async () => {
    const root = begin({ run: flakyIn("2"), at: ["merge"], flaky: "retry", reports }, [{ run: "echo 1 > one" }]);
    const over = await carryOut(root);
    expect(over.end.code, over.end.stdout.slice(-1500)).toBe(0);
    expect(fates(over.status)).toEqual({ t1: "merged" });
    // The base, the tip, and the tip again.
    expect(runsOf(root)).toBe(3);
    expect(ofType(over, "tip.gated")).toMatchObject([
      { data: { results: [{ status: "failed", tests: [{ name: "adds" }], doubt: { retries: true, touched: [] } }] } },
      { data: { again: true, results: [{ status: "passed" }] } },
    ]);
    const [excused] = ofType(over, "gate.excused");
    expect(ofType(over, "gate.excused")).toMatchObject([
      {
        actor: "task:t1",
        data: {
          gate: "test",
          evidence: { tests: ["adds"], known: [], red: { summary: "1 of 1 tests failed; exited with code 1" } },
        },
      },
    ]);
    const { evidence } = (excused?.data ?? {}) as { evidence?: FlakeEvidence };
    const kept = [evidence?.red, evidence?.green].map((verdict) =>
      readFileSync(join(root, ".ce-workspace", RUN, verdict?.report ?? ""), "utf8"),
    );
    expect(kept).toEqual(["n is 2\n", "n is 3\n"]);
    expect(taskOf(over.status, "t1").gates).toEqual([{ name: "test", status: "passed", excused: true }]);
    expect((await runProgram(root, ["status"])).stdout).toContain("gate test is excused");
  });

  it("and is red again counts as it always did", async () => {
    const root = begin({ run: flakyIn("2 3"), at: ["merge"], flaky: "retry", reports }, [{ run: "echo 1 > one" }]);
    const over = await carryOut(root);
    expect(fates(over.status)).toEqual({ t1: "failed" });
    expect(taskOf(over.status, "t1").reason).toContain("gate test: 1 of 1 tests failed");
    expect(ofType(over, "gate.excused")).toEqual([]);
    expect(runsOf(root)).toBe(3);
  });

  it("is run again where one of its tests was red and green on the same tree, and not for others", async () => {
    // On the base, green for the task's own worktree, red for the very same tree at the merge.
    const known = begin({ run: flakyIn("3"), reports }, [{ run: "echo 1 > one", gates: ["test"] }]);
    const over = await carryOut(known);
    expect(fates(over.status)).toEqual({ t1: "merged" });
    expect(ofType(over, "gate.excused")).toMatchObject([{ data: { evidence: { known: ["adds"] } } }]);
    expect(runsOf(known)).toBe(4);
    const unknown = begin({ run: flakyIn("2"), at: ["merge"], reports }, [{ run: "echo 1 > one" }]);
    expect(fates((await carryOut(unknown)).status)).toEqual({ t1: "failed" });
    expect(runsOf(unknown)).toBe(2);
  });

  it("is never excused for a test that the change adds or touches", async () => {
    for (const run of ["echo more >> tests/cart.js", "echo 'it adds' > tests/new.test.js"]) {
      const place = run.includes("new") ? "name='adds'" : "file='tests/cart.js' name='adds'";
      const root = begin({ run: flakyIn("2", place), at: ["merge"], flaky: "retry", reports }, [{ run }]);
      const over = await carryOut(root);
      expect(fates(over.status)).toEqual({ t1: "failed" });
      expect(ofType(over, "tip.gated")).toMatchObject([{ data: { results: [{ doubt: { touched: ["adds"] } }] } }]);
      expect(runsOf(root)).toBe(2);
    }
  });

  it("and whose report names nothing is run again only where the plan says so, and no test was touched", async () => {
    const run = `f=${SHARED}/runs; echo x >> "$f"; test "$(wc -l < "$f")" -ne 2`;
    const silent = { at: ["merge"], run };
    const plain = begin(silent, [{ run: "echo 1 > one" }]);
    expect(fates((await carryOut(plain)).status)).toEqual({ t1: "failed" });
    const retried = begin({ ...silent, flaky: "retry" }, [{ run: "echo 1 > one" }]);
    expect(fates((await carryOut(retried)).status)).toEqual({ t1: "merged" });
    const touching = begin({ ...silent, flaky: "retry" }, [{ run: "echo 1 > tests/one.js" }]);
    const over = await carryOut(touching);
    expect(fates(over.status)).toEqual({ t1: "failed" });
    expect(ofType(over, "tip.gated")).toMatchObject([
      { data: { results: [{ doubt: { touched: ["tests/one.js"] } }] } },
    ]);
  });

  it("is run again after a SIGKILL between the two runs, and lands once", async () => {
    for (const point of ["before:gateTip:2", "after:gateTip:2"]) {
      const root = begin({ run: flakyIn("2"), at: ["merge"], flaky: "retry", reports }, [{ run: "echo 1 > one" }]);
      const args = ["run", "plan.json", "--run-id", RUN, "--json", "--no-learn", "--trust"];
      const killed = await runProgram(root, args, { PLEACH_CRASH_AT: point });
      expect(killed.signal ?? killed.code).not.toBe(0);
      const over = await resume(root);
      expect(fates(over.status)).toEqual({ t1: "merged" });
      const events = await runProgram(root, ["events", "--json"]);
      const types = events.stdout.split("\n").filter((line) => line.includes('"type":"gate.excused"'));
      expect(types).toHaveLength(1);
    }
  });
});

describe("a tree that was gated already", { timeout: PATIENCE_MS }, () => {
  it("is not gated again, which is said; a task's own verdict never stands in for a merge's", async () => {
    const run = `echo x >> ${SHARED}/runs`;
    const root = begin({ run }, [
      { run: "echo 1 > one", gates: ["test"] },
      { run: "rm one", gates: [] },
      { run: "echo 1 > one", gates: [] },
    ]);
    const over = await carryOut(root, { XDG_STATE_HOME: join(root, ".git/state") });
    expect(fates(over.status)).toEqual({ t1: "merged", t2: "merged", t3: "merged" });
    // On the base, in the first task's worktree, and on what was merged of it: the others made trees that there were.
    expect(runsOf(root)).toBe(3);
    expect(ofType(over, "verdict.reused")).toMatchObject([
      { actor: "merge", data: { gate: "test", tasks: ["t2"], run: RUN } },
      { actor: "merge", data: { gate: "test", tasks: ["t3"], run: RUN } },
    ]);
    expect(over.status.tasks.map(({ gates }) => gates)).toEqual([
      [{ name: "test", status: "passed" }],
      [{ name: "test", status: "passed", reused: true }],
      [{ name: "test", status: "passed", reused: true }],
    ]);
  });
});
