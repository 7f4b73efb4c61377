/** Barrel of the process room: what the rest of the runtime may use of it. */
export { describeEnd } from "./describe-end.ts";
export { workerEnvironment } from "./environment.ts";
export type { WorkerIdentity } from "./identity.ts";
export { isSameProcess, processStartToken } from "./process-start.ts";
export {
  DEFAULT_GRACE_MS,
  DEFAULT_MAX_TRANSCRIPT_BYTES,
  type ProcessExited,
  type ProcessOutcome,
  type RunProcessOptions,
  runProcess,
} from "./run-process.ts";
export type { ProcessCommand } from "./start-failure.ts";
export { probeSweep, sweepProcesses } from "./sweep.ts";
export { Transcript, type TranscriptSummary } from "./transcript.ts";
