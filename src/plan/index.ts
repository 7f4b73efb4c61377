/** The public face of this room: plan formats in, a validated Plan out, and the dry run. */

export { BUILTIN_AGENTS, explainUnfit } from "./agent-kinds.ts";
export { analyzePlan, type PlanAnalysis } from "./analyze-plan.ts";

export * from "./defaults.ts";
export { parseDuration } from "./duration.ts";
export { extendPlan } from "./extend-plan.ts";
export { planOfGoal } from "./goal-plan.ts";
export { loadConfig } from "./load-config.ts";
export { type LoadedPlan, loadPlan, type PlanFormat, parsePlan } from "./load-plan.ts";
export type * from "./model.ts";
export { explainBadName, slugOf } from "./names.ts";
export { isPlanning, MAX_PLANNED_TASKS } from "./planning.ts";
export { parseConfig } from "./read-config.ts";
export { remainingPathMs } from "./remaining-path.ts";

export { compileScope } from "./scope.ts";
