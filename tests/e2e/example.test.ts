/** The bundled example, carried out by the real program in a repository that somebody is working in. */
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogRecord } from "../../src/actors/log/index.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { type Ended, git, programEnv, runProgram } from "../helpers/program.ts";
import { fingerprint } from "./checkout.ts";
import { mostAtOnce, PATIENCE_MS, readEnd, readLog, seqOf, taskOf, Workshop, workSpans } from "./runs.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/pantry", import.meta.url));
const workshop = new Workshop("example");
afterAll(() => workshop.clean());

let root = "";
let status: StatusDocument;
let records: LogRecord[] = [];
let before: Record<string, string> = {};
let after: Record<string, string> = {};
let stderr = "";

/** Leaves the checkout as a person may have it: a stash, a hook, something staged, something not, something new. */
function workInCheckout(): void {
  writeFileSync(join(root, "README.md"), "stashed\n");
  git(root, "stash", "-q");
  git(root, "branch", "mine");
  const hook = join(root, ".git/hooks/pre-commit");
  writeFileSync(hook, "#!/bin/sh\nexit 1\n");
  chmodSync(hook, 0o755);
  writeFileSync(join(root, "src/item.js"), `${readFileSync(join(root, "src/item.js"), "utf8")}// staged\n`);
  git(root, "add", "src/item.js");
  writeFileSync(join(root, "src/shelf.js"), "broken while I think\n");
  writeFileSync(join(root, "notes.txt"), "new\n");
}

