/**
 * What people need to test their own stream machines and plans, published as `pleach/testing`. It belongs to no test
 * framework: what it finds wrong it throws.
 */
export { createMemoryLog, type MemoryLog } from "../actors/log/index.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export type { Durations } from "./simulate/check-input.ts";
export { type Faults, usualFaults } from "./simulate/faults.ts";
export { randomPlan } from "./simulate/random-plan.ts";
export { type AttemptScript, type SimulatedAgent, scriptedAgent } from "./simulate/scripted-agent.ts";
export {
  type SimulatedTask,
  type SimulateOptions,
  type Simulation,
  simulate,
} from "./simulate/simulate.ts";
export { type PlanSketch, sketchPlan, type TaskSketch } from "./simulate/sketch-plan.ts";
export type { Rule, Violation } from "./simulate/violations.ts";
