/** Whether the tasks of a plan fit their agents: what `plan check` says before anything is started. */
import {
  type ContextEstimate,
  describeEstimate,
  estimateContext,
  isTooLarge,
  windowOf,
} from "../actors/prompt/context-estimate.ts";
import type { PlanIssue, Task } from "../plan/index.ts";
import { composeFirstPrompt, type PromptGround } from "./plan-prompts.ts";

/** Files of a plan are counted once, however many tasks have them in their scope; tasks beyond these are not looked at. */
const MAX_TASKS = 1_000;

export interface TaskEstimate {
  task: Task;
  /** Name of its agent. */
  agent: string;
  estimate: ContextEstimate;
}

/** Estimates the tasks that have a scope and an agent whose window is known. `files` are tracked, relative to `root`. */
export async function estimateTasks(ground: PromptGround, files: readonly string[]): Promise<TaskEstimate[]> {
  const { root, plan } = ground;
  const counts = new Map<string, number>();
  const agents = new Map(plan.agents.map((agent) => [agent.name, agent]));
  const estimates: TaskEstimate[] = [];
  for (const task of plan.tasks.slice(0, MAX_TASKS)) {
    const { scope, work } = task;
    const agent = work.kind === "agent" ? agents.get(work.agent) : undefined;
    const window = agent === undefined ? null : windowOf(agent);
    if (scope === undefined || agent === undefined || window === null) continue;
    const prompt = composeFirstPrompt(ground, task);
    const estimate = await estimateContext({ prompt, scope, root, files, window }, counts);
    estimates.push({ task, agent: agent.name, estimate });
  }
  return estimates;
}

/** A warning for each task that does not fit. */
export function warnOfEstimates(estimates: readonly TaskEstimate[]): PlanIssue[] {
  return estimates
    .filter(({ estimate }) => isTooLarge(estimate))
    .map(({ task: { id, at }, estimate }) => ({
      code: "plan.contextTooLarge",
      message: `task ${JSON.stringify(id)} ${describeEstimate(estimate)}`,
      hint: "Narrow its scope, split the task, or name an agent with a larger `window`.",
      file: at?.file ?? "",
      line: at?.line ?? 1,
    }));
}
