/** A task of a plan as patterns are matched against it. Pure. */
import { buildDag, reachFrom } from "../../dag/dag.ts";
import type { Plan, Task } from "../../plan/model.ts";
import type { TaskToMatch } from "../../vault/index.ts";

/** In larger plans it is not looked who may work beside whom: that takes a walk through the plan for each task. */
const MAX_TASKS = 1_000;

/** Its words, its files, its gates, and who may work at the same time. */
export function describeTask(plan: Plan, task: Task): TaskToMatch {
  const { id, title, stream, scope = [], gates, work } = task;
  const own =
    work.kind === "run"
      ? { instruction: "", command: work.command }
      : { instruction: work.instruction, agent: work.agent };
  const others = plan.tasks.length > MAX_TASKS ? {} : { others: listOthers(plan, task) };
  return { id, title, stream, scope, gates, ...own, ...others };
}

/** Tasks that neither have to wait for this one nor are waited for by it. */
function listOthers({ tasks }: Plan, task: Task): { id: string; scope: readonly string[] }[] {
  const { indexOf, needs, neededBy } = buildDag(tasks);
  const own = indexOf.get(task.id) ?? -1;
  const related = new Set([own, ...reachFrom(needs, own), ...reachFrom(neededBy, own)]);
  return tasks.flatMap(({ id, scope = [] }, at) => (related.has(at) || scope.length === 0 ? [] : [{ id, scope }]));
}
