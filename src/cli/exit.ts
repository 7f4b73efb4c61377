/** Exit codes (DESIGN section 9), and how a failure is worded for a person or a program. */
import { codeOf, messageOf, PleachError } from "../errors.ts";
import type { RunStatus } from "../actors/client.ts";

export const EXIT = { done: 0, failed: 1, usage: 2, waiting: 3, damaged: 4, interrupted: 130 } as const;

const DAMAGED = new Set(["log.damaged", "log.newer", "log.incompatible", "log.differs", "log.otherHistory"]);
/** What a person can mend in what was given: the plan, the arguments, the place. */
const USAGE = /^(usage|plan|config|git|run|vault|environment|tui)\./;
const RUN_FAILURES = new Set(["run.rootCrashed", "run.stopped"]);

/** The exit code of a run in this state. */
export function exitOfStatus(status: RunStatus): number {
  switch (status) {
    case "succeeded":
      return EXIT.done;
    case "waiting":
      return EXIT.waiting;
    case "interrupted":
    case "running":
      return EXIT.interrupted;
    default:
      return EXIT.failed;
  }
}

export function exitOfError(thrown: unknown): number {
  const code = codeOf(thrown) ?? "";
  if (DAMAGED.has(code)) return EXIT.damaged;
  if (RUN_FAILURES.has(code)) return EXIT.failed;
  if (USAGE.test(code) || code === "log.failed" || code === "log.taken") return EXIT.usage;
  return EXIT.failed;
}

/** What a program reads on stdout when a command fails. */
export function errorDocument(thrown: unknown): { schema: 1; error: Record<string, unknown> } {
  const facts = thrown instanceof PleachError ? thrown : undefined;
  return {
    schema: 1,
    error: {
      code: facts?.code ?? codeOf(thrown) ?? "internal",
      message: messageOf(thrown),
      hint: facts?.hint ?? hintOfSystem(thrown),
      file: facts?.file ?? null,
      line: facts?.line ?? null,
      ...(facts?.byte === undefined ? {} : { byte: facts.byte }),
    },
  };
}

/** What a person reads on stderr: what, where, and what to do next; never a stack. */
export function errorText(thrown: unknown): string {
  const { error } = errorDocument(thrown);
  const where = error.file ? `\n  in ${error.file}${error.line ? `:${error.line}` : ""}${error.byte === undefined ? "" : ` at byte ${error.byte}`}` : "";
  const hint = error.hint ? `\n  hint: ${error.hint}` : "";
  return `pleach: ${error.message}${where}${hint}\n`;
}

function hintOfSystem(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case "ENOSPC":
      return "the disk is full: free some space, then pleach resume";
    case "EACCES":
    case "EROFS":
    case "EPERM":
      return "the folder cannot be written to: check its permissions";
    case "EMFILE":
      return "too many open files: raise the limit with ulimit -n, or lower --concurrency";
    case "ENOENT":
      return "check the path";
    default:
      return "please report this with what you did: it is a defect of pleach";
  }
}
