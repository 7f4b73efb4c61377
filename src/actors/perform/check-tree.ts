/** Runs gates for a run, and tells their results as machines and the log see them: facts and a path, no output (RULE-9). */
import { join, relative } from "node:path";
import type { Gate } from "../../plan/model.ts";
import type { Told } from "../../protocol/events.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import { writeAtomically } from "../../safe-files/index.ts";
import { type GateResult, runGates } from "../gates/index.ts";
import { type CheckContext, environmentOf } from "./run-context.ts";
import type { Worker } from "./run-hook.ts";

/** End of the name of a list of problems. */
const PROBLEMS = ".problems";

const NOTHING = Promise.resolve();

export interface Check {
  gates: readonly Gate[];
  /** Absolute folder of the files that they look at. */
  path: string;
  worker: Worker;
  /** Folder of their reports, relative to that of transcripts. */
  reports: string;
  /** Told of each gate that starts and ends. */
  report?: ((fact: Told<"gate.started" | "gate.ended">) => Promise<void>) | undefined;
}

/** Runs the gates side by side. Never rejects. */
export async function checkTree(
  run: CheckContext,
  { gates, path, worker, reports, report: tell }: Check,
  signal: AbortSignal,
): Promise<GateOutcome[]> {
  const outDir = join(run.folder.out, reports);
  const told: Promise<void>[] = [];
  const pathOf = (name: string): string => relative(run.folder.path, join(outDir, name));
  const results = await runGates({
    executor: run.executor,
    gates,
    cwd: path,
    env: (gate) => environmentOf(run, worker, gate),
    outDir,
    identity: { run: run.manifest.run, task: worker.task },
    signal,
    concurrency: run.gateConcurrency,
    onStart: (gate, log) => void told.push(tell?.({ type: "gate.started", gate, log: pathOf(log) }) ?? NOTHING),
    onEnd: ({ name: gate, status, durationMs }) =>
      void told.push(tell?.({ type: "gate.ended", gate, status, durationMs }) ?? NOTHING),
  });
  await Promise.all(told);
  return Promise.all(
    results.map(async (result) => {
      const { name, required, status, durationMs, timedOut, summary, report, reportSha256, tests, evidence } = result;
      const reports = result.kept.map((kept) => ({ ...kept, path: pathOf(kept.path) }));
      const problems = await keepProblems(run, outDir, result);
      return {
        name,
        required,
        status,
        durationMs,
        ...(timedOut ? { timedOut } : {}),
        summary,
        report: report === null ? null : pathOf(report),
        sha256: reportSha256,
        // Without an output it was not run.
        ...(report === null ? {} : { code: result.code }),
        ...(reports.length === 0 ? {} : { reports }),
        ...(problems === null ? {} : { problems }),
        ...(tests === null ? {} : { tests }),
        ...(evidence.length === 0 ? {} : { evidence }),
      };
    }),
  );
}

/** Keeps what the reports of a red gate complain of, a line each; null where they do not tell. */
async function keepProblems(run: CheckContext, outDir: string, result: GateResult): Promise<string | null> {
  const { status, report, problems } = result;
  if (status !== "failed" || report === null || problems === null || problems.length === 0) return null;
  const file = join(outDir, report.replace(/\.log$/, PROBLEMS));
  await writeAtomically(file, `${problems.join("\n")}\n`, { durability: "none" });
  return relative(run.folder.path, file);
}
