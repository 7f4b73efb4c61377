/**
 * pleach as a library: streams of your own, as pure XState machines, under a supervisor with a log that survives
 * `kill -9` and can be replayed.
 */
export type { RunEvent } from "./actors/client.ts";
export { defineStream, type StreamDefinition, type StreamPerformers } from "./actors/define-stream.ts";
export type { LibraryRun, OpenRunOptions, RunEnd, StreamState, Supervision } from "./actors/library-run.ts";
export { createMemoryLog, type LogStore, openFileLog } from "./actors/log/index.ts";
export { openRun } from "./actors/open-run.ts";
export type { Clock, Outcome, PerformContext } from "./actors/ports.ts";
export type { EffectSide, ReplayDifference, ReplayReport } from "./actors/replay.ts";
export { type ReplayRunOptions, replay } from "./actors/replay-run.ts";
export type { StreamEntry } from "./actors/run-streams.ts";
export type { ActorStatus } from "./actors/system.ts";
export { type ErrorFacts, PleachError } from "./errors.ts";
export { internalEffects, timerEffects } from "./machines/effects.ts";
export type { RestartKind, Strategy } from "./machines/restart-policy.ts";
