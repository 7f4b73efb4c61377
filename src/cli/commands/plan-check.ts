/** `pleach plan check PLAN`: the dry run. */
import { estimateTasks, warnOfEstimates } from "../estimate-tasks.ts";
import { BadInput, EXIT, issueLines } from "../exit.ts";
import { refuseGoal } from "../goal.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace } from "../place.ts";
import { checkPlan, type PlanOptions } from "../prepare-run.ts";
import { printAnalysis } from "../print-plan.ts";
import { printJson } from "../streams.ts";
import { warnOfWithheld } from "../vault-folders.ts";

/** Resolves with 0, or 2 when the plan does not hold; throws for a goal, which has no plan yet. */
export async function planCheck(planPath: string, options: CommonOptions & PlanOptions): Promise<number> {
  const place = await findPlace(options.C);
  refuseGoal(place.dir, planPath);
  const checked = await checkPlan(place, planPath, options);
  const { plan, errors, analysis, predictions, files } = checked;
  const estimates = plan === null || files.length === 0 ? [] : await estimateTasks(place.root, plan, files);
  const warnings = [...checked.warnings, ...warnOfWithheld(place), ...warnOfEstimates(estimates)];
  if (options.json) {
    printJson({
      schema: 1,
      ok: plan !== null,
      errors,
      warnings,
      waves: analysis?.waves ?? [],
      critical_path: analysis?.criticalPath ?? { ids: [], ms: 0 },
      speedup: analysis?.speedup ?? null,
      predictions,
      estimates: Object.entries(checked.usual.tasks).map(([task, usual]) => ({ task, ...usual })),
      context: estimates.map(({ task, agent, estimate: { tokens, window, isComplete } }) => {
        return { task: task.id, agent, tokens, window, complete: isComplete };
      }),
      overlaps: analysis?.overlaps ?? [],
    });
  } else {
    if (plan === null) throw new BadInput(`${planPath} is no valid plan`, errors, warnings);
    process.stderr.write(issueLines([], warnings));
    printAnalysis(process.stdout, checked);
  }
  return plan === null ? EXIT.usage : EXIT.done;
}
