/** Barrel of the gates room. */

export { findTouched, mayHoldTests } from "./find-touched.ts";
export { describeGateChanges, mayConcernGates } from "./gate-changes.ts";
export { explainOutput } from "./list-evidence.ts";
export { memoryVerdicts } from "./memory-verdicts.ts";
export { type GateResult, runGates } from "./run-gates.ts";
export type { VerdictKey, VerdictStore } from "./verdict-store.ts";
