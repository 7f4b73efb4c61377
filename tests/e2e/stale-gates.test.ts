/** Merge gates judge the tree alone: nothing that set-up, a gate or another candidate left behind decides about it. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, programEnv } from "../helpers/program.ts";
import { carryOut, type Finished, fates, PATIENCE_MS, RUN, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("stale");
afterAll(() => workshop.clean());

interface Case {
  files: Record<string, string>;
  worktree?: object;
  check: string;
  tasks: object[];
  concurrency?: number;
}

/** Carries the tasks out, one after the other, in a repository whose gate runs `check`. */
async function run({
  files,
  worktree = {},
  check,
  tasks,
  concurrency = 1,
}: Case): Promise<{ root: string; run: Finished }> {
  const gates = { test: { run: check, required: true } };
  const plan = { goal: "g", concurrency, gates, tasks: tasks.map((task) => ({ retries: 0, ...task })) };
  const root = workshop.repository(plan, { ...files, "pleach.yaml": JSON.stringify({ worktree }) });
  return { root, run: await carryOut(root) };
}

/** Whether a command passes in a fresh clone of the run's branch. */
function isGreen(root: string, command: string): boolean {
  const clone = join(root, ".git", "clone");
  git(root, "clone", "-q", "-b", `pleach/${RUN}`, root, clone);
  try {
    execFileSync("sh", ["-c", command], { cwd: clone, env: programEnv(), stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a merge gate", { timeout: PATIENCE_MS }, () => {
  const installing = {
    ".gitignore": "installed/\n",
    "deps.txt": "a\n",
    "setup.sh": 'mkdir -p installed; rm -f installed/*; for d in $(cat deps.txt); do touch "installed/$d"; done\n',
    "check.sh": 'for d in $(cat deps.txt); do test -f "installed/$d" || exit 1; done\n',
  };

  it.each([
    ["whatever set-up reads", {}],
    // Untrue: what is red in a used worktree is looked at again in a fresh one.
    ["also where it is said to read something else", { setupWhen: ["other/**"] }],
  ])("finds what a change adds to set-up, %s", async (_which, more) => {
    const { run: over } = await run({
      files: installing,
      worktree: { setup: "sh setup.sh", ...more },
      check: "sh check.sh",
      tasks: [
        { id: "other", run: "echo x > other.txt" },
        { id: "dep", needs: ["other"], run: "echo b >> deps.txt; sh setup.sh", gates: ["test"] },
      ],
    });
    expect(over.end.code, over.end.stdout.slice(-2000)).toBe(0);
    expect(fates(over.status)).toEqual({ other: "merged", dep: "merged" });
  });

  it("does not see what a candidate that was refused had built, whether or not git ignores it", async () => {
    const { run: over } = await run({
      files: { ".gitignore": "dist/\n", "src/a": "good\n" },
      check: "mkdir -p dist out && cp src/* dist/ && cp src/* out/ && ! grep -q BAD dist/* out/*",
      tasks: [
        { id: "bad", run: "echo BAD > src/bad", continueOnError: true },
        { id: "good", needs: ["bad"], run: "echo good > src/good" },
      ],
    });
    expect(fates(over.status)).toEqual({ bad: "failed", good: "merged" });
  });

  it("does not find what the tree no longer holds, though a gate before had built it", async () => {
    const check = "mkdir -p dist && cp src/* dist/ && test -f dist/needed";
    const { root, run: over } = await run({
      files: { ".gitignore": "dist/\n", "src/needed": "n\n", "src/other": "o\n" },
      check,
      tasks: [
        { id: "first", run: "echo x > src/first" },
        { id: "remover", needs: ["first"], run: "git rm -q src/needed", gates: [] },
      ],
    });
    expect(fates(over.status)).toEqual({ first: "merged", remover: "failed" });
    expect(isGreen(root, check)).toBe(true);
  });

  it("gets set-up again that it has spoilt", async () => {
    const { run: over } = await run({
      files: { ".gitignore": "installed/\n", "package.json": "{}\n" },
      worktree: { setup: "mkdir -p installed && echo whole > installed/tool", setupWhen: ["package.json"] },
      check: "grep -q whole installed/tool && echo spoilt > installed/tool",
      tasks: [
        { id: "one", run: "echo 1 > one" },
        { id: "two", needs: ["one"], run: "echo 2 > two" },
      ],
    });
    expect(fates(over.status)).toEqual({ one: "merged", two: "merged" });
  });

  it("finds what a kept cache holds but for the end result, and a fresh worktree each time where it is to be pristine", async () => {
    const note = '>> "$(git rev-parse --git-common-dir)/runs"';
    const check = `mkdir -p cache; echo run >> cache/runs; wc -l < cache/runs | tr -d " " ${note}`;
    for (const [worktree, runs] of [
      // On the base, for the first, and for the second, after which nothing is to come.
      [{ keep: ["cache"] }, "1\n2\n1\n"],
      [{ keep: ["cache"], pristine: true }, "1\n1\n1\n"],
    ] as const) {
      const { root, run: over } = await run({
        files: { ".gitignore": "cache/\n" },
        worktree,
        check,
        tasks: [
          { id: "one", run: "echo 1 > one" },
          { id: "two", needs: ["one"], run: "echo 2 > two" },
        ],
      });
      expect(taskOf(over.status, "two").status).toBe("merged");
      expect(execFileSync("cat", [join(root, ".git/runs")], { encoding: "utf8" })).toBe(runs);
    }
  });

  it("judges the end result by what a fresh clone of it would show, though set-up reads more than it is said to", async () => {
    const { root, run: over } = await run({
      files: { ...installing, "deps.txt": "a\nb\n", "check.sh": "test -f installed/b\n" },
      worktree: { setup: "sh setup.sh", setupWhen: ["other/**"] },
      check: "sh check.sh",
      tasks: [
        { id: "first", run: "echo x > first" },
        { id: "remover", needs: ["first"], run: "echo a > deps.txt" },
      ],
    });
    expect(fates(over.status)).toEqual({ first: "merged", remover: "failed" });
    expect(isGreen(root, "sh setup.sh && sh check.sh")).toBe(true);
  });

  it("is red where a change breaks set-up: that task alone is turned down", async () => {
    const { root, run: over } = await run({
      files: {
        "dep.txt": "ok\n",
        "setup.sh": "grep -q ok dep.txt || { echo dep is broken; exit 3; }\n",
      },
      worktree: { setup: "sh setup.sh" },
      check: "true",
      concurrency: 4,
      tasks: [
        { id: "good", run: "echo 1 > good" },
        { id: "breaker", run: "echo bad > dep.txt", continueOnError: true },
        { id: "later", needs: ["good"], run: "echo 2 > later" },
        { id: "last", needs: ["later"], run: "echo 3 > last" },
      ],
    });
    expect(fates(over.status)).toEqual({ good: "merged", breaker: "failed", later: "merged", last: "merged" });
    const { reason } = taskOf(over.status, "breaker");
    expect(reason).toMatch(/setup.*exited with 3: dep is broken/);
    const out = join(root, ".ce-workspace", RUN, "out");
    const kept = readdirSync(out).filter((name) => /^merge\.\d+\.setup\.log$/.test(name));
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) expect(readFileSync(join(out, name), "utf8")).toBe("dep is broken\n");
  });

  it("waits, and blames nobody, while set-up fails whatever the tree holds", async () => {
    const { run: over } = await run({
      files: {},
      // The network is away for a while: set-up of the base worked, then fails a few times.
      worktree: {
        setup:
          'n="$(git rev-parse --git-common-dir)/n"; echo >> "$n"; case $(wc -l < "$n" | tr -d " ") in 3|4) exit 1;; esac',
      },
      check: "true",
      tasks: [{ id: "one", run: "echo 1 > one" }],
    });
    expect(fates(over.status)).toEqual({ one: "merged" });
    expect(taskOf(over.status, "one").attempts).toBe(1);
  });
});
