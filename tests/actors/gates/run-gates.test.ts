import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GateResult, type RunGatesOptions, runGates } from "../../../src/actors/gates/run-gates.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { CoverageThresholds, Gate } from "../../../src/plan/model.ts";

let base: string;
let cwd: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "pleach gates ü-")));
  cwd = join(base, "tree");
  mkdirSync(cwd);
  cpSync(fileURLToPath(new URL("fixtures", import.meta.url)), join(base, "fixtures"), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const gate = (run: string, rest: Partial<Gate> = {}): Gate => ({
  name: "tests",
  run,
  required: true,
  at: ["task"],
  timeoutMs: 60_000,
  ...rest,
});

function run(gates: Gate[], options: Partial<RunGatesOptions> = {}): Promise<GateResult[]> {
  return runGates({
    executor: localExecutor,
    gates,
    cwd,
    env: () => ({ PATH: process.env.PATH ?? "" }),
    outDir: join(base, "out"),
    identity: { run: "run-1", task: "task-1" },
    signal: new AbortController().signal,
    concurrency: 4,
    graceMs: 200,
    ...options,
  });
}

async function runOne(command: string, rest: Partial<Gate> = {}): Promise<GateResult> {
  const [result] = await run([gate(command, rest)]);
  if (result === undefined) throw new Error("no result");
  return result;
}

const readOut = (name: string | null) => readFileSync(join(base, "out", name ?? "none"));

describe("a gate without reports", () => {
  it("passes when its command exits with 0, and its transcript is kept with its hash", async () => {
    const result = await runOne("echo fine");
    expect(result).toMatchObject({
      name: "tests",
      required: true,
      status: "passed",
      code: 0,
      summary: "passed",
      tail: "fine\n",
    });
    expect(readOut(result.report).toString()).toBe("fine\n");
    expect(result.reportSha256).toBe(createHash("sha256").update("fine\n").digest("hex"));
  });

  it("fails when it does not", async () => {
    expect(await runOne("exit 2")).toMatchObject({ status: "failed", code: 2, summary: "exited with code 2" });
    expect(await runOne("no-such-program")).toMatchObject({
      status: "failed",
      code: 127,
      summary: expect.stringContaining("not found"),
    });
    expect(await runOne("kill -KILL $$")).toMatchObject({
      status: "failed",
      code: null,
      summary: "was killed by SIGKILL",
    });
  });

  it("fails at its timeout", async () => {
    expect(await runOne("sleep 1000", { timeoutMs: 50 })).toMatchObject({
      status: "failed",
      timedOut: true,
      summary: expect.stringContaining("timeout"),
    });
  });

  it("is an error when it cannot be started", async () => {
    const [result] = await run([gate("true")], { cwd: join(base, "gone") });
    expect(result).toMatchObject({ status: "error", report: null, summary: expect.stringContaining("gone") });
  });
});

describe("a gate with a JUnit report", () => {
  const report = { junit: "out/junit.xml" };
  const write = (name: string) => `mkdir -p out; cat '../fixtures/${name}' > out/junit.xml`;

  it("passes when both agree, and a copy of the report is kept", async () => {
    const result = await runOne(write("surefire.xml"), { reports: [report] });
    expect(result).toMatchObject({ status: "passed", summary: "3 tests passed", failures: [] });
    const [kept] = result.kept;
    expect(kept).toMatchObject({ kind: "junit" });
    const copy = readOut(kept?.path ?? null);
    expect(copy.equals(readFileSync(join(base, "fixtures/surefire.xml")))).toBe(true);
    expect(kept?.sha256).toBe(createHash("sha256").update(copy).digest("hex"));
  });

  it("fails on failed tests although the command exits with 0", async () => {
    const result = await runOne(write("vitest.xml"), { reports: [report] });
    expect(result).toMatchObject({ status: "failed", code: 0, summary: "1 of 4 tests failed" });
    expect(result.failures).toHaveLength(1);
  });

  it("fails on the exit code although the report is good, missing or malformed", async () => {
    expect(await runOne(`${write("surefire.xml")}; exit 1`, { reports: [report] })).toMatchObject({
      status: "failed",
      summary: "exited with code 1",
    });
    expect(await runOne("rm out/junit.xml; exit 1", { reports: [report] })).toMatchObject({ status: "failed" });
    expect(await runOne("echo '<' > out/junit.xml; exit 1", { reports: [report] })).toMatchObject({ status: "failed" });
  });

  it("names failed tests and exit code together", async () => {
    const result = await runOne(`${write("pytest.xml")}; exit 1`, { reports: [report] });
    expect(result).toMatchObject({ status: "failed", summary: "2 of 4 tests failed; exited with code 1" });
  });

  it.each([
    ["missing", "true", /not written/],
    ["malformed", "mkdir out; echo '<testsuite>' > out/junit.xml", /cannot be used/],
    ["empty", "mkdir out; : > out/junit.xml", /empty/],
    ["a folder", "mkdir -p out/junit.xml", /not a file/],
    ["a named pipe", "mkdir out; mkfifo out/junit.xml", /not a file/],
    [
      "too large",
      "mkdir out; truncate -s 17M out/junit.xml || dd if=/dev/zero of=out/junit.xml bs=1048576 count=17",
      /larger/,
    ],
    [
      "a link to a file outside",
      'mkdir out; ln -s "$(cd ..; pwd)/fixtures/surefire.xml" out/junit.xml',
      /out of the worktree/,
    ],
  ])("is an error, not a success, when the report is %s", async (_what, command, why) => {
    const result = await runOne(command, { reports: [report] });
    expect(result).toMatchObject({ status: "error", code: 0, summary: expect.stringMatching(why) });
  });

  it.each(["../fixtures/surefire.xml", "/etc/passwd", "link/surefire.xml"])(
    "never reads %s outside of the worktree",
    async (junit) => {
      symlinkSync("../fixtures", join(cwd, "link"));
      expect(await runOne("true", { reports: [{ junit }] })).toMatchObject({ status: "error", kept: [] });
    },
  );

  it("does not take a report that was left from before for its own, whatever its date", async () => {
    mkdirSync(join(cwd, "out"));
    writeFileSync(join(cwd, "out/junit.xml"), readFileSync(join(base, "fixtures/surefire.xml")));
    const future = new Date(Date.now() + 86_400_000);
    utimesSync(join(cwd, "out/junit.xml"), future, future);
    expect(await runOne("true", { reports: [report] })).toMatchObject({
      status: "error",
      summary: expect.stringContaining("left from before"),
    });
    expect(existsSync(join(cwd, "out/junit.xml"))).toBe(true);
    expect(await runOne(write("surefire.xml"), { reports: [report] })).toMatchObject({ status: "passed" });
  });

  it("takes a report that was written again for its own, even with the same content and date", async () => {
    mkdirSync(join(cwd, "out"));
    writeFileSync(join(cwd, "out/junit.xml"), readFileSync(join(base, "fixtures/surefire.xml")));
    const again = `touch -r out/junit.xml date; ${write("surefire.xml")}; touch -r date out/junit.xml`;
    expect(await runOne(again, { reports: [report] })).toMatchObject({ status: "passed" });
  });

  it("stays failed when another of its reports cannot be used", async () => {
    const both = [report, { lcov: "missing.info" }];
    const result = await runOne(write("vitest.xml"), { reports: both });
    expect(result.status).toBe("failed");
    expect(result.summary).toMatch(/^1 of 4 tests failed; .*missing\.info/);
  });
});

describe("a gate with an LCOV report", () => {
  const cover = (name: string, thresholds: CoverageThresholds) =>
    runOne(`cat '../fixtures/${name}' > lcov.info`, { reports: [{ lcov: "lcov.info", ...thresholds }] });

  it("passes at its thresholds and says what is covered", async () => {
    expect(await cover("istanbul.lcov", { lines: 60, functions: 50 })).toMatchObject({
      status: "passed",
      summary: "lines 60.0 %; functions 50.0 %",
    });
    expect(await cover("istanbul.lcov", {})).toMatchObject({ status: "passed", summary: "lines 60.0 %" });
  });

  it("fails below one of them", async () => {
    expect(await cover("istanbul.lcov", { lines: 60.1 })).toMatchObject({
      status: "failed",
      code: 0,
      summary: "lines 60.0 % < 60.1 %",
    });
    expect(await cover("istanbul.lcov", { lines: 10, branches: 34 })).toMatchObject({
      status: "failed",
      summary: expect.stringContaining("branches 33.3 % < 34 %"),
    });
    expect(await cover("istanbul.lcov", { functions: 51 })).toMatchObject({ status: "failed" });
  });

  it("is an error when the report is malformed or does not measure what has a threshold", async () => {
    expect(await cover("vitest.xml", { lines: 10 })).toMatchObject({
      status: "error",
      summary: expect.stringContaining("LCOV"),
    });
    expect(await cover("go-lines-only.lcov", { branches: 10 })).toMatchObject({
      status: "error",
      summary: expect.stringContaining("branches"),
    });
  });
});

describe("a gate with a SARIF report", () => {
  const result = (level: string) => ({ ruleId: "no-eval", level, locations: [] });
  const report = (...levels: string[]) =>
    runOne(`echo '${JSON.stringify({ runs: [{ results: levels.map(result) }] })}' > lint.sarif`, {
      reports: [{ sarif: "lint.sarif" }],
    });

  it("fails when it holds findings, which are its problems", async () => {
    expect(await report("error", "warning", "note")).toMatchObject({
      status: "failed",
      code: 0,
      summary: "2 findings",
      problems: ["no-eval", "no-eval (2)"],
    });
  });

  it("passes without, and keeps the report", async () => {
    expect(await report("note")).toMatchObject({
      status: "passed",
      summary: "no findings",
      kept: [{ kind: "sarif", path: expect.stringMatching(/\.findings\.sarif$/) }],
    });
  });

  it("is an error when it cannot be read", async () => {
    const reports = [{ sarif: "lint.sarif" }];
    expect(await runOne("echo '{' > lint.sarif", { reports })).toMatchObject({ status: "error" });
  });
});

describe("a gate with several reports", () => {
  it("reads, keeps and counts each of them", async () => {
    const write = "cat ../fixtures/surefire.xml > a.xml; cat ../fixtures/vitest.xml > b.xml; cp b.xml c.xml";
    const reports = [{ junit: "a.xml" }, { junit: "b.xml" }, { junit: "c.xml" }];
    const result = await runOne(write, { reports });
    expect(result).toMatchObject({
      status: "failed",
      summary: "3 tests passed; 1 of 4 tests failed; 1 of 4 tests failed",
      failures: [{}, {}],
    });
    const copies = result.kept.map(({ path }) => readOut(path).toString());
    const fixtures = ["surefire.xml", "vitest.xml", "vitest.xml"].map((name) => join(base, "fixtures", name));
    expect(copies).toEqual(fixtures.map((file) => readFileSync(file, "utf8")));
  });

  it("fails when one of two coverages is too low", async () => {
    const write = "cp ../fixtures/istanbul.lcov a.info; cp a.info b.info";
    const reports = [
      { lcov: "a.info", lines: 10 },
      { lcov: "b.info", lines: 90 },
    ];
    expect(await runOne(write, { reports })).toMatchObject({
      status: "failed",
      summary: "lines 60.0 %; lines 60.0 % < 90 %",
    });
  });
});

describe("a gate with a folder of its own", () => {
  it("runs there, in its own environment, and its reports lie there", async () => {
    mkdirSync(join(cwd, "web"));
    const command =
      'pwd; echo "$A"; cat ../../fixtures/vitest.xml > junit.xml; cat ../../fixtures/istanbul.lcov > lcov.info';
    const reports = [{ junit: "junit.xml" }, { lcov: "lcov.info" }];
    const env = ({ env: own = {} }: Gate) => ({ PATH: process.env.PATH ?? "", ...own });
    const [result] = await run([gate(command, { cwd: "web", reports, env: { A: "mine" } })], { env });
    expect(result).toMatchObject({ status: "failed", tail: `${join(cwd, "web")}\nmine\n` });
    expect(result?.summary).toBe("1 of 4 tests failed; lines 60.0 %");
    expect(result?.kept).toHaveLength(2);
  });

  it("is an error when the folder is not there, or leads elsewhere", async () => {
    symlinkSync(base, join(cwd, "out-of-here"));
    for (const folder of ["gone", "out-of-here"]) {
      const result = await runOne("touch started", { cwd: folder });
      expect(result).toMatchObject({ status: "error", code: null, report: null });
      expect(result.summary).toContain(folder);
    }
    expect(existsSync(join(base, "started"))).toBe(false);
  });
});

describe("several gates", () => {
  it("run at the same time, and results come in the order given", async () => {
    // Each waits for the other: one after the other they would time out.
    const meet = (mine: string, other: string) => `touch ${mine}; until test -e ${other}; do sleep 0.02; done`;
    const seen: string[] = [];
    const results = await run(
      [
        gate(meet("a", "b"), { name: "one", timeoutMs: 20_000 }),
        gate(meet("b", "a"), { name: "two", required: false, timeoutMs: 20_000 }),
      ],
      {
        onStart: (name, report) => seen.push(`${name} in ${report}`),
        onEnd: ({ name, status }) => seen.push(`${name} ${status}`),
      },
    );
    expect(results.map(({ name, status, required }) => ({ name, status, required }))).toEqual([
      { name: "one", status: "passed", required: true },
      { name: "two", status: "passed", required: false },
    ]);
    expect(seen.slice(0, 2)).toEqual(["one in one.log", "two in two.log"]);
    expect(seen.slice(2).sort()).toEqual(["one passed", "two passed"]);
  });

  it("run one after the other at a concurrency of one", async () => {
    const alone = "mkdir alone && sleep 0.05 && rmdir alone";
    const names = ["a", "b", "c"];
    const results = await run(
      names.map((name) => gate(alone, { name })),
      { concurrency: 1 },
    );
    expect(results.map((result) => result.status)).toEqual(["passed", "passed", "passed"]);
  });

  it("are skipped when they are stopped, those that run and those that wait", async () => {
    const stop = new AbortController();
    const results = await run([gate("sleep 1000", { name: "a" }), gate("touch ran", { name: "b" })], {
      concurrency: 1,
      signal: stop.signal,
      onStart: () => setImmediate(() => stop.abort()),
    });
    expect(results.map((result) => result.status)).toEqual(["skipped", "skipped"]);
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });

  it("keep their files apart and in their folder, whatever they are called", async () => {
    const names = ["a/b", "a b", "../../up", "--help", "ü", "", "CON", "con", "a".repeat(300), "a\0b", "__proto__"];
    const results = await run(names.map((name) => gate("echo said", { name })));
    expect(results.map((result) => result.status)).toEqual(names.map(() => "passed"));
    expect(new Set(results.map((result) => result.report?.toLowerCase())).size).toBe(names.length);
    expect(readdirSync(join(base, "out"))).toHaveLength(names.length);
    expect(readdirSync(base).sort()).toEqual(["fixtures", "out", "tree"]);
  });

  it("none at all give no results", async () => {
    expect(await run([])).toEqual([]);
  });
});
