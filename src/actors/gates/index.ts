/** Barrel of the gates room. */

export { type GateResult, runGates } from "./run-gates.ts";
