/**
 * The whole program is killed with SIGKILL, again and again, and resumed: just before and just after each performer of
 * a 30-task run, and at moments drawn from a seed. Whatever happened, in the end every task was finished once and
 * merged once, no process is left, and the tree is the one of a run that nobody killed.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openFileLog } from "../../src/actors/log/index.ts";
import { findProcesses } from "../../src/actors/process/index.ts";
import { randomFrom } from "../../src/machines/random.ts";
import { checkInvariants } from "../../src/testing/index.ts";
import { type Ended, git, makeRepository, runProgram, scratchFolder, startProgram } from "../helpers/program.ts";

const TASKS = 30;
const RUN = "killed";
const PERFORMERS = [
  "createBranch",
  "prepareWorkspace",
  "startAgent",
  "commitWork",
  "runGates",
  "buildChain",
  "gateTip",
  "advanceBranch",
  "releaseWorkspace",
];
/** Kills in all runs together. */
const FEWEST_KILLS = 50;
/** Kills at random moments in one run; a quick machine ends the run before that many. */
const KILLS_A_RUN = 12;
const MOST_RUNS = 20;
const [SHORTEST_LIFE_MS, LONGEST_LIFE_MS] = [150, 900];

/** Thirty tasks, five deep, each a file of its own and one of its own lines in no shared place; gates on every third. */
function plan(): string {
  const tasks = Array.from({ length: TASKS }, (_, index) => {
    const needs = index >= 6 ? [`t${index - 6}`] : [];
    const gates = index % 3 === 0 ? "\n    gates: [check]" : "";
    return `  - id: t${index}
    needs: [${needs.join(", ")}]
    scope: ["out/t${index}.txt"]${gates}
    run: |
      sleep 0.0${index % 5}
      mkdir -p out
      echo "made by t${index}" > out/t${index}.txt`;
  });
  return `goal: thirty files
concurrency: 6
isolation: worktree
gates:
  check: {run: "test -f base.txt", required: true}
streams:
  builders: {concurrency: 6}
tasks:
${tasks.join("\n")}
`;
}

function makeRun(root: string): void {
  makeRepository(root, { "base.txt": "base\n", "plan.yaml": plan() });
}

function start(root: string, isFirst: boolean): string[] {
  return isFirst
    ? ["run", "plan.yaml", "--run-id", RUN, "--json", "--no-learn", "-C", root]
    : ["resume", RUN, "--json", "--no-learn", "-C", root];
}

/** What must hold of a run that came through. */
async function expectWhole(root: string, end: Ended, tree: string): Promise<void> {
  expect(end.code, end.stderr + end.stdout.slice(-2000)).toBe(0);
  const records = [...openFileLog(join(root, ".ce-workspace", RUN, "log")).read()];
  expect(checkInvariants(records)).toEqual([]);
  for (let index = 0; index < TASKS; index++) {
    const ofTask = records.filter(({ actor }) => actor === `task:t${index}`);
    const exits = ofTask.filter(({ type, data }) => type === "task.exited" && (data as { ok: boolean }).ok);
    expect(exits, `t${index} finished once`).toHaveLength(1);
    expect(
      ofTask.filter(({ type }) => type === "merge.landed"),
      `t${index} landed once`,
    ).toHaveLength(1);
    const exitedAt = exits[0]?.seq ?? 0;
    const again = ofTask.filter(
      ({ seq, effects }) => seq > exitedAt && effects.some(({ name }) => name === "startAgent"),
    );
    expect(again, `t${index} not run again after it finished`).toHaveLength(0);
  }
  const landed = git(root, "log", "--format=%(trailers:key=Pleach-Task,valueonly,separator=)", `main..pleach/${RUN}`);
  expect(landed.trim().split("\n").sort()).toEqual(Array.from({ length: TASKS }, (_, index) => `t${index}`).sort());
  expect(git(root, "rev-parse", `pleach/${RUN}^{tree}`).trim()).toBe(tree);
  expect(await findProcesses({ run: RUN })).toEqual([]);
  const worktrees = git(root, "worktree", "list", "--porcelain").match(/^worktree .*$/gm);
  expect(worktrees, "no worktree but the checkout").toHaveLength(1);
  expect(git(root, "status", "--porcelain").trim()).toBe("");
}

/** Lets the program live until `kill`, through as many starts as there are kills, then to its end. */
async function surviveKills(
  root: string,
  kills: readonly ((isFirst: boolean) => Promise<Ended>)[],
): Promise<{ end: Ended; killed: number }> {
  let killed = 0;
  let isFirst = true;
  for (const kill of kills) {
    const ended = await kill(isFirst);
    if (ended.signal === "SIGKILL") killed += 1;
    // A start that died before its first record left no run to resume.
    const hasRun =
      readdirSync(root).includes(".ce-workspace") &&
      openFileLog(join(root, ".ce-workspace", RUN, "log")).newestEpoch() !== null;
    isFirst = !hasRun;
    if (ended.signal === null && ended.code === 0) return { end: ended, killed };
  }
  return { end: await runProgram(root, start(root, isFirst)), killed };
}

const killAt = (root: string, point: string) => (isFirst: boolean) =>
  runProgram(root, start(root, isFirst), { PLEACH_CRASH_AT: point });

const killAfter = (root: string, lifeMs: number) => async (isFirst: boolean) => {
  const { child, ended } = startProgram(root, start(root, isFirst));
  const timer = setTimeout(() => child.kill("SIGKILL"), lifeMs);
  const result = await ended;
  clearTimeout(timer);
  return result;
};

describe("a run that is killed with SIGKILL", () => {
  const scratch = scratchFolder("pleach kill");
  afterAll(scratch.remove);
  let tree = "";
  let total = 0;

  it("comes to the same tree as one that was left alone (the reference)", { timeout: 120_000 }, async () => {
    const root = join(scratch.path, "left alone");
    makeRun(root);
    const end = await runProgram(root, start(root, true));
    tree = git(root, "rev-parse", `pleach/${RUN}^{tree}`).trim();
    await expectWhole(root, end, tree);
  });

  for (const when of ["before", "after"] as const) {
    it(`survives a kill just ${when} each performer`, { timeout: 240_000 }, async () => {
      const root = join(scratch.path, `just ${when}`);
      makeRun(root);
      const points = PERFORMERS.map((performer, index) =>
        killAt(root, `${when}:${performer}:${performer === "createBranch" ? 1 : 1 + (index % 3)}`),
      );
      const { end, killed } = await surviveKills(root, points);
      await expectWhole(root, end, tree);
      // After a resume the branch is there already, so its performer is met once in each run.
      expect(killed).toBeGreaterThanOrEqual(PERFORMERS.length - 1);
      total += killed;
    });
  }

  it("survives kills at random moments, run after run, until it was killed fifty times", {
    timeout: 600_000,
  }, async () => {
    for (let seed = 1; seed <= MOST_RUNS && total < FEWEST_KILLS; seed++) {
      const root = join(scratch.path, `random ${seed}`);
      makeRun(root);
      const lives = Array.from({ length: KILLS_A_RUN }, (_, index) => {
        return killAfter(root, SHORTEST_LIFE_MS + (LONGEST_LIFE_MS - SHORTEST_LIFE_MS) * randomFrom(seed, index));
      });
      const { end, killed } = await surviveKills(root, lives);
      await expectWhole(root, end, tree);
      total += killed;
    }
    expect(total).toBeGreaterThanOrEqual(FEWEST_KILLS);
  });
});
