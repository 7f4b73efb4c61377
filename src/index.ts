/**
 * pleach as a library: streams of your own, as pure XState machines, under a supervisor with a log that survives
 * `kill -9` and can be replayed.
 */

export { defineStream, type StreamPerformContext, type StreamPerformers } from "./actors/library/define-stream.ts";
export type {
  LibraryRun,
  OpenRunOptions,
  RunEnd,
  RunOf,
  Supervision,
  UntilOptions,
} from "./actors/library/library-run.ts";
export { openRun } from "./actors/library/open-run.ts";
export { type ReplayRunOptions, replay } from "./actors/library/replay-run.ts";
export type { StreamCrash, StreamDefinition, StreamEntry, StreamState } from "./actors/library/stream-types.ts";
export { openFileLog } from "./actors/log/file-log.ts";
export { createMemoryLog, type LogStore } from "./actors/log/index.ts";
export type { Clock, Outcome, PerformContext } from "./actors/runtime/ports.ts";
export type { EffectSide, ReplayDifference, ReplayReport } from "./actors/runtime/replay.ts";
export type { ActorStatus } from "./actors/runtime/system.ts";
export {
  type Edited,
  type StepIntoOptions,
  type Stepped,
  type SteppingIn,
  stepInto,
  type TakenPlace,
  type TaskChanges,
} from "./cli/step-into.ts";
export { type ErrorFacts, PleachError } from "./errors.ts";
export { internalEffects, timerEffects } from "./machines/effects.ts";
export type { RestartKind, Strategy } from "./machines/restart-policy.ts";
export type { RunEvent } from "./protocol/client.ts";
