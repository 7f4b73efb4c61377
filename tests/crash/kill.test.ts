/**
 * The whole program is killed with SIGKILL, again and again, and resumed: just before and just after each performer of
 * a 30-task run, and at moments drawn from a seed. Whatever happened, in the end every task was finished once and
 * merged once, no process is left, and the tree is the one of a run that nobody killed.
 */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { randomFrom } from "../../src/machines/random.ts";
import { findViolations, type KilledRun, liveFor, liveUntil, surviveKills } from "../helpers/killed-run.ts";
import { type Ended, git, makeRepository, scratchFolder } from "../helpers/program.ts";

const TASKS = 30;
const RUN = "killed";
const PERFORMERS = [
  "createBranch",
  "gateBase",
  "prepareWorkspace",
  "startAgent",
  "commitWork",
  "runGates",
  "buildChain",
  "gateTip",
  "advanceBranch",
  "releaseWorkspace",
];
/** Of these there is one in a run. */
const ONCE: ReadonlySet<string> = new Set(["createBranch", "gateBase"]);
/** Kills in all runs together. */
const MIN_KILLS = 50;
/** Kills at random moments in one run; a quick machine ends the run before that many. */
const KILLS_A_RUN = 12;
const MAX_RUNS = 20;
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

function makeRun(root: string): KilledRun {
  makeRepository(root, { "base.txt": "base\n", "plan.yaml": plan() });
  return { root, run: RUN };
}

const treeOf = ({ root }: KilledRun): string => git(root, "rev-parse", `pleach/${RUN}^{tree}`).trim();

/** What must hold of a run that came through. */
async function expectWhole(killed: KilledRun, end: Ended, tree: string): Promise<void> {
  const tasks = Array.from({ length: TASKS }, (_, index) => `t${index}`);
  expect(await findViolations(killed, end, { tasks, isIsolated: true })).toEqual([]);
  expect(treeOf(killed)).toBe(tree);
}

describe("a run that is killed with SIGKILL", () => {
  const scratch = scratchFolder("pleach kill");
  afterAll(scratch.remove);
  let tree = "";
  let total = 0;

  it("comes to the same tree as one that was left alone (the reference)", { timeout: 120_000 }, async () => {
    const left = makeRun(join(scratch.path, "left alone"));
    const end = await liveUntil(left)(true);
    tree = treeOf(left);
    await expectWhole(left, end, tree);
  });

  for (const when of ["before", "after"] as const) {
    it(`survives a kill just ${when} each performer`, { timeout: 240_000 }, async () => {
      const killed = makeRun(join(scratch.path, `just ${when}`));
      const points = PERFORMERS.map((performer, index) =>
        liveUntil(killed, `${when}:${performer}:${ONCE.has(performer) ? 1 : 1 + (index % 3)}`),
      );
      const { end, kills } = await surviveKills(killed, points);
      await expectWhole(killed, end, tree);
      // After a resume the branch is there already, so its performer is met once in each run.
      expect(kills).toBeGreaterThanOrEqual(PERFORMERS.length - 1);
      total += kills;
    });
  }

  it("survives kills at random moments, run after run, until it was killed fifty times", {
    timeout: 600_000,
  }, async () => {
    for (let seed = 1; seed <= MAX_RUNS && total < MIN_KILLS; seed++) {
      const killed = makeRun(join(scratch.path, `random ${seed}`));
      const lives = Array.from({ length: KILLS_A_RUN }, (_, index) => {
        const lifeMs = SHORTEST_LIFE_MS + (LONGEST_LIFE_MS - SHORTEST_LIFE_MS) * randomFrom(seed, index);
        return liveFor(killed, lifeMs, "start", index % 2 === 1);
      });
      const { end, kills } = await surviveKills(killed, lives);
      await expectWhole(killed, end, tree);
      total += kills;
    }
    expect(total).toBeGreaterThanOrEqual(MIN_KILLS);
  });
});
