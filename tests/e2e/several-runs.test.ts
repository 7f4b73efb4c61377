/** Several runs of one repository: in which order they are told, which of them is gone on with, and what shipping leaves. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { git, runProgram, startProgram } from "../helpers/program.ts";
import { PATIENCE_MS, until, Workshop } from "./runs.ts";

const workshop = new Workshop("several runs");
afterAll(() => workshop.clean());

const linesOf = (text: string): string[] => text.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));

it("are told the newest first, and the one that can go on is gone on with", { timeout: PATIENCE_MS }, async () => {
  const root = workshop.repository({ goal: "one file", tasks: [{ id: "one", run: "echo 1 > one.txt" }] });
  const slow = { goal: "slow", tasks: [{ id: "slow", run: `touch '${root}/.git/begun'; sleep 600` }] };
  writeFileSync(join(root, "slow.json"), JSON.stringify(slow));
  let told = "";
  const run = (id: string, plan = "plan.json") =>
    runProgram(root, ["run", plan, "--run-id", id, "--no-tui", "--no-learn"]);
  expect((await run("first")).code).toBe(0);
  const shipped = await runProgram(root, ["ship", "first"]);
  expect(shipped.code, shipped.stderr).toBe(0);
  // All of it is in the base branch: nothing of the run's own is left there.
  expect(git(root, "branch", "--list", "pleach/*")).toBe("");
  expect((await runProgram(root, ["ship", "first", "--json"])).stdout).toContain('"already"');

  const killed = startProgram(root, ["run", "slow.json", "--run-id", "second", "--no-tui", "--no-learn"]);
  await until("the task", () => existsSync(join(root, ".git/begun")));
  killed.child.kill("SIGKILL");
  await killed.ended;
  writeFileSync(join(root, "README.md"), "not committed\n");
  rmSync(join(root, ".git/begun"));
  const twin = startProgram(root, ["run", "slow.json", "--run-id", "twin", "--no-tui", "--no-learn"]);
  twin.child.stderr?.on("data", (text: string) => {
    told += text;
  });
  await until("its task", () => existsSync(join(root, ".git/begun")));
  expect(told).toContain("pleach resume second");
  expect(told).toContain("uncommitted work in the checkout is no part of this run (2 paths: README.md, plan.json)");
  twin.child.kill("SIGINT");
  await twin.ended;
  const last = await run("third");
  expect(last.stdout).not.toMatch(/\(\)|lost/);
  const attached = await runProgram(root, ["attach", "third", "--no-tui"]);
  expect(linesOf(attached.stdout)).toEqual(linesOf(last.stdout));

  const list = JSON.parse((await runProgram(root, ["list", "--json"])).stdout);
  expect(list).toMatchObject({
    total: 4,
    runs: [
      { run: "third", cost: { usd: 0, tokens: 0 }, shipped: null },
      { run: "twin", status: "interrupted" },
      { run: "second", status: "interrupted" },
      { run: "first", shipped: { into: "main" } },
    ],
  });
  const newest = (await runProgram(root, ["list", "-n", "1"])).stdout;
  expect(newest).toContain("third");
  expect(newest).toContain("and 3 older: pleach list -n 0");

  git(root, "checkout", "-q", "--", "README.md");
  for (const id of ["fourth", "fifth"]) {
    const plan = { goal: id, tasks: [{ id, run: `echo 1 > ${id}.txt` }] };
    writeFileSync(join(root, `${id}.json`), JSON.stringify(plan));
    expect((await run(id, `${id}.json`)).code).toBe(0);
  }
  expect((await runProgram(root, ["ship"])).code).toBe(0);
  // Who ships again learns that there is more.
  expect((await runProgram(root, ["ship"])).stdout).toContain("not shipped yet: fourth (pleach ship RUN)");

  // Nobody works on it any more, and that is said.
  expect(JSON.parse((await runProgram(root, ["status", "second", "--json"])).stdout)).toMatchObject({
    status: "interrupted",
    tasks: [{ status: "running", stale: true }],
  });
  expect((await runProgram(root, ["status", "second"])).stdout).toContain("its host is gone");
  const resumed = startProgram(root, ["resume", "--no-tui", "--no-learn"]);
  let said = "";
  resumed.child.stdout?.on("data", (text: string) => {
    said += text;
  });
  await until("the run", () => said.includes("cut off with its host"));
  resumed.child.kill("SIGINT");
  await resumed.ended;
  expect(said).toContain("run twin interrupted");
  expect(said).toContain("interrupted (Ctrl-C)");
  expect(said).not.toContain("a client");

  // What the killed one left at work is ended.
  expect((await runProgram(root, ["cancel", "second"])).code).toBe(0);

  const empty = await runProgram(root, ["run", ""]);
  expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining("say a goal in several words")]);
});
