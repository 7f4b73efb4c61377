/** A whole plan over a memory log: scheduler, streams, tasks and merge queue, with performers played by hand. */

import { describe, expect, it } from "vitest";
import { createMemoryLog } from "../../../src/actors/log/index.ts";
import { openPerformers } from "../../../src/actors/run-actors/open-performers.ts";
import { runLogics } from "../../../src/actors/run-actors/root.ts";
import { openRuntime } from "../../../src/actors/runtime/open-runtime.ts";
import { systemClock } from "../../../src/actors/runtime/ports.ts";
import { hashStates, replayLog } from "../../../src/actors/runtime/replay.ts";
import { toMachines } from "../../../src/actors/runtime/runtime.ts";
import type { Isolation } from "../../../src/plan/model.ts";
import { rootInput } from "../../helpers/plan-actors.ts";

describe.each<Isolation>(["none", "worktree"])("a plan with isolation %s", (isolation) => {
  it("is carried out in the order of its needs, a failed attempt is tried again, and it is replayed", async () => {
    const log = createMemoryLog();
    const started: string[] = [];
    let commits = 0;
    const runtime = await openRuntime({
      log,
      logics: runLogics,
      clock: systemClock,
      root: { id: "run", kind: "supervisor", input: rootInput(isolation) },
      epoch: (epoch) => ({ epoch }),
      perform: openPerformers({
        prepareWorkspace: async ({ task: id, attempt }) => ({
          type: "workspace.prepared",
          workspace: { id: `${id}.${attempt}`, path: `/${id}/${attempt}`, branch: `${id}-${attempt}`, port: 1 },
        }),
        startAgent: async ({ task: id, number }) => {
          started.push(`${id}${number}`);
          const ok = id !== "b" || number > 1;
          const end = { ok, code: ok ? 0 : 1, signal: null, reason: null, timedOut: false, durationMs: 5 };
          return {
            type: "agent.exited",
            faultOf: "work",
            ...end,
            transcript: { path: "t", bytes: 0, sha256: "", truncated: false },
          };
        },
        commitWork: async () => ({ type: "work.committed", commit: `c${commits++}`, files: ["f"], removesMerged: [] }),
        createBranch: async () => ({ type: "branch.created", branch: "x", commit: "B" }),
        buildChain: async ({ items }) => {
          const links = items.map((item) => ({ task: item.task, commit: `L${item.commit}` }));
          return { type: "chain.built", links, conflicts: [] };
        },
        gateBase: async () => ({ type: "base.gated", results: [] }),
        gateTip: async () => ({ type: "tip.gated", results: [] }),
        advanceBranch: async ({ from, to }) => ({ type: "branch.advanced", from, to }),
        releaseWorkspace: async ({ workspace }) => ({
          type: "workspace.released",
          id: workspace.id,
        }),
      }),
    });
    const over = new Promise<void>((resolve) => {
      runtime.watch((records) => {
        const root = runtime.system.actors.get("run");
        if (root?.status === "done" && records.at(-1)?.seq === runtime.system.seq) resolve();
      });
    });
    runtime.start();
    await Promise.race([over, runtime.failed]);
    expect(started.filter((each) => each === "b2")).toHaveLength(1);
    expect([...started].sort()).toEqual(["a1", "b1", "b2", "c1", "d1"]);
    expect([started[0], started.at(-1)]).toEqual(["a1", "d1"]);
    expect(runtime.system.actors.get("scheduler")?.snapshot.output).toEqual({ outcome: "succeeded", reason: null });
    const outcome = isolation === "worktree" ? "merged" : "done";
    for (const id of ["a", "b", "c", "d"]) {
      expect(runtime.system.actors.get(`task:${id}`)?.snapshot.output).toEqual({ outcome });
    }
    await runtime.stop();
    const machines = toMachines(runLogics);
    expect(await replayLog(log, machines)).toMatchObject({ verified: true, hash: hashStates(runtime.system) });
  });
});
