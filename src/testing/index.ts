/**
 * What people need to test their own stream machines and plans, published as `pleach/testing`. It belongs to no test
 * framework: what it finds wrong it throws.
 */
export { createMemoryLog, type MemoryLog } from "../actors/log/index.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export {
  type CreateLogUnderFaults,
  type Ending,
  type Fault,
  type FaultCase,
  type FaultCaseOptions,
  type FaultKind,
  Faults,
  type LogUnderFaults,
  listFaultCases,
  ownLogNames,
  type Random,
  type Step,
  type StepKind,
  type Steps,
  type Swept,
} from "./faults/index.ts";
