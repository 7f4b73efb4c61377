/** Which tasks plan, and how far plans may grow. Pure, and free of the parsers, so that machines may ask it. */
import type { Task } from "./model.ts";

/** Tasks that planners may add to one run, all their texts together. */
export const MAX_PLANNED_TASKS = 500;

/** Name of the artifact that makes a task a planning one. */
export const PLAN_ARTIFACT = "plan";

/** Whether a task publishes a plan, whose tasks then join the run. */
export function isPlanning({ artifacts }: Pick<Task, "artifacts">): boolean {
  return artifacts.includes(PLAN_ARTIFACT);
}
