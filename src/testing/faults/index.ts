/**
 * The fault harness, and what is needed to put a LogStore of one's own under it; published as `pleach/faults`. Belongs to no
 * test framework.
 */

export type { RandomSequence } from "../determinism/seeded-random.ts";
export { type FaultCase, type FaultCaseOptions, listFaultCases, ownLogNames, type SweepResult } from "./fault-cases.ts";
export {
  type Fault,
  FaultInjector,
  type FaultKind,
  type FaultyProcess,
  type Step,
  type StepKind,
} from "./fault-injector.ts";
export type { CrashKind, CreateLogUnderTest, LogUnderTest } from "./log-under-test.ts";
