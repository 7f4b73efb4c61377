/** What was checked of what a run landed, and what nobody checked, asked of the built program. */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Change, EvidenceDocument } from "../../src/protocol/evidence.ts";
import { expectValid, readError } from "../cli/program.ts";
import { git, makeRepository, runProgram, scratchFolder } from "../helpers/program.ts";

const RUN = "night";
const scratch = scratchFolder("evidence");
afterAll(() => scratch.remove());

const TEST = 'import test from "node:test";\ntest("one", () => {});\ntest("two", () => {});\n';
/** Writes the reports as a runner of tests does: two lines of src/a.js may be reached, one is. */
const CHECK = `#!/bin/sh
count=$(cat tests/*.test.js 2>/dev/null | grep -c '^test(')
{ echo '<testsuites><testsuite name="tests/a.test.js">'
  for i in $(seq 1 $count); do echo "<testcase name=\\"t$i\\" classname=\\"tests/a.test.js\\"/>"; done
  echo '</testsuite></testsuites>'; } > junit.xml
printf 'SF:%s/src/a.js\\nDA:1,1\\nDA:2,0\\nDA:3,0\\nend_of_record\\nSF:src/never.js\\nDA:1,0\\nend_of_record\\n' "$(pwd)" > lcov.info
`;
const PLAN = {
  goal: "Something to look at",
  concurrency: 1,
  gates: {
    test: { run: "sh check.sh", required: true, reports: [{ junit: "junit.xml" }, { lcov: "lcov.info" }] },
    style: { run: "grep -q never README.md", required: false, at: ["merge"] },
    late: { run: "true", required: true, at: ["ship"] },
  },
  tasks: [
    {
      ...{ id: "code", title: "Write the code" },
      run: "printf 'a\\nb\\nc\\n' > src/a.js; echo 1 > src/never.js; printf '\\000\\001' > picture.bin; echo 2 > \"$(printf 'two\\nlines.txt')\"",
    },
    { id: "tests", needs: ["code"], run: "sed -i '/two/d' tests/a.test.js; echo '# less' >> check.sh" },
    { id: "names", needs: ["tests"], run: "git mv src/old.js src/new.js; rm gone.txt" },
    { id: "broken", needs: ["names"], run: "exit 3", retries: 0 },
  ],
};

const ask = (...args: string[]) => runProgram(root, ["evidence", ...args]);
const root = join(scratch.path, "project");

async function read(...args: string[]): Promise<EvidenceDocument> {
  const { code, stdout, stderr } = await ask(...args, "--json");
  expect(code, stderr).toBe(0);
  const document: EvidenceDocument = JSON.parse(stdout);
  expectValid("evidence", document);
  return document;
}

const changeOf = ({ changes }: EvidenceDocument, id: string): Change =>
  changes.find(({ task }) => task.id === id) as Change;

