/** Gates inside a run: reports with thresholds, advisory ones, and a merged tree that is red though each part was green. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, programEnv } from "../helpers/program.ts";
import { carryOut, listFiles, meet, PATIENCE_MS, RUN, readIf, readLog, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("gates");
afterAll(() => workshop.clean());

const junit = (failures: number): string => {
  const cases = Array.from({ length: 3 }, (_, index) =>
    index < failures
      ? `<testcase name="case ${index}"><failure message="it broke"/></testcase>`
      : `<testcase name="case ${index}"/>`,
  );
  return `<testsuites><testsuite name="s" tests="3" failures="${failures}">${cases.join("")}</testsuite></testsuites>`;
};
const lcov = (hit: number): string =>
  [
    "TN:",
    "SF:a.js",
    ...Array.from({ length: 10 }, (_, line) => `DA:${line + 1},${line < hit ? 1 : 0}`),
    "LF:10",
    `LH:${hit}`,
    "end_of_record",
  ].join("\n");

/** Commits of the run's branch whose tree does not pass; none is what we are promised. */
function listRed(root: string, gate: string): string[] {
  const commits = git(root, "rev-list", "--reverse", `main..pleach/${RUN}`).trim().split("\n").filter(Boolean);
  const place = join(root, ".git", "looked-at");
  return commits.filter((commit) => {
    git(root, "worktree", "add", "-q", "--detach", place, commit);
    try {
      execFileSync("sh", ["-c", gate], { cwd: place, env: programEnv(), stdio: "ignore" });
      return false;
    } catch {
      return true;
    } finally {
      git(root, "worktree", "remove", "--force", place);
      rmSync(place, { recursive: true, force: true });
    }
  });
}

