/** Which of a run's kept outputs is meant: of a task's work or of a gate, of one attempt or the one that says why. Pure. */
import type { KeptLog } from "../actors/projections/kept-logs.ts";
import { PleachError } from "../errors.ts";
import { few } from "../protocol/words.ts";

export interface LogWish {
  /** Null: of gates that judge more than one task's work. */
  task: string | null;
  gate?: string | undefined;
  /** `2`, or a label such as `2-1` of one that was cut off. */
  attempt?: string | undefined;
}

/** Those that fit the wish, oldest first. */
export function fitLogs(logs: readonly KeptLog[], { task, gate, attempt }: LogWish): KeptLog[] {
  return logs.filter(
    (log) =>
      (task === null ? log.at !== "task" : log.tasks.includes(task)) &&
      (gate === undefined || log.gate === gate) &&
      (attempt === undefined || isOfAttempt(log, attempt)),
  );
}

const isOfAttempt = ({ attempt }: KeptLog, wanted: string): boolean =>
  attempt !== null && (attempt === wanted || attempt.split("-", 1)[0] === wanted);

/**
 * The one that is shown. Without a gate: the one that says why (`reason`), else that of the newest work. Throws
 * `usage.noLog` with what there is.
 */
export function chooseLog(logs: readonly KeptLog[], wish: LogWish, reason: KeptLog | null): KeptLog {
  const fitting = fitLogs(logs, wish);
  const known = reason === null ? undefined : fitting.find(({ path }) => path === reason.path);
  if (wish.gate === undefined && wish.task !== null) {
    const red =
      wish.attempt === undefined ? known : fitting.findLast(({ status }) => status === "failed" || status === "error");
    const chosen = red ?? fitting.findLast(({ kind }) => kind === "work");
    if (chosen !== undefined) return chosen;
  }
  const newest = fitting.at(-1);
  if (newest !== undefined) return newest;
  throw new PleachError("usage.noLog", `there is no such output: ${describeWish(wish)}`, {
    hint: hintOf(fitLogs(logs, { task: wish.task })),
  });
}

function describeWish({ task, gate, attempt }: LogWish): string {
  const parts = [
    ...(task === null ? [] : [`of task ${task}`]),
    ...(gate === undefined ? [] : [`of gate ${gate}`]),
    ...(attempt === undefined ? [] : [`of attempt ${attempt}`]),
  ];
  return parts.length === 0 ? "no gate was run on what is merged" : parts.join(", ");
}

function hintOf(logs: readonly KeptLog[]): string {
  if (logs.length === 0) return "nothing has run yet: pleach status says what it waits for";
  const gates = [...new Set(logs.flatMap(({ gate }) => gate ?? []))];
  const attempts = [...new Set(logs.flatMap(({ attempt }) => attempt ?? []))];
  const told = [
    ...(attempts.length === 0 ? [] : [`attempts ${few(attempts)}`]),
    ...(gates.length === 0 ? [] : [`gates ${few(gates)}`]),
  ];
  return `there are: ${told.join("; ")}`;
}