function patterns(): string[] {
  const folder = join(root, "vault/patterns");
  return readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

function runNotes(): string[] {
  const names = readdirSync(join(root, "vault/runs"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\/\d+-[^/]*\.md$/.test(name));
}

describe("the bundled example", () => {
  beforeAll(async () => {
    root = workshop.copyOf(EXAMPLE);
    workInCheckout();
    before = fingerprint(root);
    const end = await runProgram(root, ["run", "plan.md", "--run-id", "first", "--json"]);
    after = fingerprint(root);
    ({ status } = readEnd(end));
    ({ stderr } = end);
    expect(end.code, stderr).toBe(0);
    records = readLog(root, "first");
  }, PATIENCE_MS);

  it("has all its tasks merged, over three streams", () => {
    expect(status.status).toBe("succeeded");
    expect(status.tasks.map(({ status: state }) => state)).toEqual(Array.from({ length: 14 }, () => "merged"));
    expect(new Set(status.tasks.map(({ stream }) => stream))).toEqual(new Set(["planners", "builders", "reviewers"]));
  });

  it("tries units again after its gate has turned it down once", () => {
    const verdicts = records
      .filter(({ actor, type }) => actor === "task:units" && type === "gates.finished")
      .map(({ data }) => (data as { results: { status: string }[] }).results[0]?.status);
    expect(verdicts).toEqual(["failed", "passed"]);
    expect(taskOf(status, "units")).toMatchObject({ attempts: 2, gates: [{ name: "test", status: "passed" }] });
  });

  it("runs one of the two commands again when they conflict, and its result holds both", () => {
    const conflicts = records.filter(({ type }) => type === "merge.conflicted").map(({ actor }) => actor);
    expect(conflicts).toHaveLength(1);
    expect(["task:command-find", "task:command-expiring"]).toContain(conflicts[0]);
    expect(status.conflicts).toEqual([]);
    const commands = git(root, "show", "pleach/first:src/commands.js");
    expect(commands).toContain("findExpiring(shelf, day)");
    expect(commands).toContain("findItems(shelf, words)");
  });

  it("starts the commands only after their soft need", () => {
    for (const task of ["command-expiring", "command-find"]) {
      const start = records.find(({ actor }) => actor === `task:${task}`)?.seq ?? 0;
      expect(start, task).toBeGreaterThan(seqOf(records, "wording", "merge.landed"));
    }
  });

  it("lends the price list to one task at a time, while others work", () => {
    const spans = workSpans(records);
    expect(mostAtOnce(spans.filter(({ task }) => task === "prices" || task === "seasons"))).toBe(1);
    expect(mostAtOnce(spans)).toBeGreaterThan(1);
    expect(mostAtOnce(spans)).toBeLessThanOrEqual(4);
  });

  it("ends with a green suite in a fresh worktree of the branch", () => {
    const fresh = join(root, ".ce-workspace", "looked-at");
    git(root, "worktree", "add", "-q", "--detach", fresh, "pleach/first");
    expect(readFileSync(join(fresh, "package.json"), "utf8")).toContain('"version": "1.1.0"');
    const suite = execFileSync(process.execPath, ["--test", "test/all.js"], {
      cwd: fresh,
      env: programEnv(),
      encoding: "utf8",
    });
    expect(suite).toMatch(/^(#|ℹ) fail 0$/m);
    git(root, "worktree", "remove", "--force", fresh);
  });

  it("leaves index, files, HEAD, branches, stash and hooks of the checkout as they were", () => {
    expect(after).toEqual(before);
    expect(before.status).toContain("M  src/item.js");
  });

  it("has one commit a task, made by the runtime", () => {
    const made = git(root, "log", "--format=%(trailers:key=Pleach-Task,valueonly,separator=)", "main..pleach/first")
      .trim()
      .split("\n");
    expect(made.sort()).toEqual(status.tasks.map(({ id }) => id).sort());
  });

  it("leaves no worktree behind", () => {
    expect(git(root, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(1);
  });

  it("writes a run note, and a pattern that names the failure and what fixed it", () => {
    expect(runNotes()).toHaveLength(1);
    expect(stderr).toContain("learned: ");
    const gate = patterns().find((text) => text.includes("kind/gate")) ?? "";
    expect(gate).toMatch(/^title: .*weights come in grams/m);
    expect(gate).toMatch(/^signature: \S+/m);
    expect(gate).not.toContain(root);
    expect(gate).toMatch(/[\s('"]test\/units\.test\.js:\d/);
    expect(gate).toMatch(/### What fixed it\n\n- retry/);
    const merge = patterns().find((text) => text.includes("kind/conflict")) ?? "";
    expect(merge).toMatch(/^title: "?Merge conflicts in src\/commands\.js/m);
    expect(merge).toMatch(/### What fixed it\n\n- rerun on the new base/);
  });

  describe("carried out a second time", () => {
    let second: Ended;
    let learned: string[] = [];
    let predictions: {
      task: string;
      patterns: { title: string; kind: string; advice: string; evidence: { support: number; runs: string[] } }[];
    }[] = [];

    beforeAll(async () => {
      learned = patterns();
      const check = await runProgram(root, ["plan", "check", "plan.md", "--json"]);
      ({ predictions } = JSON.parse(check.stdout) as { predictions: typeof predictions });
      // How long steps take was looked at in the first run.
      const plan = readFileSync(join(root, "plan.md"), "utf8")
        .replace(/- sleep: [\d.]+/g, "- sleep: 0.1")
        .replace("run: sleep 2 &&", "run:");
      writeFileSync(join(root, "plan-2.md"), plan);
      second = await runProgram(root, ["run", "plan-2.md", "--run-id", "second", "--no-tui"]);
    }, PATIENCE_MS);

    it("predicts for units what happened to units, with evidence", () => {
      const found = predictions.find(({ task }) => task === "units")?.patterns ?? [];
      // On a busy machine the gate is learned to be slow, too.
      const units = found.filter(({ kind }) => kind !== "slow-gate");
      expect(units).toHaveLength(1);
      expect(units[0]).toMatchObject({
        title: expect.stringContaining("weights come in grams"),
        advice: expect.stringContaining("retry"),
      });
      expect(units[0]?.evidence).toMatchObject({ support: 1, runs: [expect.any(String)] });
      expect(predictions.map(({ task }) => task)).not.toContain("outline");
    });

    it("shows that before it starts", () => {
      expect(second.code, second.stderr).toBe(0);
      expect(second.stderr).toMatch(
        /▲ units: .*weights come in grams.*\n +seen in 1 task, 1 succeeded on retry, last \d{4}-/,
      );
      expect(second.stderr).toContain("Fixed by: retry");
      expect(second.stderr).toMatch(/^▲ command-expiring, command-find: Merge conflicts in src\/commands\.js/m);
    });

    it("counts it as seen again instead of writing it twice", () => {
      expect(runNotes()).toHaveLength(2);
      const now = patterns();
      const gate = now.filter((text) => text.includes("weights come in grams"));
      expect(gate).toHaveLength(1);
      expect(gate[0]).toMatch(/^support: 2$/m);
      expect(gate[0]).toMatch(/^successes: 2$/m);
      const titles = now.map((text) => /^title: .*$/m.exec(text)?.[0]);
      expect(new Set(titles).size).toBe(now.length);
      const before = learned.map((text) => /^title: .*$/m.exec(text)?.[0]);
      expect(titles).toEqual(expect.arrayContaining(before));
      expect(now.filter((text) => /kind\/(?:gate|conflict)/.test(text))).toHaveLength(2);
    });
  });
});
