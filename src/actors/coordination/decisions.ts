/**
 * `ask_decision` and `request_scope`: a question of a running task is a conflict that waits for a person, shown and
 * answered like any other. The same question asked again goes on waiting, or gets the answer that was made meanwhile.
 */

import { createHash } from "node:crypto";
import { ALLOW, refuseQuestion } from "../../machines/task/task-questions.ts";
import { explainBadScope, normalizeScope } from "../../plan/scope.ts";
import { taskActor } from "../../protocol/address.ts";
import type { ConflictInput, QuestionKind } from "../../protocol/values.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { type CheckedCall, done, refused, type ToolAnswer, waiting, waitMs } from "./call.ts";
import type { Coordination } from "./coordination.ts";

const CHOICE_NAME = /^[a-z0-9][a-z0-9_-]*$/;

interface Asked {
  kind: ConflictInput["kind"];
  question: QuestionKind;
  why: string;
  choices: ConflictInput["choices"];
  widens: string[];
  /** Whether an answer given in an earlier attempt of the task holds, too. */
  outlives: boolean;
}

/** Asks a person to choose. */
export async function askDecision(coordination: Coordination, call: CheckedCall): Promise<ToolAnswer> {
  const { question, choices } = call.args as { question: string; choices: ConflictInput["choices"] };
  const names = choices.map(({ name }) => name);
  const bad = names.find((name) => !CHOICE_NAME.test(name));
  if (bad !== undefined) return refused("A choice has a short name of small letters, digits, - and _.");
  if (new Set(names).size < names.length) return refused("Two choices have the same name.");
  const shown = choices.map(({ name, does }) => ({ name, does: sanitizeLine(does) }));
  const why = sanitizeLine(question, 300);
  const answer = await ask(coordination, call, {
    kind: "approach",
    question: "decision",
    why,
    choices: shown,
    widens: [],
    outlives: true,
  });
  if (typeof answer !== "string") return answer;
  return done(`The person chose: ${answer}.`, { choice: answer });
}

/** Asks a person to widen the scope of the caller's task. */
export async function requestScope(coordination: Coordination, call: CheckedCall): Promise<ToolAnswer> {
  const { paths, why } = call.args as { paths: string[]; why: string };
  const { task: id } = call.caller;
  if (id === null) return refused(NO_TASK);
  const task = coordination.taskOf(id);
  if (task?.scope === undefined)
    return done("Your task has no scope: it may change any file already.", { allowed: true });
  for (const path of paths) {
    const wrong = explainBadScope(path);
    if (wrong !== null) return refused(`${JSON.stringify(path)} cannot be a scope: ${wrong}.`);
  }
  const widens = paths.map(normalizeScope);
  const has = [...task.scope, ...(coordination.runningTask(id)?.widened ?? [])];
  if (widens.every((glob) => has.includes(glob)))
    return done("Your task may change these files already.", { allowed: true });
  const list = widens.join(", ");
  const answer = await ask(coordination, call, {
    kind: "quality",
    question: "scope",
    why: sanitizeLine(`${id} asks to change files outside its scope (${list}): ${why}`, 300),
    choices: [
      { name: ALLOW, does: sanitizeLine(`lets this attempt change ${list}, too`) },
      { name: "refuse", does: "leaves the scope as it is" },
    ],
    widens,
    outlives: false,
  });
  if (typeof answer !== "string") return answer;
  return answer === ALLOW
    ? done(`Allowed: in this attempt you may change ${list}, too.`, { allowed: true })
    : done("Refused: leave these files as they are, and say what you could not do.", { allowed: false });
}

const NO_TASK = "Only an agent that works on a task of this run can ask a person: decide yourself.";

/** The choice that a person made, or the answer for an agent that has to wait or may not ask. */
async function ask(coordination: Coordination, call: CheckedCall, asked: Asked): Promise<string | ToolAnswer> {
  const { task: id, attempt } = call.caller;
  if (id === null) return refused(NO_TASK);
  const { outlives, ...question } = asked;
  const name = nameQuestion(id, outlives ? null : attempt, question);
  const isAsked = coordination.conflictsOf(name).some(({ isOpen, context }) => isOpen || context.choice !== null);
  if (!isAsked) {
    const context = coordination.runningTask(id);
    const why = context === null ? "your attempt is over" : refuseQuestion(context);
    if (why !== null) return refused(`Not asked: ${why}.`);
    await coordination.send({ to: taskActor(id), event: { type: "question.asked", ask: name, ...question } });
  }
  const choice = await coordination.until(
    () => coordination.conflictsOf(name).find(({ context }) => context.choice !== null)?.context.choice ?? null,
    { timeoutMs: waitMs(call), signal: call.signal },
  );
  if (choice !== null) return choice;
  const conflict = coordination.conflictsOf(name).find(({ isOpen }) => isOpen)?.id;
  return waiting(
    `Nobody has answered yet${conflict === undefined ? "" : ` (conflict ${conflict})`}. ` +
      "Ask the same question again to go on waiting, or decide yourself and say what you chose.",
  );
}

/** The same for the same question of the same task. */
function nameQuestion(task: string, attempt: string | null, question: Omit<Asked, "outlives">): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([attempt, question]))
    .digest("hex");
  return `${task}:${hash.slice(0, 16)}`;
}
