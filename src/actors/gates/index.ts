/** Barrel of the gates room. */
export { runGates } from "./run-gates.ts";
