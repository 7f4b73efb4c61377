/** Gate results as machines and the log see them: facts and a path, no output (DESIGN R9). */
import { join, relative } from "node:path";
import type { GateOutcome } from "../../machines/effects.ts";
import type { GateResult } from "../gates/index.ts";
import type { Job } from "./job.ts";

/** `outDir` is the absolute folder that the reports lie in; paths become relative to the run's folder. */
export function toGateOutcomes(job: Job, results: readonly GateResult[], outDir: string): GateOutcome[] {
  return results.map(({ name, required, status, durationMs, timedOut, summary, report, reportSha256 }) => ({
    name,
    required,
    status,
    durationMs,
    ...(timedOut ? { timedOut } : {}),
    summary,
    report: report === null ? null : relative(job.folder.path, join(outDir, report)),
    sha256: reportSha256,
  }));
}
