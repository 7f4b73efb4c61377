/** A base on which required gates are red: said at once, nobody is blamed for it, and nothing makes it worse. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runProgram } from "../helpers/program.ts";
import { carryOut, type Finished, fates, PATIENCE_MS, SHARED, show, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("baseline");
afterAll(() => workshop.clean());

interface Case {
  files?: Record<string, string>;
  gate: object;
  tasks: object[];
}

/** Carries the tasks out, one after the other, under a required gate `test`. */
async function run({ files = {}, gate, tasks }: Case): Promise<{ root: string; run: Finished }> {
  const gates = { test: { required: true, ...gate } };
  const chained = tasks.map((task, at) => ({
    retries: 0,
    continueOnError: true,
    needs: at === 0 ? [] : [`t${at}`],
    id: `t${at + 1}`,
    ...task,
  }));
  const root = workshop.repository({ goal: "g", concurrency: 1, gates, tasks: chained }, files);
  return { root, run: await carryOut(root) };
}

/** Runs a test for each file in `tests/`, which is red when it holds FAIL, and writes a JUnit report. */
const RUNNER = `
{ echo '<testsuite>'
  for t in tests/*; do
    if grep -q FAIL "$t"; then echo "<testcase name='$t'><failure/></testcase>"
    else echo "<testcase name='$t'/>"; fi
  done
  echo '</testsuite>'; } > junit.xml
if grep -q '<failure/>' junit.xml; then echo some tests failed; exit 1; fi`;
const reporting = { run: RUNNER, reports: [{ junit: "junit.xml" }] };
const baselines = ({ events }: Finished) => events.filter(({ type }) => type === "gate.baseline");

describe("a gate that is red on the base", { timeout: PATIENCE_MS }, () => {
  it("and has no report is not protecting: changes land, it is said at the start, in status and at ship", async () => {
    const { root, run: over } = await run({
      gate: { run: `echo x >> ${SHARED}/runs; echo one; echo the last words; exit 3` },
      tasks: [{ run: "echo 1 > one" }],
    });
    expect(over.end.code, over.end.stdout.slice(-1500)).toBe(0);
    // Twice on the base; on the merged tree nobody needs to be sure of what says nothing.
    expect(readFileSync(join(root, ".git/runs"), "utf8")).toBe("x\nx\nx\n");
    expect(fates(over.status)).toEqual({ t1: "merged" });
    expect(baselines(over)).toMatchObject([
      { data: { gate: "test", verdict: "failed", protecting: false, evidence: ["one", "the last words"] } },
    ]);
    expect(over.status).toMatchObject({
      notProtecting: ["test"],
      warnings: [expect.stringContaining("gate test is red on the base, before any task: exited with code 3")],
    });
    expect((await runProgram(root, ["status"])).stdout).toContain("it is not protecting");
    expect((await runProgram(root, ["ship"])).stdout).toContain("gate test is not protecting");
  });

  it("is looked at twice, in fresh worktrees, before that is believed", async () => {
    const { run: over } = await run({
      // Red the first time only.
      gate: { run: 'f="$(git rev-parse --git-common-dir)/seen"; test -e "$f" || { touch "$f"; exit 1; }' },
      tasks: [{ run: "echo 1 > one" }],
    });
    expect(baselines(over)).toMatchObject([{ data: { gate: "test", verdict: "passed", protecting: true } }]);
    expect(over.status).toMatchObject({ notProtecting: [], warnings: [] });
  });

  it("has to be made green by a task that names it, and stays so from then on", async () => {
    const { run: over } = await run({
      files: { broken: "x\n" },
      gate: { run: "! test -e broken" },
      tasks: [
        { run: "echo 1 > one", gates: ["test"] },
        { run: "rm broken", gates: ["test"] },
        { run: "echo again > broken" },
        { run: "echo 4 > four" },
      ],
    });
    expect(fates(over.status)).toEqual({ t1: "failed", t2: "merged", t3: "failed", t4: "merged" });
    expect(over.status.notProtecting).toEqual([]);
  });

  it("and tells by a report what is wrong lets land what adds nothing, and names what another change adds", async () => {
    const { root, run: over } = await run({
      files: { "tests/a": "ok\n", "tests/b": "FAIL\n", ".gitignore": "junit.xml\n" },
      gate: reporting,
      tasks: [
        { run: "echo 1 > one" },
        { run: "echo FAIL > tests/a" },
        { run: "echo ok > tests/b; echo FAIL > tests/c" },
        { run: "echo ok > tests/b" },
        { run: "echo FAIL > tests/b" },
      ],
    });
    expect(fates(over.status)).toEqual({ t1: "merged", t2: "failed", t3: "failed", t4: "merged", t5: "failed" });
    expect(taskOf(over.status, "t2").reason).toContain("1 problem that was not there before: test tests/a");
    expect(taskOf(over.status, "t3").reason).toContain("test tests/c");
    expect(taskOf(over.status, "t5").reason).toContain("1 of 2 tests failed");
    expect(baselines(over)).toMatchObject([
      { data: { protecting: true, evidence: [expect.stringContaining("tests/b")] } },
    ]);
    expect(over.status.notProtecting).toEqual([]);
    expect([show(root, "tests/a"), show(root, "tests/b")]).toEqual(["ok\n", "ok\n"]);
  });

  it("and strict lets nothing land, and blames nobody", async () => {
    const { run: over } = await run({
      gate: { run: "exit 3", baseline: "strict" },
      tasks: [{ run: "echo 1 > one" }],
    });
    expect(fates(over.status)).toEqual({ t1: "failed" });
    expect(taskOf(over.status, "t1").reason).toContain("on the integration branch before this task's change");
  });
});

describe("a gate that is green on the base", { timeout: PATIENCE_MS }, () => {
  it("is not run a second time for the same base, also by another run", async () => {
    const note = 'echo run >> "$(git rev-parse --git-common-dir)/runs"';
    const gates = { test: { run: note, required: true } };
    const root = workshop.repository({ goal: "g", gates, tasks: [{ id: "one", run: "true" }] });
    const env = { XDG_STATE_HOME: join(root, ".git/state") };
    await carryOut(root, env);
    const runs = () => readFileSync(join(root, ".git/runs"), "utf8").split("\n").length - 1;
    expect(runs()).toBe(1);
    expect((await runProgram(root, ["run", "plan.json", "--no-learn", "--json"], env)).code).toBe(0);
    expect(runs()).toBe(1);
    expect(existsSync(join(root, ".git/worktrees"))).toBe(false);
  });
});
