/** How long git took and finished work waited, from records as a log has them. */
import { expect, it } from "vitest";
import { emptyMeta, noteRecord } from "../../../src/actors/projections/run-view.ts";
import { timeWords } from "../../../src/cli/print-status.ts";

type Draft = [atMs: number, actor: string, type: string, data?: unknown, more?: { cause?: string; asks?: string }];

function fold(...drafts: Draft[]) {
  const meta = emptyMeta();
  for (const [time, actor, type, data = {}, { cause = null, asks } = {}] of drafts) {
    const effects = asks === undefined ? [] : [{ id: `${actor}/${asks}`, name: asks, hash: "" }];
    noteRecord(meta, { v: 1, seq: 1, crc: "", time, actor, type, data, cause, effects });
  }
  return meta.parts;
}

const EPOCH = { epoch: 1 };

it("counts what git does from its beginning to its answer, and nothing else that is performed", () => {
  const parts = fold(
    [1_000, "host", "epoch.started", EPOCH],
    [1_000, "task:a", "task.start", {}, { asks: "prepareWorkspace" }],
    [1_400, "task:a", "workspace.prepared", {}, { cause: "task:a/prepareWorkspace", asks: "startAgent" }],
    [
      9_000,
      "task:a",
      "agent.exited",
      { ok: true, transcript: { path: "out/a.1.log" } },
      { cause: "task:a/startAgent", asks: "commitWork" },
    ],
    [9_100, "task:a", "work.committed", {}, { cause: "task:a/commitWork" }],
  );
  expect(parts).toMatchObject({ gitMs: 500, queueMs: 0 });
});

it("counts how long work waited to be merged, also when it was refused, and not while no host worked", () => {
  const parts = fold(
    [1_000, "host", "epoch.started", EPOCH],
    [2_000, "merge", "merge.enqueue", { task: "a", commit: "1" }],
    [2_500, "merge", "merge.enqueue", { task: "b", commit: "2" }, { asks: "buildChain" }],
    [3_000, "task:a", "merge.landed", { commit: "1", head: "1" }],
    // The host was killed, and the next one came a minute later.
    [63_000, "host", "epoch.started", EPOCH],
    [63_000, "merge", "chain.built", {}, { cause: "merge/buildChain" }],
    [64_000, "task:b", "merge.rejected", { reason: "red", report: null }],
    [65_000, "task:b", "merge.withdrawn"],
  );
  expect(parts).toEqual({ begun: {}, queued: {}, gitMs: 0, queueMs: 1_000 + 500 + 1_000 });
});

it("says what a run took that was slower than one task after the other would have been, and where it went", () => {
  const parts = { gates_ms: 4_000, merge_gates_ms: 20_000, queue_ms: 21_000, git_ms: 2_000 };
  const timing = { wall_ms: 30_000, work_ms: 12_000, critical_path_ms: 9_000, speedup: 0.4, parts };
  const words =
    "30s; one after the other 12s (0.4x as fast: slower): work 8s, tasks' gates 4s; besides gates of merges 20s, waiting to be merged 21s, git and set-up 2s";
  expect(timeWords(timing).replaceAll(/\.0s/g, "s")).toBe(words);
  expect(timeWords({ ...timing, speedup: 2.5, parts: { gates_ms: 0, merge_gates_ms: 0 } })).toContain("(2.5x as fast)");
  expect(timeWords({ ...timing, speedup: 0.04, parts: { gates_ms: 0, merge_gates_ms: 0 } })).toContain("(slower)");
});
