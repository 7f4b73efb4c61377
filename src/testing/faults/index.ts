/**
 * The fault harness, and what is needed to put a LogStore of one's own under it; published as `pleach/faults`. Belongs to no
 * test framework.
 */

export type { Random } from "../determinism/random-sequence.ts";
export { type FaultCase, type FaultCaseOptions, listFaultCases, ownLogNames } from "./fault-cases.ts";
export { type Fault, type FaultKind, Faults, type Step, type StepKind, type Steps } from "./fault-injector.ts";
export type { CreateLogUnderFaults, Ending, LogUnderFaults } from "./log-under-test.ts";
export type { Swept } from "./sweep.ts";
