/** Barrel of the process room: what the rest of the runtime may use of it. */
export { type ConfinedPath, confinePath } from "./confined-path.ts";
export { type WorkerEnvironmentOptions, type WorkerFacts, workerEnvironment } from "./environment.ts";
export type { ProcessQuery, WorkerIdentity } from "./identity.ts";
export { isSameProcess, processStartToken } from "./process-start.ts";
export {
  DEFAULT_GRACE_MS,
  DEFAULT_MAX_TRANSCRIPT_BYTES,
  type ProcessExited,
  type ProcessOutcome,
  type RunProcessOptions,
  runProcess,
} from "./run-process.ts";
export { sanitizeLine, sanitizeOutput, sanitizeText } from "./sanitize-output.ts";
export type { NotStarted, ProcessCommand } from "./start-failure.ts";
export {
  type FoundProcess,
  findProcesses,
  probeSweep,
  type SweepAvailability,
  type SweepResult,
  sweepProcesses,
} from "./sweep.ts";
export { Transcript, type TranscriptSummary } from "./transcript.ts";
