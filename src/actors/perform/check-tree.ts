/** Runs gates for a run, and tells their results as machines and the log see them: facts and a path, no output (RULE-9). */
import { join, relative } from "node:path";
import type { Gate } from "../../plan/model.ts";
import type { GateOutcome } from "../../protocol/values.ts";
import { runGates } from "../gates/index.ts";
import { type CheckContext, environmentOf } from "./run-context.ts";
import type { Worker } from "./worktrees.ts";

export interface Check {
  gates: readonly Gate[];
  /** Absolute folder of the files that they look at. */
  path: string;
  worker: Worker;
  /** Folder of their reports, relative to that of transcripts. */
  reports: string;
}

/** Runs the gates side by side. Never rejects. */
export async function checkTree(
  run: CheckContext,
  { gates, path, worker, reports }: Check,
  signal: AbortSignal,
): Promise<GateOutcome[]> {
  const outDir = join(run.folder.out, reports);
  const results = await runGates({
    executor: run.executor,
    gates,
    cwd: path,
    env: (gate) => environmentOf(run, worker, gate),
    outDir,
    identity: { run: run.manifest.run, task: worker.task },
    signal,
    concurrency: run.gateConcurrency,
  });
  return results.map(({ name, required, status, durationMs, timedOut, summary, report, reportSha256 }) => ({
    name,
    required,
    status,
    durationMs,
    ...(timedOut ? { timedOut } : {}),
    summary,
    report: report === null ? null : relative(run.folder.path, join(outDir, report)),
    sha256: reportSha256,
  }));
}
