/** A vault that is committed: two clones each learn from their own run, and git brings both together by itself. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { initVault, learnFromRun } from "../../../src/vault/index.ts";
import { makeFacts, makeTask, makeTempFolder } from "../temp-vault.ts";

it("is pulled without a conflict after both clones ran, and the maps list both runs once", async () => {
  const root = makeTempFolder();
  const git = (dir: string, ...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "pull.rebase=false", ...args], {
      cwd: path.join(root, dir),
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  git(".", "init", "-q", "--bare", "-b", "main", "hub.git");
  git(".", "clone", "-q", "hub.git", "one");
  // A vault from before there were attributes.
  await initVault(path.join(root, "one/vault"));
  fs.rmSync(path.join(root, "one/vault/.gitattributes"));
  git("one", "checkout", "-q", "-b", "main");
  git("one", "add", "-A");
  git("one", "commit", "-q", "-m", "A vault");
  git("one", "push", "-q", "origin", "main");
  git(".", "clone", "-q", "hub.git", "two");
  const run = async (clone: string, at: number, goal: string, text: string) => {
    const task = makeTask({ id: goal, failures: [{ ...failure, task: goal, text }] });
    await learnFromRun(path.join(root, clone, "vault"), makeFacts({ goal, tasks: [task] }, at));
    git(clone, "add", "-A");
    git(clone, "commit", "-q", "-m", goal);
  };
  const failure = { stream: "builders", attempt: 1, kind: "gate" as const, by: "unit", files: [] };
  await run("one", 1, "Paint the door", "Error: the door is wet");
  await run("two", 2, "Mow the lawn", "TypeError: grass is not a function");
  git("one", "push", "-q", "origin", "main");
  git("two", "pull", "-q", "--no-edit", "origin", "main");
  const vault = path.join(root, "two/vault");
  const { problems } = await checkVaults([{ dir: vault, isWritten: true }], {
    now: Date.UTC(2026, 8, 1),
    cacheDir: null,
  });
  expect(problems).toEqual([]);
  await run("two", 3, "Sweep the path", "RangeError: the path is too long");
  const map = fs.readFileSync(path.join(vault, "maps/Runs by month.md"), "utf8");
  for (const goal of ["Paint the door", "Mow the lawn", "Sweep the path"]) {
    expect(map.split(`|${goal}]]`), goal).toHaveLength(2);
  }
  expect(map.split("### 2026-08")).toHaveLength(2);
});
