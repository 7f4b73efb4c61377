/**
 * An account without credit is a question: no time lifts it, a person does, or gives its agents up.
 *
 * CREDIT-1 One question an account is open at a time, and nothing is started with the account meanwhile.
 * CREDIT-2 When credit was added one attempt goes first, as after a limit.
 */
import { conflictActor, conflictId } from "../../protocol/address.ts";
import type { ConflictInput, Refusal } from "../../protocol/values.ts";
import { nameQuestion } from "./budget-question.ts";
import { type Draft, tell } from "./state.ts";

/** The choice that asks the account again. */
const AGAIN = "again";
const STOP = "stop";
/** By which the answers to such questions are told from that of the budget. */
const ASK = "credit ";

/** Asks a person about an account; `agents` are those that share it. */
export function askForCredit(
  draft: Draft,
  account: string,
  { agents, source }: { agents: readonly string[]; source: Refusal["source"] },
): void {
  const { context } = draft;
  const { [account]: open } = context.creditQuestions ?? {};
  if (open !== undefined) return;
  const number = (context.creditsAsked ?? 0) + 1;
  const conflict = conflictActor(conflictId(nameQuestion(context, "credit"), number));
  const given = agents.length === 1 ? `gives the agent ${agents[0]} up` : `gives the agents ${agents.join(", ")} up`;
  const input: ConflictInput = {
    kind: "resource",
    question: "credit",
    task: "",
    asker: "scheduler",
    why: `the account of ${account} has no credit left: ${source}`,
    files: [],
    choices: [
      { name: AGAIN, does: "asks it again, once you have added credit" },
      { name: STOP, does: `${given}: those that stand in go on, other tasks of theirs are left out` },
    ],
    ask: `${ASK}${account}`,
  };
  context.creditsAsked = number;
  context.creditQuestions = { ...context.creditQuestions, [account]: conflict };
  draft.effects.push({ type: "spawnActor", params: { id: conflict, kind: "conflict", input } });
}

/** What a person chose; null when the answer is to another question. */
export function takeCreditAnswer(
  draft: Draft,
  { choice, ask }: { choice: string; ask?: string },
): { account: string; isThere: boolean } | null {
  if (ask?.startsWith(ASK) !== true) return null;
  const account = ask.slice(ASK.length);
  const { [account]: conflict, ...others } = draft.context.creditQuestions ?? {};
  if (conflict === undefined) return null;
  draft.context.creditQuestions = others;
  draft.effects.push(tell({ to: conflict, event: { type: "decision.applied" } }));
  return { account, isThere: choice === AGAIN };
}

/** Nobody is asked any more. */
export function withdrawCreditQuestions(draft: Draft, reason: string): void {
  for (const id of Object.values(draft.context.creditQuestions ?? {}))
    draft.effects.push({ type: "stopActor", params: { id, reason } });
  if (draft.context.creditQuestions !== undefined) draft.context.creditQuestions = {};
}
