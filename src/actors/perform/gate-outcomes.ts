/** Gate results as machines and the log see them: facts and a path, no output (RULE-9). */
import { join, relative } from "node:path";
import type { GateOutcome } from "../../protocol/values.ts";
import type { GateResult } from "../gates/index.ts";
import type { RunContext } from "./run-context.ts";

/** `outDir` is the absolute folder that the reports lie in; paths become relative to the run's folder. */
export function toGateOutcomes(run: RunContext, results: readonly GateResult[], outDir: string): GateOutcome[] {
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
