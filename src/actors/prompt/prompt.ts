/**
 * All that an agent is told at the start of an attempt, in one text: its role, the goal, its task, where it works, what it
 * may change, what the others do, what will be checked, and what is known from before. An agent that goes on with its own
 * session is told what is new. Roles, goals and tasks are instructions; everything else comes from programs and models and
 * is fenced as data (`quote-untrusted.ts`). Pure.
 */
import type { Plan, Task } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import { sanitizeLine, sanitizeText } from "../../terminal-text/index.ts";
import { instructionOf, joinSections } from "./prompt-parts.ts";
import { inlineCode } from "./quote-untrusted.ts";
import { type Surroundings, tellSurroundings } from "./surroundings.ts";
import { type AttemptBefore, tellAttempt, tellHolds } from "./tell-attempt.ts";
import { type KnownTests, tellGates } from "./tell-gates.ts";
import { type ToldPattern, tellPatterns } from "./tell-patterns.ts";
import { type PromptPlace, tellPlace, tellScope } from "./tell-place.ts";
import { tellPlanning } from "./tell-planning.ts";

export interface PromptParts {
  /** Text of the stream's role; null when it has none. */
  role: string | null;
  /** Goal of the run. */
  goal: string;
  task: Task;
  plan: Plan;
  /** One-based. */
  attempt: number;
  /** The attempt before; null in the first. */
  before: AttemptBefore | null;
  place: PromptPlace;
  around: Surroundings;
  /** How the repository is tested; null where nobody looked. */
  tests: readonly KnownTests[] | null;
  /** Learned notes that fit the task, as many as are to be told. */
  patterns: readonly ToldPattern[];
}

/** The prompt of a worker that begins anew. */
export function composePrompt(parts: PromptParts): string {
  const { role, task, plan, place, before, around, tests, patterns } = parts;
  const plans = isPlanning(task);
  return joinSections([
    role === null ? null : sanitizeText(role).trim(),
    tellGoal(parts),
    tellTask(parts),
    tellPlace(place, plan, before === null ? null : tellHolds(before.isKept)),
    tellMayChange(task),
    ...tellWork(parts),
    plans ? null : tellSurroundings(around),
    plans && task.gates.length === 0 ? null : tellGates(task, plan, tests),
    tellAttempt(before, task),
    tellPatterns(patterns, plans ? "planner" : "builder"),
    plans ? null : tellLastMessage(plan),
  ]);
}

/** The prompt of a worker that goes on with its session of an earlier attempt: what is new since. */
export function composeResumedPrompt(parts: PromptParts): string {
  const { task, plan, place, before, patterns } = parts;
  const { id, title } = task;
  const cut = "The attempt was cut off with the program that ran it, for no fault of yours.";
  const facts = `Task ${inlineCode(id)}, ${countAttempt(parts)}: you have worked on it before, in this conversation.`;
  const told = before === null ? ` ${cut}` : "";
  return joinSections([
    `# Your task again: ${sanitizeLine(title, 500)}\n\n${facts}${told} What you were told then still holds, but for this.`,
    tellPlace(place, plan, `${tellHolds(before?.isKept ?? false)} Look before you rely on what you remember.`),
    tellMayChange(task),
    ...tellWork(parts),
    tellAttempt(before, task),
    tellPatterns(patterns, isPlanning(task) ? "planner" : "builder"),
    isPlanning(task) ? null : "# Your last message\n\nAs you were asked: about five lines, for this whole task.",
  ]);
}

function tellGoal({ goal, task }: PromptParts): string | null {
  const text = sanitizeText(goal).trim();
  // The task that a goal begins with has the goal for its instruction.
  if (text === "" || text === instructionOf(task)) return null;
  return `# The goal of this run\n\n${text}\n\nYours is one task of it; others work on other tasks at the same time.`;
}

function countAttempt({ attempt, task: { retries } }: PromptParts): string {
  // An attempt that ended for no fault of the work does not count against the retries.
  return `attempt ${attempt}${attempt <= retries + 1 ? ` of ${retries + 1}` : ""}`;
}

function tellTask(parts: PromptParts): string {
  const { id, title, stream } = parts.task;
  const facts = `Task ${inlineCode(id)} of the stream ${inlineCode(stream)}, ${countAttempt(parts)}.`;
  return `# Your task: ${sanitizeLine(title, 500)}\n\n${facts}\n\n${instructionOf(parts.task)}`;
}

/** A planner of the usual kind writes its plan and nothing else: where that goes says so. */
const onlyPlans = (task: Task): boolean => isPlanning(task) && task.scope?.length === 0;

const tellMayChange = (task: Task): string | null => (onlyPlans(task) ? null : tellScope(task));

/** What only planners are told. */
function tellWork({ task, plan, place }: PromptParts): string[] {
  return isPlanning(task) ? [tellPlanning(plan, place.planFile ?? "pleach-plan.md", onlyPlans(task))] : [];
}

/** What is asked back: `last-message.ts` says what becomes of it. */
function tellLastMessage({ isolation }: Plan): string {
  const commit = isolation === "none" ? "" : "the commit, ";
  return `# Your last message

End with a message of about five lines of plain text: what you did; what you did not do or could not check, and why; names
that others may rely on (functions, files, commands, formats). It goes into ${commit}to your reviewer and to tasks that need
yours.`;
}
