/** A person's decision: checked against what waits, then recorded. */

import { type ConflictContext, isOffered } from "../../machines/conflict.ts";
import { refuseBudgetChoice, refuseLimit } from "../../machines/scheduler/budget-question.ts";
import { conflictActor, parseAddress } from "../../protocol/address.ts";
import type { CommandAnswer } from "../../protocol/commands.ts";
import { wordChoice } from "../../protocol/words.ts";
import { schedulerOf } from "../projections/run-view.ts";
import { conflictStatus } from "../projections/status.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Resolves when the decision is durable, or with why it cannot be made. */
export async function decide(
  runtime: Runtime,
  { conflict, choice, by = "a person" }: { conflict: string; choice: string; by?: string },
): Promise<CommandAnswer> {
  const actor = runtime.system.actors.get(conflictActor(conflict));
  const context = actor?.snapshot.context as ConflictContext | undefined;
  if (!actor || !context) {
    const known = [...runtime.system.actors.values()].filter(
      (each) => each.kind === "conflict" && conflictStatus(each) === "open",
    );
    const names = known.map(({ id }) => parseAddress(id).id).join(", ") || "none";
    return {
      ok: false,
      code: "usage.unknownConflict",
      message: `there is no conflict ${conflict}`,
      hint: `open conflicts: ${names}`,
    };
  }
  if (conflictStatus(actor) !== "open") {
    const message =
      context.choice === null
        ? `conflict ${conflict} ended with its task, undecided`
        : `conflict ${conflict} was decided before: ${context.choice}`;
    return { ok: false, code: "usage.decidedBefore", message, hint: "nothing is left to decide here" };
  }
  if (!isOffered(context.choices, choice)) {
    const choices = context.choices.map(wordChoice).join(", ");
    return {
      ok: false,
      code: "usage.unknownChoice",
      message: `${choice} is no choice of ${conflict}`,
      hint: `choose one of: ${choices}`,
    };
  }
  const scheduler = schedulerOf(runtime.system);
  const why = context.question !== "budget" || scheduler === null ? null : refuseBudgetChoice(scheduler, choice);
  if (why !== null)
    return { ok: false, code: "usage.badBudget", message: `the budget stays as it is: ${why}`, hint: BUDGET_HINT };
  await sendLetter(runtime, { to: conflictActor(conflict), event: { type: "decision.made", choice, by } });
  return { ok: true, message: `${conflict}: ${choice}` };
}

const BUDGET_HINT = "pleach status says what was spent; a new limit is usd=5, tokens=100000 or both";

/** Allows so much in all: as the answer to the question that is open, or at once. */
export async function raiseBudget(
  runtime: Runtime,
  { usd, tokens }: { usd?: number; tokens?: number },
): Promise<CommandAnswer> {
  const scheduler = schedulerOf(runtime.system);
  const limit = { ...(usd === undefined ? {} : { usd }), ...(tokens === undefined ? {} : { tokens }) };
  const why = scheduler === null ? "the run is only starting" : refuseLimit(scheduler, limit);
  if (why !== null)
    return { ok: false, code: "usage.badBudget", message: `the budget stays as it is: ${why}`, hint: BUDGET_HINT };
  const question = scheduler?.budgetQuestion ?? null;
  const words = Object.entries(limit).map(([unit, figure]) => `${unit}=${figure}`);
  if (question !== null)
    return decide(runtime, { conflict: parseAddress(question).id, choice: `raise ${words.join(",")}` });
  await sendLetter(runtime, { to: "scheduler", event: { type: "budget.raise", ...limit } });
  return { ok: true, message: `the budget is now ${words.join(", ")}` };
}
