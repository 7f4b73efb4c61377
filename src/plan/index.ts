/** The public face of this room: plan formats in, a validated Plan out, and the dry run. */

export { type AnalysisFacts, analyzePlan, type PlanAnalysis } from "./analyze-plan.ts";
export type { PlanContext } from "./assemble.ts";
export * from "./defaults.ts";
export { parseDuration } from "./duration.ts";
export { remainingPathMs, topologicalOrder } from "./graph.ts";
export { type LoadedConfig, loadConfig, parseConfig } from "./load-config.ts";
export { type LoadedPlan, loadPlan, type PlanFormat, parsePlan } from "./load-plan.ts";
export type * from "./model.ts";
export { explainBadName, slugOf } from "./names.ts";
export type { Overlap } from "./overlaps.ts";
export { compileScope, explainBadPath, normalizeScope } from "./scope.ts";
