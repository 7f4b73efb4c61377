/**
 * `pleach replay --to-test`: a recorded run becomes a test that is green as it is where pleach and Vitest are installed,
 * and red once its log or a machine of pleach is another. The projects here are real folders, the Vitest is the real one.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { rewriteLog } from "../helpers/rewrite-log.ts";
import { environment, pleach, readDocument, readError } from "./program.ts";
import { makeFolder } from "./repositories.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LOG = join(ROOT, "tests/fixtures/logs/v1-plan-run/log");
const RUN = "v1-plan-run";

/** A folder with the recorded run in it. */
function makePlace(): string {
  const place = makeFolder();
  cpSync(LOG, join(place, ".ce-workspace", RUN, "log"), { recursive: true });
  return place;
}

/** Changes one file of a project. */
function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  expect(text, file).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

interface Assertion {
  title: string;
  status: string;
  failureMessages: string[];
}

/** Runs the real Vitest over all projects in `folder`: what each file's tests came to, and what was thrown outside. */
function runVitest(folder: string): Map<string, { message: string; tests: Assertion[] }> {
  const vitest = join(folder, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--reporter=json", "--root", folder];
  const done = spawnSync(process.execPath, args, { cwd: folder, env: environment, encoding: "utf8" });
  const report = JSON.parse(done.stdout) as {
    testResults: { name: string; message: string; assertionResults: Assertion[] }[];
  };
  return new Map(
    report.testResults.map(({ name, message, assertionResults }) => [
      basename(join(name, "..")),
      { message, tests: assertionResults },
    ]),
  );
}

const failures = (tests: readonly Assertion[]): Assertion[] => tests.filter(({ status }) => status !== "passed");

describe("the test that a recorded run is turned into", () => {
  let results: ReturnType<typeof runVitest>;
  beforeAll(async () => {
    const folder = makeFolder("projects");
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    // Two installations: the one of today, and one in which a machine is another.
    for (const installation of ["today", "changed"]) {
      const installed = join(folder, installation, "node_modules/pleach");
      mkdirSync(installed, { recursive: true });
      for (const part of ["package.json", "dist"]) cpSync(join(ROOT, part), join(installed, part), { recursive: true });
    }
    const tests = [
      "today/same/hedge",
      "today/odd/%41 `$` 'x' é",
      "today/other-log/hedge",
      "changed/other-machine/hedge",
    ];
    for (const test of tests) {
      const file = join(folder, `${test}.test.ts`);
      mkdirSync(dirname(file));
      const said = await pleach(makePlace(), "replay", "--to-test", file);
      expect(said.code, said.stderr).toBe(0);
    }
    change(join(folder, "today/other-log/hedge.records/1.jsonl"), "exited with code 1", "exited with code 2");
    const chunks = join(folder, "changed/node_modules/pleach/dist/chunks");
    const timer = "timer:`backoff`";
    const [task, ...others] = readdirSync(chunks).filter(
      (name) => name.endsWith(".js") && readFileSync(join(chunks, name), "utf8").includes(timer),
    );
    expect(others).toEqual([]);
    change(join(chunks, task ?? "with a task's timer"), timer, "timer:`later`");
    results = runVitest(folder);
  }, 60_000);

  it("is green as it is, in a project that has pleach and vitest installed, whatever the file is called", () => {
    for (const project of ["same", "odd"]) {
      const { message, tests = [] } = results.get(project) ?? {};
      expect(failures(tests), message).toEqual([]);
      expect(tests.length, message).toBeGreaterThan(10);
    }
  });

  it("is red when the log was changed", () => {
    const { message = "" } = results.get("other-log") ?? {};
    expect(message).toContain("The log is damaged at byte");
  });

  it("is red when a machine was changed, and says which", () => {
    const red = failures(results.get("other-machine")?.tests ?? []);
    const [effects] = red.filter(({ title }) => title === "asks for the same effects at every record");
    expect(effects?.failureMessages.join()).toMatch(/written by another version of the machines .*task/);
  });
});

describe("pleach replay --to-test", () => {
  it("says what it wrote, and keeps one's own tests when it is called again", async () => {
    const place = makePlace();
    const file = join(place, "tests/hedge.test.ts");
    const document = readDocument("replay-to-test", await pleach(place, "replay", "--to-test", file, "--json"));
    expect(document).toMatchObject({ run: RUN, test: file, replaced: false, suspects: [] });
    expect(readdirSync(join(place, "tests/hedge.records")).sort()).toEqual(["1.jsonl", "states.json"]);
    change(file, "about `recorded` and `replayed`\n", "about `recorded` and `replayed`\n  it.todo('my own');\n");
    const again = await pleach(place, "replay", "--to-test", file);
    expect(again.stdout).toContain("made again tests/hedge.test.ts");
    expect(readFileSync(file, "utf8")).toContain("  it.todo('my own');\n  // </yours>");
    change(file, '"merged"', '"failed"');
    expect(readError(await pleach(place, "replay", "--to-test", file, "--json"), 2).error.code).toBe("replay.edited");
    expect(readFileSync(file, "utf8")).toContain('"failed"');
  });

  it("refuses a part of a run, a run that is not over, and a damaged log", async () => {
    const place = makePlace();
    const log = join(place, ".ce-workspace", RUN, "log");
    const refuse = async (code: number, ...more: string[]): Promise<string> =>
      readError(await pleach(place, "replay", "--to-test", "a.test.ts", "--json", ...more), code).error.code;
    expect(await refuse(2, "--until", "3")).toBe("replay.untilToTest");
    for (const later of ["2.jsonl", "3.jsonl"]) rmSync(join(log, later));
    expect(await refuse(2)).toBe("run.unfinished");
    change(join(log, "1.jsonl"), "exited with code 1", "exited with code 2");
    expect(await refuse(4)).toBe("log.damaged");
    expect(readdirSync(place)).toEqual([".ce-workspace"]);
  });

  it("warns of what looks like a secret in the log", async () => {
    const place = makePlace();
    const log = join(place, ".ce-workspace", RUN, "log");
    rmSync(log, { recursive: true });
    await rewriteLog(LOG, log, (record) =>
      record.type === "agent.exited"
        ? { ...record, data: { ...(record.data as object), tail: "PASSWORD=hunter22" } }
        : record,
    );
    const said = await pleach(place, "replay", "--to-test", "a.test.ts");
    expect(said.code).toBe(0);
    expect(said.stderr).toMatch(/what looks like a secret is in \d+ of its records: \d+, /);
  });
});
