/** Runs of plans in virtual time, published as `pleach/simulate`. Belongs to no test framework. */
export type { MemoryLog } from "../../actors/log/index.ts";
export { buildPlan, type PartialPlan, type PartialTask } from "./build-plan.ts";
export type { Durations } from "./check-input.ts";
export { type FaultRates, usualFaults } from "./fault-rates.ts";
export { randomPlan } from "./random-plan.ts";
export { type AttemptScript, type SimulatedAgent, scriptedAgent } from "./scripted-agent.ts";
export { type SimulatedTask, type SimulateOptions, type Simulation, simulate } from "./simulate.ts";
export type { Rule, Violation } from "./violations.ts";
