/**
 * What people need to test their own stream machines and recorded runs, published as `pleach/testing`. It belongs to no
 * test framework: what it finds wrong it throws.
 */
export { createMemoryLog, type MemoryLog } from "../../actors/log/index.ts";
export { type ConformanceCase, listLogStoreCases, type TestedLog } from "../conformance/index.ts";
export { createFakeClock, type FakeClock } from "../determinism/fake-clock.ts";
export { type Breach, checkInvariants, type RunInvariant, runInvariants } from "../invariants/check-invariants.ts";
export { type Coverage, checkCoverage } from "./choose-paths.ts";
export type { Example, Examples, Payload } from "./examples.ts";
export type { Effect } from "./explore.ts";
export type { PathProblem } from "./find-problems.ts";
export type { TransitionFacts, TransitionKind } from "./list-transitions.ts";
export {
  type MachinePath,
  type PathStep,
  type PathsOptions,
  type PathsReport,
  pathsOf,
  type ReportedTransition,
} from "./paths-of.ts";
export {
  openLogFixture,
  type RecordedRun,
  type RecordedStreams,
  type RecordedTask,
  type ReplayedRun,
  replayRecorded,
} from "./recorded-run.ts";
export { renderDot } from "./render-dot.ts";
export { renderMermaid } from "./render-mermaid.ts";
export { renderReport } from "./render-report.ts";
export { type MachineUnderTest, type SentEvent, startMachine } from "./start-machine.ts";
export { formatCoverage, type MachineCoverage, sumCoverage } from "./sum-coverage.ts";
export {
  type Invariant,
  type MachineTest,
  type PathsRun,
  runPaths,
  type TestMachineOptions,
  testMachine,
} from "./test-machine.ts";
export { type TestFile, type TestFileOptions, writeTests } from "./write-tests.ts";
