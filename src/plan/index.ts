/** The public face of this room: plan formats in, a validated Plan out, and the dry run. */

export { BUILTIN_AGENTS, explainUnfit } from "./agent-kinds.ts";
export { analyzePlan, type PlanAnalysis } from "./analyze-plan.ts";
export * from "./defaults.ts";
export { planOfGoal } from "./goal-plan.ts";
export { loadPlan } from "./load-plan.ts";
export type * from "./model.ts";
export { remainingPathMs } from "./remaining-path.ts";
