/** `pleach plan check PLAN`: the dry run; with `--gates` its gates are run now, with `--prompts` it prints what agents are told. */

import { PleachError } from "../../errors.ts";
import type { Plan } from "../../plan/index.ts";
import { areGreen, type CheckedGates, checkGates, describeGates } from "../check-gates.ts";
import { demandConsent } from "../consent.ts";
import { estimateTasks, warnOfEstimates } from "../estimate-tasks.ts";
import { BadInput, EXIT, issueLines } from "../exit.ts";
import { mayFetch } from "../fetch-nothing.ts";
import { refuseGoal } from "../goal.ts";
import { findMissingAgents } from "../missing-agents.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { asksForTests, type FirstPrompt, listFirstPrompts, printFirstPrompts } from "../plan-prompts.ts";
import { type CheckedPlan, checkPlan, type PlanOptions } from "../prepare-run.ts";
import { printAnalysis } from "../print-plan.ts";
import { findTests } from "../setup/find-tests.ts";
import { printJson } from "../streams.ts";
import { warnOfWithheld } from "../vault-folders.ts";
import { warnOfOpenGit } from "../warn-of-open-git.ts";
import { line } from "../words.ts";
import { describeIncluded } from "../worktree-include.ts";

/** Resolves with 0, 1 when a required gate is red, or 2 when the plan does not hold; throws for a goal, which has no plan yet. */
export async function planCheck(
  given: string | undefined,
  options: CommonOptions & PlanOptions & { gates?: boolean; prompts?: true | string; trust?: boolean },
): Promise<number> {
  const { planPath, which } = readCall(given, options.prompts);
  // Gates need a worktree; without them it only looks.
  if (options.gates === true) mayFetch(process.env);
  const place = await findPlace(options.C);
  refuseGoal(place.dir, planPath);
  const checked = await checkPlan(place, planPath, options);
  const { plan, errors, analysis, predictions, files } = checked;
  const estimates =
    plan === null || files.length === 0 ? [] : await estimateTasks({ ...place, plan, tests: null }, files);
  const found = plan === null ? [] : [...findMissingAgents(plan, process.env), ...warnOfOpenGit(plan)];
  const warnings = [...checked.warnings, ...warnOfWithheld(place), ...found, ...warnOfEstimates(estimates)];
  const say = (text: string): void => void process.stderr.write(`${line(text)}\n`);
  const prompts = plan === null || which === null ? null : await tellPrompts(place, plan, checked, which);
  const tries = plan !== null && options.gates === true;
  const consent = tries
    ? await demandConsent(place, { plan, startsAgents: false, run: null, trust: options.trust })
    : null;
  const tried = consent === null || plan === null ? null : await checkGates(consent.place, plan, say);
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
      ...(prompts === null ? {} : { prompts }),
      ...(tried === null ? {} : { tried: { commit: tried.commit, setup: tried.setup, gates: tried.gates } }),
    });
  } else {
    if (plan === null) throw new BadInput(`${planPath} is no valid plan`, errors, warnings);
    process.stderr.write(issueLines([], warnings));
    if (prompts === null) {
      printAnalysis(process.stdout, checked);
      process.stdout.write(describeIncluded(place.included));
    } else process.stdout.write(printFirstPrompts(prompts));
    if (tried !== null) process.stdout.write(describeGates(tried));
  }
  return plan === null ? EXIT.usage : exitOf(tried);
}

/** `--prompts plan.md` has the plan where the name of a task may stand. */
function readCall(
  given: string | undefined,
  prompts: true | string = "",
): { planPath: string; which: true | string | null } {
  if (given !== undefined) return { planPath: given, which: prompts === "" ? null : prompts };
  if (prompts !== true && prompts !== "") return { planPath: prompts, which: true };
  throw new PleachError("usage.missingArgument", "missing required argument 'plan'", {
    hint: "name its file, as in pleach plan check plan.md",
  });
}

async function tellPrompts(
  place: Place,
  plan: Plan,
  { predictions }: CheckedPlan,
  which: true | string,
): Promise<FirstPrompt[]> {
  const tests = asksForTests(plan) ? await findTests(place) : null;
  return listFirstPrompts({ ...place, plan, tests }, { only: which === true ? null : which, predictions });
}

function exitOf(tried: CheckedGates | null): number {
  if (tried?.isStopped) return EXIT.interrupted;
  return tried === null || areGreen(tried) ? EXIT.done : EXIT.failed;
}
