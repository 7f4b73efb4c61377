/**
 * What people need to test their own stream machines and plans, published as `pleach/testing`. It belongs to no test
 * framework: what it finds wrong it throws.
 */
export { createMemoryLog, type MemoryLog } from "../actors/log/index.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { type Breach, checkInvariants, type RunInvariant, runInvariants } from "./invariants/index.ts";
export {
  openLogFixture,
  type RecordedRun,
  type ReplayedRun,
  replayRecorded,
  type TaskEnd,
} from "./recorded-run.ts";
