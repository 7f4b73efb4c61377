/** Barrel of the gates room. */

export { fileVerdicts } from "./file-verdicts.ts";
export { memoryVerdicts } from "./memory-verdicts.ts";
export { type GateResult, type RunGatesOptions, runGates } from "./run-gates.ts";
export type { VerdictKey, VerdictStore } from "./verdict-store.ts";
