/**
 * Questions that an agent asks a person while it works: each is a conflict of its own, and the task goes on. They are
 * withdrawn when the attempt ends, for nobody is left to hear the answer.
 */
import { conflictActor, conflictId } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import type { ConflictInput } from "../../protocol/values.ts";
import { type Decision, type Effect, tellAs } from "../effects.ts";
import type { TaskContext } from "./task-state.ts";

const tell = tellAs<"task">();

type Decided = Decision<TaskContext, Effect<"task">>;

/** The choice that grants what a question asks for. */
export const ALLOW = "allow";

/** Open at one time. */
const MAX_OPEN_QUESTIONS = 4;
/** In all attempts of a task: an agent that asks without end gets no further answers. */
const MAX_QUESTIONS = 100;

/** Why a task may not ask now, or null. */
export function refuseQuestion({ stop, questions, conflicts }: TaskContext): string | null {
  if (stop !== null) return "the task is being stopped";
  if (questions.length >= MAX_OPEN_QUESTIONS) return `${MAX_OPEN_QUESTIONS} questions of this task are open already`;
  return conflicts >= MAX_QUESTIONS ? "this task has asked too often" : null;
}

/** Raises the conflict that stands for a question. */
export function raiseQuestion(context: TaskContext, event: Events["question.asked"]): Decided {
  const { ask, kind, question = "decision", why, choices, widens } = event;
  const conflicts = context.conflicts + 1;
  const conflict = conflictActor(conflictId(context.id, conflicts));
  const input: ConflictInput = { kind, question, task: context.id, why, files: widens, choices, ask };
  return {
    context: { ...context, conflicts, questions: [...context.questions, { ask, conflict, widens }] },
    effects: [{ type: "spawnActor", params: { id: conflict, kind: "conflict", input } }],
  };
}

/** Takes an answer: what it grants holds from now on. */
export function takeAnswer(context: TaskContext, { ask, choice }: { ask: string; choice: string }): TaskContext {
  const { widens = [] } = context.questions.find((question) => question.ask === ask) ?? {};
  const widened = choice === ALLOW ? [...new Set([...context.widened, ...widens])] : context.widened;
  return { ...context, widened, questions: context.questions.filter((question) => question.ask !== ask) };
}

/** Tells the conflict of an answered question that it is applied. */
export function closeQuestion({ questions }: TaskContext, ask: string): Effect<"task">[] {
  return questions
    .filter((question) => question.ask === ask)
    .map(({ conflict }) => tell({ to: conflict, event: { type: "decision.applied" } }));
}

/** Withdraws the questions that are open. */
export function withdrawQuestions(context: TaskContext): Decided {
  const effects = context.questions.map(
    ({ conflict }): Effect<"task"> => ({ type: "stopActor", params: { id: conflict, reason: "its attempt ended" } }),
  );
  return { context: { ...context, questions: [] }, effects };
}
