/** Barrel of the gates room. */

export { listRunnerFiles, namedBy } from "./command-files.ts";
export { findTouched, mayHoldTests } from "./find-touched.ts";
export { type ChangedFile, describeGateChanges, mayConcernGates, needsText } from "./gate-changes.ts";
export { listGateInputs } from "./gate-inputs.ts";
export { explainOutput } from "./list-evidence.ts";
export { memoryVerdicts } from "./memory-verdicts.ts";
export { type ReportFacts, type ReportPlace, readReportFacts } from "./report-facts.ts";
export { type GateResult, runGates } from "./run-gates.ts";
export { listTestLosses } from "./test-losses.ts";
export type { VerdictKey, VerdictStore } from "./verdict-store.ts";
