/** What the agents of a plan's tasks would be told in their first attempt, as far as that is known before the run begins. */
import { composePrompt } from "../actors/prompt/prompt.ts";
import { readRole } from "../actors/prompt/roles.ts";
import { findSurroundings, NOT_BEGUN } from "../actors/prompt/surroundings.ts";
import type { KnownTests } from "../actors/prompt/tell-gates.ts";
import type { Plan, ProjectConfig, Task } from "../plan/index.ts";
import { isPlanning } from "../plan/planning.ts";

/** Stands for the folder that an attempt is given. */
const ITS_FOLDER = "<its worktree>";

export interface PromptGround {
  root: string;
  config: Pick<ProjectConfig, "worktree">;
  plan: Plan;
  tests: readonly KnownTests[] | null;
}

/** The prompt of a task's first attempt. What the vault knows, and ports, it gets when it starts. */
export function composeFirstPrompt({ root, config, plan, tests }: PromptGround, task: Task): string {
  const cwd = plan.isolation === "worktree" ? ITS_FOLDER : root;
  return composePrompt({
    role: readRole(root, task.stream),
    goal: plan.goal,
    task,
    plan,
    attempt: 1,
    before: null,
    place: {
      cwd,
      prepared: config.worktree,
      ports: null,
      planFile: isPlanning(task) ? `${cwd}/pleach-plan.md` : null,
    },
    around: findSurroundings(plan, task, NOT_BEGUN),
    tests,
    patterns: [],
  });
}