describe("the evidence of a run", () => {
  let told: string;
  let whole: EvidenceDocument;
  beforeAll(async () => {
    makeRepository(root, {
      ...{ "check.sh": CHECK, "README.md": "x\n", "src/a.js": "a\n", "src/old.js": "old\nfile\n" },
      ...{
        "tests/a.test.js": TEST,
        "gone.txt": "1\n",
        ".gitignore": "junit.xml\nlcov.info\n",
        "plan.json": JSON.stringify(PLAN),
      },
    });
    told = (await runProgram(root, ["run", "plan.json", "--run-id", RUN, "--no-learn", "--no-tui"])).stdout;
    whole = await read();
  });

  it("names for each landed change the commands, trees, exit codes and reports", () => {
    expect(whole.changes.map(({ task }) => task.id)).toEqual(["code", "tests", "names"]);
    const { task, result, changeSet } = changeOf(whole, "code");
    expect(task).toMatchObject({ title: "Write the code", command: PLAN.tasks[0]?.run });
    const tree = git(root, "rev-parse", `${result.commit}^{tree}`).trim();
    expect(result).toMatchObject({ status: "merged", tree, tip: { commit: result.commit, tree } });
    const run = result.gates.find(({ gate }) => gate === "test");
    expect(run).toMatchObject({ at: "merge", command: "sh check.sh", status: "passed", code: 0, tree, reused: false });
    expect(run?.reports.map(({ kind }) => kind)).toEqual(["junit", "lcov"]);
    expect(changeSet?.base).toBe(git(root, "rev-parse", `${result.commit}^`).trim());
  });

  it("has each changed file named by a gate or among those that nobody checked", () => {
    for (const { result, changeSet, unchecked } of whole.changes) {
      const changed = git(
        root,
        "diff-tree",
        "-r",
        "--no-commit-id",
        "--name-only",
        "--no-renames",
        "-z",
        result.commit ?? "",
      );
      const listed = changeSet?.files.flatMap(({ path, from }) => (from === undefined ? [path] : [from, path]));
      expect(listed?.toSorted()).toEqual(changed.split("\0").filter(Boolean).toSorted());
      const unnamed = changeSet?.files.filter(({ checkedBy }) => checkedBy.length === 0).map(({ path }) => path);
      expect(unchecked.files).toEqual(unnamed);
    }
    const { changeSet, unchecked } = changeOf(whole, "code");
    expect(changeSet?.files.find(({ path }) => path === "src/a.js")?.checkedBy).toMatchObject([
      { gate: "test", by: "coverage" },
    ]);
    // A file of which no line ran was not looked at, whatever the report lists.
    expect(unchecked.files).toEqual(["picture.bin", "src/never.js", "two\nlines.txt"]);
  });

  it("has the new lines that no test reached", () => {
    expect(changeOf(whole, "code").unchecked.lines).toEqual([
      { path: "src/a.js", ranges: [{ first: 2, last: 3 }] },
      { path: "src/never.js", ranges: [{ first: 1, last: 1 }] },
    ]);
  });

  it("has tests that are gone, by their text and by their count, and changes of what gates run", () => {
    const { tests, gateInputs } = changeOf(whole, "tests").unchecked;
    expect(tests).toMatchObject([
      { kind: "removed", of: "tests/a.test.js" },
      { kind: "fewer", of: "test", text: "1 tests ran, 2 before" },
    ]);
    expect(gateInputs).toEqual([{ path: "check.sh", why: "command" }]);
  });

  it("has gates that did not pass and those that never ran", () => {
    expect(changeOf(whole, "code").unchecked.gates).toMatchObject([
      { gate: "style", why: "red" },
      { gate: "late", why: "notRun" },
    ]);
  });

  it("knows a file that only has another name, and one that is gone", () => {
    expect(changeOf(whole, "names").changeSet?.files).toMatchObject([
      { path: "gone.txt", change: "deleted" },
      { path: "src/new.js", change: "renamed", from: "src/old.js" },
    ]);
  });

  it("is found by task, by RUN/TASK, by the run, and by a commit or the begin of one", async () => {
    const { commit } = changeOf(whole, "tests").result;
    const only = { ...whole, changes: [changeOf(whole, "tests")] };
    for (const wanted of ["tests", `${RUN}/tests`, commit ?? "", (commit ?? "").slice(0, 9)]) {
      expect((await read(wanted)).changes, wanted).toEqual(only.changes);
    }
    expect(await read(RUN)).toEqual(whole);
    expect(await read("tests", "--run", RUN)).toMatchObject({ changes: only.changes });
  });

  it("of a task that landed nothing says so", async () => {
    const { changes, limits } = await read("broken");
    expect(changes).toMatchObject([{ result: { status: "failed", commit: null }, changeSet: null }]);
    expect(limits.join()).toContain("nothing of broken has landed");
  });

  it.each([
    [["tets"], "usage.noEvidence", /did you mean tests/],
    [[`${RUN}/cod`], "usage.noTask", /code is near/],
    [["feedbeef"], "usage.noEvidence", /landed there/],
    [["none/code"], "run.notFound", /pleach list/],
  ])("of %j is an error with a hint", async (args, code, hint) => {
    const { error } = readError(await ask(...args, "--json"), 2);
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
  });

  it("of a commit that no run made is an error that says so", async () => {
    const { error } = readError(await ask(git(root, "rev-parse", "HEAD").trim(), "--json"), 2);
    expect(error).toMatchObject({
      code: "usage.noEvidence",
      message: expect.stringContaining("no run made it"),
    });
  });

  it("for people has the riskiest first, and breaks no line at a name", async () => {
    const { stdout } = await ask();
    expect(stdout.indexOf("\ntests:")).toBeLessThan(stdout.indexOf("\ncode (Write the code):"));
    expect(stdout).toContain("sh check.sh: passed, exit 0");
    expect(stdout).toMatch(/nobody checked 3 changed files: picture\.bin, src\/never\.js, two.*lines\.txt/);
  });

  it("closes in a dozen lines that say what landed, what needs a person, and what to type", async () => {
    const at = told.indexOf(`\nrun ${RUN} failed in part`);
    const digest = told.slice(at).trim().split("\n");
    expect(digest.length).toBeLessThanOrEqual(12);
    expect(digest[0]).toContain("3 merged, 1 failed of 4 tasks");
    const needs = digest.filter((text) => /^ {2}[✖!]/.test(text));
    expect(needs[0]).toContain("broken");
    expect(needs[1]).toContain("tests changes what gates run");
    expect(digest).toContain(`  next   pleach evidence ${RUN}`);
    expect((await runProgram(root, ["status"])).stdout.trimEnd().endsWith(digest.slice(2).join("\n"))).toBe(true);
  });

  it("claims nothing by a report that is not as its gate left it", async () => {
    const { result } = changeOf(whole, "code");
    const report = result.gates[0]?.reports.find(({ kind }) => kind === "lcov")?.path ?? "";
    const file = join(root, ".ce-workspace", RUN, report);
    const before = readFileSync(file, "utf8");
    appendFileSync(file, "SF:picture.bin\nDA:1,1\nend_of_record\n");
    const { changes, limits } = await read("code");
    expect(before).not.toContain("picture.bin");
    expect(changes[0]?.unchecked.files).toContain("src/a.js");
    expect(limits.join()).toContain("is not as its gate left it");
  });
});
