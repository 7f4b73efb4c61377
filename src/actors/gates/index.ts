/** Barrel of the gates room. */
export type { KeptReport } from "./judge-reports.ts";
export type { TestFailure } from "./junit.ts";
export { type GateResult, type RunGatesOptions, runGates } from "./run-gates.ts";
