import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import picomatch from "picomatch";
import { afterEach, describe, expect, it } from "vitest";
import { analyzePlan, loadPlan } from "../../src/plan/index.ts";
import { commitAll, type ExampleTask, git, makeRepository, performTask, readPlan, runIn } from "./simulate.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/pantry", import.meta.url));
const plan = readPlan(join(EXAMPLE, "plan.md"));
const GATE = plan.frontmatter.gates.test?.run ?? "";

const made: (() => void)[] = [];
afterEach(() => {
  for (const remove of made.splice(0)) remove();
});

/** A fresh repository of the example. */
function openExample(): string {
  const { folder, remove } = makeRepository(EXAMPLE);
  made.push(remove);
  return folder;
}

/** The gate of the plan, as the runtime runs it. */
function runGate(folder: string) {
  return runIn(folder, "sh", ["-c", GATE]);
}

function findTask(id: string): ExampleTask {
  const task = plan.tasks.find((each) => each.id === id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

/** Does everything up to the point at which both commands are free to start. */
function openAtCommands(): string {
  const folder = openExample();
  for (const id of ["outline", "expiry", "search"]) performTask(folder, findTask(id));
  commitAll(folder, "needs of both commands");
  return folder;
}

describe("the pantry plan", () => {
  it("has three streams, a soft need, a resource, a retry and two tasks that are run again on a conflict", () => {
    expect(plan.tasks.length).toBeGreaterThanOrEqual(10);
    expect(new Set(plan.tasks.map((task) => task.stream))).toEqual(new Set(["planners", "builders", "reviewers"]));
    expect(plan.tasks.filter((task) => task.prefers)).not.toEqual([]);
    expect(plan.tasks.filter((task) => task.uses?.["price-list"] === 1).length).toBe(2);
    expect(plan.frontmatter.resources).toEqual({ "price-list": 1 });
    expect(plan.tasks.filter((task) => task.onConflict === "rerun").map((task) => task.id)).toEqual([
      "command-expiring",
      "command-find",
    ]);
  });

  it("is accepted without a complaint, but for the two tasks that are meant to meet in one file", () => {
    const config = { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } };
    const loaded = loadPlan(join(EXAMPLE, "plan.md"), { root: EXAMPLE, config });
    expect({ errors: loaded.errors, warnings: loaded.warnings }).toEqual({ errors: [], warnings: [] });
    if (loaded.plan === null) throw new Error("no plan");
    expect(loaded.plan.tasks.map((task) => task.id)).toEqual(plan.tasks.map((task) => task.id));
    const sleepMs = (task: ExampleTask) =>
      (task.script ?? [{ sleep: 1 }]).reduce((sum, step) => sum + 1000 * (step.sleep ?? 0), 0);
    const durationsMs = Object.fromEntries(plan.tasks.map((task) => [task.id, sleepMs(task)]));
    const { overlaps, speedup } = analyzePlan(loaded.plan, { durationsMs, files: ["src/commands.js"] });
    expect(overlaps).toEqual([{ a: "command-expiring", b: "command-find", files: ["src/commands.js"] }]);
    expect(speedup).toBeGreaterThan(2);
  });

  it("needs no key and no network: every task is a command or a script", () => {
    for (const stream of Object.values(plan.frontmatter.streams)) expect(stream.agent).toBe("scripted");
    for (const task of plan.tasks) {
      expect(task.agent ?? "scripted").toBe("scripted");
      expect([task.run === undefined, task.script === undefined]).toContain(false);
    }
  });

  it("names tasks before others need them, so that the order of the file is one that works", () => {
    const seen = new Set<string>();
    for (const task of plan.tasks) {
      for (const need of [...(task.needs ?? []), ...(task.prefers ?? [])]) expect(seen).toContain(need);
      seen.add(task.id);
    }
  });

  it("keeps each task within the scope that it declares", () => {
    const folder = openExample();
    for (const task of plan.tasks) {
      performTask(folder, task, 2);
      git(folder, "add", "--all");
      const changed = git(folder, "diff", "--cached", "--name-only").split("\n");
      const isInScope = picomatch(task.scope ?? []);
      expect(changed.filter((file) => !isInScope(file))).toEqual([]);
      commitAll(folder, task.id);
    }
  });
});

describe("the pantry example", () => {
  it("starts with a green suite", () => {
    expect(runGate(openExample())).toMatchObject({ code: 0 });
  });

  it("is green after every task in the order of the plan, and ends with what was asked for", {
    timeout: 120_000,
  }, () => {
    const folder = openExample();
    for (const task of plan.tasks) {
      performTask(folder, task, 2);
      const gate = runGate(folder);
      expect(gate.code, `${task.id}: ${gate.output}`).toBe(0);
      commitAll(folder, task.id);
    }
    const shelf = ["data/shelf.txt"];
    expect(runIn(folder, "node", ["bin/pantry.js", "find", ...shelf, "oat"]).output).toBe("1 l oat milk 2030-11-20\n");
    expect(runIn(folder, "node", ["bin/pantry.js", "expiring", ...shelf, "2030-12-01"]).output).toBe(
      "6 x eggs 2030-11-05\n1 l oat milk 2030-11-20\n",
    );
    expect(readFileSync(join(folder, "package.json"), "utf8")).toContain('"version": "1.1.0"');
  });

  it("has a first attempt at units that the gate turns down for a real bug, and a second that passes", () => {
    const first = openExample();
    performTask(first, findTask("units"), 1);
    const red = runGate(first);
    expect(red.code).not.toBe(0);
    expect(red.output).toContain("weights come in grams");
    const second = openExample();
    performTask(second, findTask("units"), 2);
    expect(runGate(second)).toMatchObject({ code: 0 });
    expect(findTask("units").retries).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ["command-expiring", "command-find"],
    ["command-find", "command-expiring"],
  ])("conflicts when %s is merged before %s, and the second, run again, holds both", (earlier, later) => {
    const folder = openAtCommands();
    const base = git(folder, "rev-parse", "HEAD");
    performTask(folder, findTask(later));
    const late = commitAll(folder, later);
    git(folder, "checkout", "--quiet", "--detach", base);
    performTask(folder, findTask(earlier));
    const merged = commitAll(folder, earlier);

    const merge = runIn(folder, "git", ["merge-tree", "--write-tree", "--name-only", merged, late]);
    expect(merge.code).toBe(1);
    expect(merge.output.split("\n")[1]).toBe("src/commands.js");

    performTask(folder, findTask(later), 2);
    performTask(folder, findTask("review-commands"));
    const gate = runGate(folder);
    expect(gate.code, gate.output).toBe(0);
    // Nothing that was merged in between was taken away.
    expect(git(folder, "diff", "--numstat", merged, "--", "src/commands.js")).toMatch(/^\d+\t0\t/);
  });

  it.each([
    ["find", "command-find"],
    ["expiring", "command-expiring"],
  ])("has a test that turns red when the command %s is lost", (name, id) => {
    const folder = openAtCommands();
    for (const each of ["command-expiring", "command-find"]) if (each !== id) performTask(folder, findTask(each));
    const test = findTask(id).script?.filter((step) => step.write) ?? [];
    performTask(folder, { ...findTask(id), script: test });
    const gate = runGate(folder);
    expect(gate.code).not.toBe(0);
    expect(gate.output).toContain(`${name} prints`);
  });
});
