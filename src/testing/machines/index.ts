/**
 * What people need to test their own stream machines, recorded runs and implementations of the ports, published as
 * `pleach/testing`. It belongs to no test framework: what it finds wrong it throws.
 */
export type { CommandChannel } from "../../actors/control/command-channel.ts";
export type { Engine } from "../../actors/control/engine.ts";
export type { HostFacts, Lease } from "../../actors/control/lease.ts";
export { createMemoryEngine, type MemoryEngine } from "../../actors/control/memory-engine.ts";
export { createMemoryLog, type MemoryLog } from "../../actors/log/index.ts";
export { listCommandChannelCases, type TestedChannel } from "../conformance/command-channel.ts";
export type { ConformanceCase } from "../conformance/conformance-case.ts";
export { listLeaseCases, type TestedLease } from "../conformance/lease.ts";
export { listLogStoreCases, type TestedLog } from "../conformance/log-store.ts";
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
  type InvariantStep,
  type MachineTest,
  type PathsRun,
  runPaths,
  type TestMachineOptions,
  testMachine,
} from "./test-machine.ts";
export { type TestFile, type TestFileOptions, writeTests } from "./write-tests.ts";
