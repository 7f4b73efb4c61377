/** Barrel of the gates room. */

export { type GateResult, type RunGatesOptions, runGates } from "./run-gates.ts";
