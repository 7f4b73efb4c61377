/** `pleach run PLAN|"goal"`: the main job. */

import { resolve } from "node:path";
import { PleachError } from "../../errors.ts";
import type { Concurrency, Plan, PlanIssue } from "../../plan/index.ts";
import { findUnreadyAgents } from "../agents/find-unready.ts";
import { askYes, hasPerson } from "../ask.ts";
import { agreeOnVault } from "../ask-vault.ts";
import { listBeginNotes } from "../begin-notes.ts";
import { carryOut } from "../carry-out.ts";
import { demandConsent } from "../consent.ts";
import { BadInput, EXIT, issueLines } from "../exit.ts";
import { describeGoal, isGoal, readGoal } from "../goal.ts";
import { findMissingAgents } from "../missing-agents.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findPlace, type Place } from "../place.ts";
import { type CheckedPlan, checkPlan, findFlaky, findUsual, predict, prepareRun } from "../prepare-run.ts";
import { printPredictions } from "../print-plan.ts";
import { isAgreed } from "../trusted-files.ts";
import { vaultFolders } from "../vault-folders.ts";

export interface RunOptions extends CommonOptions, OutputOptions {
  concurrency?: Concurrency;
  agent?: string;
  runId?: string;
  vault?: string;
  learn: boolean;
  yes?: boolean;
  trust?: boolean;
  /** What would ask takes its row of the table of unattended answers. */
  unattended?: boolean;
}

/** Resolves with the run's exit code; throws `BadInput` for a plan that does not hold, `usage.noAgent` for a goal that nobody plans. */
export async function run(given: string, options: RunOptions): Promise<number> {
  if (given.trim() === "") {
    throw new PleachError("usage.noPlan", "nothing is asked for: the plan is an empty text", {
      hint: 'name the file of a plan (pleach run plan.md), or say a goal in several words (pleach run "make it faster")',
    });
  }
  const output = chooseOutput(options);
  const found = await findPlace(options.C);
  const start = isGoal(found.dir, given)
    ? await beginGoal(found, given, options, output)
    : await beginPlan(found, given, options, output);
  if (start === null) return EXIT.interrupted;
  const { place, plan, file = null } = start;
  const consent = await demandConsent(place, { plan, startsAgents: true, run: null, trust: options.trust });
  if (start.isChecked !== true) await demandReady(plan, place, file === null ? null : given);
  // Vaults that were left out until now may know more.
  const isMore = place.withheld.length > 0;
  const predictions = isMore
    ? await predict(plan, place.root, vaultFolders(consent.place, options.vault))
    : start.predictions;
  const vaults = vaultFolders(consent.place, options.vault);
  const mayAsk = options.vault === undefined && output !== "json" && options.yes !== true && !options.unattended;
  if (options.learn) await agreeOnVault(vaults[0], { mayAsk });
  const usual = await findUsual(plan, vaults);
  const flaky = await findFlaky(plan, vaults);
  for (const note of await listBeginNotes(place, plan, file)) process.stderr.write(`pleach: ${note}\n`);
  const unattended = options.unattended === true;
  const begin = await prepareRun(place, plan, { runId: options.runId, predictions, usual, flaky, unattended });
  const { learn, vault } = options;
  return carryOut(consent, begin.run, { begin }, { output, learn, vault });
}

interface Start {
  place: Place;
  plan: Plan;
  predictions: CheckedPlan["predictions"];
  file?: string;
  /** Whether its agents are known to be able to work, as far as that can be told. */
  isChecked?: boolean;
}
type Output = ReturnType<typeof chooseOutput>;

async function beginPlan(place: Place, name: string, options: RunOptions, output: Output): Promise<Start> {
  const { plan, errors, warnings, predictions } = await checkPlan(place, name, options);
  if (plan === null) throw new BadInput(`${name} is no valid plan`, errors, warnings);
  const missing = findMissingAgents(plan, process.env);
  if (missing.length > 0) throw new BadInput(`${name} names agents that are not installed`, missing, warnings);
  if (output !== "json") {
    process.stderr.write(issueLines([], warnings));
    printPredictions(process.stderr, predictions);
  }
  return { place, plan, predictions, file: resolve(place.dir, name) };
}

/** Throws what speaks against the agents that a plan needs. `name`: as the person gave the plan; null: it is a goal. */
async function demandReady(plan: Plan, { root }: Place, name: string | null): Promise<void> {
  const doubt = (issue: PlanIssue): void => void process.stderr.write(issueLines([], [issue]));
  const [first, ...more] = await findUnreadyAgents(plan, root, doubt);
  if (first === undefined) return;
  if (name !== null) throw new BadInput(`${name} names agents that cannot work now`, [first, ...more]);
  const messages = [first, ...more].map(({ message }) => message).join("; ");
  throw new PleachError("usage.agentNotReady", `nobody can work on the goal now: ${messages}`, {
    hint: `${first.hint} Or name another agent with --agent: pleach agents shows which can work.`,
  });
}

/** Null when a person was asked and said no. */
async function beginGoal(found: Place, goal: string, options: RunOptions, output: Output): Promise<Start | null> {
  let [place, plan] = [found, readGoal(found, goal, options, process.env.PATH)];
  // What cannot be started is not asked about.
  if (plan.isolation === "worktree" && place.trouble !== null) throw place.trouble;
  if (plan.gates.length === 0) {
    const { offerGates } = await import("../setup/offer-gates.ts");
    const offered = await offerGates(place, { mayAsk: output !== "json" && options.yes !== true });
    if (offered === "stopped") return null;
    if (offered === "setUp") {
      place = await findPlace(options.C);
      plan = readGoal(place, goal, options, process.env.PATH);
    }
  }
  // What cannot work is not asked about either; whatever the person has yet to agree to waits for that.
  const isChecked = isAgreed(place, plan);
  if (isChecked) await demandReady(plan, place, null);
  const predictions = await predict(plan, place.root, vaultFolders(place, options.vault));
  if (output === "json") return { place, plan, predictions, isChecked };
  process.stderr.write(issueLines([], place.warnings));
  printPredictions(process.stderr, predictions);
  process.stderr.write(describeGoal(plan));
  if (options.yes || options.unattended || !hasPerson() || (await askYes("start?")))
    return { place, plan, predictions, isChecked };
  process.stderr.write("nothing was started\n");
  return null;
}
