/** Words for commands that could not be started, and the checks made before trying. */
import { statSync } from "node:fs";
import { codeOf, messageOf } from "../../errors.ts";
import type { NotStarted, ProcessRequest } from "./executor.ts";

/** Says what already stands in the way of starting, null when nothing does. */
export function findStartObstacle({ command, cwd, identity, signal }: ProcessRequest): NotStarted | null {
  if (signal.aborted) {
    return notStarted("aborted", "it was stopped before it started", "Resume the run to start it again.");
  }
  const texts = typeof command === "string" ? [command] : [command.file, ...command.args];
  if (texts[0]?.trim() === "") return notStarted("command", "the command is empty", "Name a command to run.");
  const broken = [...texts, identity.run, identity.task].some((text) => text.includes("\0"));
  if (broken) return notStarted("command", "the command holds a NUL character", "Take the NUL character out.");
  const folder = statSync(cwd, { throwIfNoEntry: false });
  if (folder?.isDirectory()) return null;
  const what = folder === undefined ? "does not exist" : "is not a folder";
  return notStarted("cwd", `the working directory ${cwd} ${what}`, "Was the worktree removed while the run was going?");
}

/** Words the error of a failed start of `file`. */
export function describeStartFailure(error: unknown, file: string): NotStarted {
  switch (codeOf(error)) {
    case "ENOENT":
      return notStarted("notFound", `the command ${file} was not found`, "Install it, or correct its name or PATH.");
    case "EACCES":
    case "ENOEXEC":
      return notStarted("notExecutable", `${file} cannot be executed`, `Make it executable: chmod +x -- ${file}`);
    case "E2BIG":
      return notStarted(
        "command",
        `the arguments of ${file} are too long for this system`,
        "Hand long text over on stdin.",
      );
    case "EAGAIN":
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return notStarted(
        "limit",
        `${file} cannot be started: this system allows no more processes or files (${codeOf(error)})`,
        "Lower the concurrency, or raise the limits (ulimit -u, ulimit -n).",
      );
    default:
      return notStarted("system", `${file} cannot be started: ${messageOf(error)}`, "See the system's message above.");
  }
}

function notStarted(code: NotStarted["code"], reason: string, hint: string): NotStarted {
  return { kind: "notStarted", code, reason, hint };
}
