/** Barrel of the gates room. */
export { memoryVerdicts } from "./memory-verdicts.ts";
export { type GateResult, runGates } from "./run-gates.ts";
export type { VerdictKey, VerdictStore } from "./verdict-store.ts";
