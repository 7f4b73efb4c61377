/**
 * What a run that nobody attends (`run --unattended`) answers itself: a row for each kind of question. The docs are made of
 * this table.
 */
import type { ConflictInput, QuestionKind } from "./values.ts";

export interface UnattendedAnswer {
  question: QuestionKind;
  /** When it is asked. */
  asked: string;
  /** Choices in turn: the first time that a task is asked about, the second, and so on; the last one holds. */
  answers: readonly string[];
  /** What that means. */
  does: string;
}

/** Of an agent's own question the choices are its own: the first one is taken. */
const FIRST = "";

/** One row a kind. */
export const UNATTENDED_ANSWERS: readonly UnattendedAnswer[] = [
  {
    question: "mergeConflict",
    asked: "a task's work conflicts with what is merged",
    answers: ["rerun", "drop"],
    does: "once more on the newest base, then it is given up; its branch is kept",
  },
  {
    question: "removesMerged",
    asked: "a re-run removes lines that others merged",
    answers: ["drop"],
    does: "not taken: the task is given up; its branch is kept",
  },
  {
    question: "review",
    asked: "its reviews do not agree to a task's work, or come to no answer",
    answers: ["drop"],
    does: "the task is given up; its branch is kept",
  },
  {
    question: "scope",
    asked: "an agent asks to change files outside its task's scope",
    answers: ["refuse"],
    does: "no: the scope stays as it is",
  },
  {
    question: "budget",
    asked: "the budget lets nothing start any more",
    answers: ["stop"],
    does: "the run ends without what could not start",
  },
  {
    question: "credit",
    asked: "an agent's account has no credit left",
    answers: ["stop"],
    does: "the agent is given up; those that stand in for it go on",
  },
  {
    question: "decision",
    asked: "an agent asks which way to go",
    answers: [FIRST],
    does: "the first of the choices that it gives",
  },
];

/** The answer to a question; `before`: how often this was answered for its task. */
export function answerUnattended({ question, choices }: ConflictInput, before: number): string {
  const row = UNATTENDED_ANSWERS.find((each) => each.question === question);
  const answer = row?.answers[Math.min(before, row.answers.length - 1)] ?? FIRST;
  // What gives a task up is the last of the choices; an agent's question begins with its own.
  return choices.some(({ name }) => name === answer)
    ? answer
    : ((answer === FIRST ? choices[0] : choices.at(-1))?.name ?? "");
}
