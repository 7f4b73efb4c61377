/**
 * A plan whose host dies at every record in turn: what was durable is all that is left, the world (a branch, by hand)
 * is as the performers had made it. Each time the run goes on to the same end, and nothing lands twice.
 */
import { describe, expect, it } from "vitest";
import { runLogics } from "../../src/actors/job/root.ts";
import { createMemoryLog, type MemoryLog } from "../../src/actors/log/index.ts";
import { openRuntime } from "../../src/actors/open-runtime.ts";
import { type PerformContext, type Performers, systemClock } from "../../src/actors/ports.ts";
import { createFoldCheck, replayLog } from "../../src/actors/replay.ts";
import type { Runtime } from "../../src/actors/runtime.ts";
import { checkInvariants } from "../../src/testing/index.ts";
import { rootInput } from "../helpers/plan-actors.ts";

/** The integration branch: the tasks on it, in the order in which they landed. */
interface World {
  head: string;
}

function performersOf(world: World): Performers {
  return {
    createBranch: async ({ base }: { base: string }) => ({ type: "branch.created", branch: "x", commit: base }),
    prepareWorkspace: async ({ task, attempt }: { task: string; attempt: string }) => ({
      type: "workspace.prepared",
      workspace: { path: `/${task}/${attempt}`, branch: `${task}-${attempt}`, port: 1 },
    }),
    startAgent: async ({ task, number }: { task: string; number: number }, { recovering }: PerformContext) => {
      if (recovering) return { type: "agent.lost", killed: 0 };
      const ok = task !== "b" || number > 1;
      const end = { ok, code: ok ? 0 : 1, signal: null, reason: null, blame: "work", timedOut: false };
      return { type: "task.exited", ...end, durationMs: 5, transcript: { path: "t" } };
    },
    commitWork: async ({ task }: { task: string }) => ({
      type: "work.committed",
      commit: `commit of ${task}`,
      files: [task],
      removesMerged: [],
    }),
    buildChain: async ({ onto, items }: { onto: string; items: { task: string }[] }) => {
      let head = onto;
      const links = items.map(({ task }) => {
        head = `${head} ${task}`;
        return { task, commit: head };
      });
      return { type: "chain.built", links, conflicts: [] };
    },
    gateTip: async () => ({ type: "tip.gated", results: [] }),
    advanceBranch: async ({ from, to }: { from: string; to: string }) => {
      if (world.head === from) world.head = to;
      if (!world.head.startsWith(to)) return { type: "branch.diverged", found: world.head };
      return { type: "branch.advanced", from, to: world.head };
    },
    releaseWorkspace: async ({ workspace }: { workspace: { path: string } }) => ({
      type: "workspace.released",
      path: workspace.path,
    }),
  };
}

function open(log: MemoryLog, world: World): Promise<Runtime> {
  return openRuntime({
    log,
    logics: runLogics,
    clock: systemClock,
    root: { id: "run", kind: "supervisor", input: rootInput("worktree") },
    epoch: (epoch) => ({ epoch }),
    perform: performersOf(world),
    check: createFoldCheck({}),
  });
}

/** Runs until the root is done, or until the log dies at record `crashAt`; says which. */
async function carryOn(log: MemoryLog, world: World, crashAt: number): Promise<"over" | "crashed"> {
  const runtime = await open(log, world);
  let hasCrashed = false;
  const isDone = (): boolean => runtime.system.actors.get("run")?.status === "done";
  const over = new Promise<"over">((resolve) => {
    if (isDone()) resolve("over");
    runtime.watch((records) => {
      const seq = records.at(-1)?.seq ?? 0;
      if (seq >= crashAt && !hasCrashed) {
        hasCrashed = true;
        log.crash({ keepBytes: crashAt % 3 === 0 ? 40 : 0 });
      }
      if (isDone() && seq === runtime.system.seq) resolve("over");
    });
  });
  runtime.start();
  const end = await Promise.race([over, runtime.failed.catch(() => "crashed" as const)]);
  await runtime.stop().catch(() => {});
  return hasCrashed ? "crashed" : end;
}

const tasksOn = (head: string): string[] => head.split(" ").slice(1).sort();

describe("a plan whose host dies", () => {
  it("at any record goes on to the same end: each task lands once, and the log replays", {
    timeout: 120_000,
  }, async () => {
    const whole = createMemoryLog();
    const undisturbed: World = { head: "B" };
    expect(await carryOn(whole, undisturbed, Number.POSITIVE_INFINITY)).toBe("over");
    expect(tasksOn(undisturbed.head)).toEqual(["a", "b", "c", "d"]);
    const length = [...whole.read()].length;
    expect(length).toBeGreaterThan(50);
    for (let crashAt = 3; crashAt < length; crashAt++) {
      const log = createMemoryLog();
      const world: World = { head: "B" };
      await carryOn(log, world, crashAt);
      expect(await carryOn(log, world, Number.POSITIVE_INFINITY), `after a crash at record ${crashAt}`).toBe("over");
      expect(tasksOn(world.head), `after a crash at record ${crashAt}`).toEqual(["a", "b", "c", "d"]);
      const records = [...log.read()];
      for (const id of ["a", "b", "c", "d"]) {
        const landed = records.filter(({ actor, type }) => actor === `task:${id}` && type === "merge.landed");
        expect(landed, `${id} after a crash at record ${crashAt}`).toHaveLength(1);
      }
      expect(checkInvariants(records), `after a crash at record ${crashAt}`).toEqual([]);
      const machines = Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine]));
      expect(replayLog(log, machines).verified).toBe(true);
    }
  });
});
