/** Barrel of the process room: what the rest of the runtime may use of it. */
export { describeEnd } from "./describe-end.ts";
export { isOwnName, workerEnvironment } from "./environment.ts";
export {
  DEFAULT_GRACE_MS,
  type Executor,
  type NotStarted,
  type ProcessCommand,
  type ProcessExited,
  type ProcessOutcome,
  type ProcessRequest,
  type TalkedCommand,
} from "./executor.ts";
export { IDENTITY_VARIABLES, type WorkerIdentity } from "./identity.ts";
export { installedPath } from "./installed-path.ts";
export { findAttended, listWorkers } from "./list-workers.ts";
export type { Machine } from "./machine.ts";
export { openTranscript } from "./open-transcript.ts";
export { isSameProcess, processStartToken } from "./process-start.ts";
export { findPrograms, type RunningProgram } from "./programs.ts";
export { makeRedactedOutput, makeRedactor, type Redact, redactOutput } from "./redact.ts";
export { endProcesses, type FoundProcess, findProcesses, probeSweep } from "./sweep.ts";
export { Transcript } from "./transcript.ts";