describe("a gate", { timeout: PATIENCE_MS }, () => {
  it("reads JUnit and LCOV reports: too little coverage is red though the command exits with 0, and a retry mends it", async () => {
    const root = workshop.repository(
      {
        goal: "reports",
        gates: {
          test: {
            run: "cp results.txt junit.xml; cp coverage.txt lcov.info",
            required: true,
            report: { junit: "junit.xml", lcov: "lcov.info", lines: 80 },
          },
        },
        tasks: [
          {
            id: "covered",
            gates: ["test"],
            retries: 2,
            agent: "scripted",
            scope: ["*.txt"],
            script: [
              { write: "results.txt", content: junit(1) },
              { write: "coverage.txt", content: lcov(7) },
              { run: `[ "$PLEACH_ATTEMPT" = 1 ] || printf '%s' '${junit(0)}' > results.txt` },
              { run: `[ "$PLEACH_ATTEMPT" != 3 ] || printf '%s' '${lcov(9)}' > coverage.txt` },
            ],
          },
        ],
      },
      { ".gitignore": "junit.xml\nlcov.info\n" },
    );
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    const summaries = readLog(root)
      .filter(({ type, actor }) => type === "gates.finished" && actor === "task:covered")
      .map(({ data }) => (data as { results: { status: string; summary: string }[] }).results[0]);
    expect(summaries.map((result) => result?.status)).toEqual(["failed", "failed", "passed"]);
    expect(summaries[0]?.summary).toMatch(/1 of 3 tests failed/);
    expect(summaries[1]?.summary).toMatch(/70.*80/);
    expect(taskOf(status, "covered")).toMatchObject({ status: "merged", attempts: 3 });
  });

  it("that is advisory and red is a warning, and does not stop the merge", async () => {
    const root = workshop.repository({
      goal: "advice",
      gates: { style: { run: "echo 'tabs everywhere'; exit 1", required: false } },
      tasks: [{ id: "ugly", gates: ["style"], run: "echo 1 > a.txt" }],
    });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(0);
    expect(taskOf(status, "ugly")).toMatchObject({ status: "merged", gates: [{ name: "style", status: "failed" }] });
    expect(status.warnings.join("\n")).toContain("advisory gate style");
  });

  it("that takes too long fails its task after the gate's timeout", async () => {
    const root = workshop.repository({
      goal: "slow",
      gates: { slow: { run: "sleep 600", required: true, timeout: "300ms" } },
      tasks: [{ id: "checked", gates: ["slow"], run: "echo 1 > a.txt" }],
    });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(taskOf(status, "checked")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/gate slow: .*timeout/),
    });
  });

  it("that is red only on what is merged evicts the culprit, and the branch is green at every commit", async () => {
    // Green with two parts at most; each task adds one and is green by itself, for all begin on the same base.
    const gate = '[ "$(ls parts 2>/dev/null | wc -l)" -le 2 ]';
    const ids = ["a", "b", "c"];
    const root = workshop.repository({
      goal: "too many parts",
      concurrency: 4,
      gates: { few: { run: gate, required: true } },
      tasks: [
        ...ids.map((id) => ({
          id,
          scope: [`parts/${id}`],
          gates: ["few"],
          run: `${meet(3)}; mkdir -p parts; echo ${id} > parts/${id}`,
        })),
        { id: "other", needs: ids, join: { min: 2, require: [] }, scope: ["other.txt"], run: "echo 1 > other.txt" },
      ],
    });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    const states = ids.map((id) => taskOf(status, id).status).sort();
    expect(states).toEqual(["failed", "merged", "merged"]);
    const culprit = status.tasks.find(({ status: state }) => state === "failed");
    expect(culprit?.reason).toMatch(/gate few/);
    expect(culprit?.gates).toEqual([{ name: "few", status: "passed" }]);
    expect(taskOf(status, "other").status).toBe("merged");
    expect(listRed(root, gate)).toEqual([]);
    expect(listFiles(root).filter((file) => file.startsWith("parts/"))).toHaveLength(2);
    // What was evicted is still there to be looked at.
    expect(git(root, "branch", "--list", `pleach-tasks/${RUN}/${culprit?.id}/*`).trim()).not.toBe("");
  });

  it("that is red on the merged tree lets the culprit try again on it, with the report", async () => {
    const gate = "! { test -f old-name.txt && grep -rq new-name uses; }";
    const root = workshop.repository({
      goal: "a name",
      gates: { names: { run: gate, required: true } },
      tasks: [
        { id: "keeps", scope: ["old-name.txt"], run: `${meet(2)}; echo kept > old-name.txt` },
        {
          id: "renames",
          scope: ["uses/**"],
          retries: 1,
          run: `${meet(2)}; mkdir -p uses; if [ -f old-name.txt ]; then echo old-name > uses/it; else sleep 1; echo new-name > uses/it; fi`,
        },
      ],
    });
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(taskOf(status, "renames")).toMatchObject({ status: "merged", attempts: 2 });
    expect(listRed(root, gate)).toEqual([]);
  });

  it("that is strict and red before anybody has changed anything says so, and no task is blamed for it", async () => {
    const root = workshop.repository({
      goal: "red from the start",
      gates: { always: { run: "echo 'the base is broken'; exit 1", required: true, baseline: "strict" } },
      tasks: [
        { id: "one", scope: ["one.txt"], run: "echo 1 > one.txt" },
        { id: "two", scope: ["two.txt"], run: "echo 2 > two.txt" },
      ],
    });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    for (const id of ["one", "two"]) {
      expect(taskOf(status, id)).toMatchObject({
        status: "failed",
        reason: expect.stringContaining("before this task's change"),
      });
      expect(taskOf(status, id).reason).toContain("gate always fails on the integration branch");
    }
    expect(git(root, "rev-parse", `pleach/${RUN}`)).toBe(git(root, "rev-parse", "main"));
    expect(readIf(join(root, "one.txt"))).toBeNull();
  });

  it("is told of with the work that changes what it runs, and green all the same", async () => {
    const root = workshop.repository(
      {
        goal: "an easy gate",
        gates: { test: { run: "sh check.sh", required: true } },
        tasks: [
          { id: "eases", run: "echo 'exit 0' > check.sh; rm test/a.test.js" },
          { id: "works", run: "echo work > work.txt" },
        ],
      },
      { "check.sh": "test -f test/a.test.js", "test/a.test.js": "it('works', work)" },
    );
    const { status } = await carryOut(root);
    expect(status.tasks.map((task) => task.status)).toEqual(["merged", "merged"]);
    expect(status.warnings).toEqual([
      "eases changes what gates run: edits check.sh, deletes 1 test file (test/a.test.js)",
    ]);
  });
});
