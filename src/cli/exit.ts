/** Exit codes, and how a failure is worded for a person or a program. */
import { join, relative } from "node:path";
import { codeOf, messageOf, PleachError } from "../errors.ts";
import type { PlanIssue, Power } from "../plan/index.ts";
import type { RunStatus } from "../protocol/states.ts";
import { line } from "./words.ts";

/** The exit codes; other programs rely on them. */
export const EXIT = { done: 0, failed: 1, usage: 2, waiting: 3, damaged: 4, interrupted: 130 } as const;

const DAMAGED = new Set([
  "log.damaged",
  "log.gone",
  "log.newer",
  "log.incompatible",
  "log.differs",
  "log.otherHistory",
]);
/** What a person can mend in what was given: the plan, the arguments, the place. */
const USAGE = /^(usage|plan|config|git|run|vault|environment|tui|paths|replay|retry|recover|clean|step|trust)\./;
const RUN_FAILURES = new Set(["run.rootCrashed", "run.stopped", "run.inconsistent"]);
/** What git, or a host, could not do now: nothing that was given is wrong, and the same may go well later. */
const NOT_NOW = new Set(["git.failed", "git.killed", "git.locked", "git.lost", "git.noSpace", "run.noAnswer"]);

/** What the system says when it has no more of something; nothing that was given is wrong. */
const MACHINE_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space, then try again (a run: pleach resume)",
  EDQUOT: "the disk quota is used up: free some space, then try again (a run: pleach resume)",
  EFBIG: "a limit on the size of files was reached: raise it (ulimit -f), then try again",
  EMFILE: "too many open files: raise the limit with ulimit -n, or lower --concurrency",
  ENFILE: "too many files are open on this machine: close some programs, then try again",
  EAGAIN:
    "this system allows no more processes: close some programs, raise the limit with ulimit -u, or lower --concurrency",
  ENOMEM: "the memory is used up: close some programs, or lower --concurrency",
  EIO: "the disk reported an error: check its health, and keep a copy of the repository",
};

/** What the system says of a place that does not take files, and what to do about it. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ...MACHINE_HINTS,
  EACCES: "this user may not write there: check the permissions",
  EPERM: "this user may not write there: check the permissions",
  EROFS: "the file system is read-only: make it writable, or work elsewhere with -C",
  ENOTDIR: "a file is where a folder is needed: move it away",
  EEXIST: "a file is where a folder is needed: move it away",
  EISDIR: "a folder is where a file is needed: move it away",
  ELOOP: "symbolic links lead in a circle: mend them",
  ENOENT: "check the path",
};

/** A plan or pleach.yaml with errors: the first one is the message, all of them are told. */
export class BadInput extends PleachError {
  readonly issues: readonly PlanIssue[];
  readonly warnings: readonly PlanIssue[];

  constructor(what: string, issues: readonly PlanIssue[], warnings: readonly PlanIssue[] = []) {
    const [first] = issues;
    const facts = first ? { hint: first.hint, file: first.file, line: first.line } : {};
    super(first?.code ?? "plan.invalid", `${what}: ${first?.message ?? "it has errors"}`, facts);
    this.issues = issues;
    this.warnings = warnings;
  }
}

/** Something of the repository that a person neither named nor agreed to: all of it is told. */
export class NotAgreed extends PleachError {
  readonly issues: readonly PlanIssue[];
  /** What it would do, in full. */
  readonly text: string;

  constructor(message: string, { hint, root, files, text }: NotAgreedFacts) {
    const file = join(root, files[0]?.path ?? "");
    super("trust.needed", message, { hint, file });
    this.text = text;
    this.issues = files.flatMap(({ path, powers }) =>
      powers.map((power) => {
        return { code: this.code, message: `${power.key}: ${power.text}`, hint, file: join(root, path), line: 1 };
      }),
    );
  }
}

interface NotAgreedFacts {
  hint: string;
  root: string;
  files: readonly { path: string; powers: readonly Power[] }[];
  text: string;
}

/** The exit code of a run in this state. */
export function exitOfStatus(status: RunStatus): number {
  switch (status) {
    case "succeeded":
      return EXIT.done;
    case "waiting":
      return EXIT.waiting;
    case "partial":
    case "failed":
    case "cancelled":
      return EXIT.failed;
    // What is not over, in a state that nobody knows, too.
    default:
      return EXIT.interrupted;
  }
}

/** The exit code of a command that threw this. */
export function exitOfError(thrown: unknown): number {
  const code = codeOf(thrown) ?? "";
  if (DAMAGED.has(code)) return EXIT.damaged;
  if (code === "ship.stopped" || code === "trust.refused" || code === "vault.refused") return EXIT.interrupted;
  if (RUN_FAILURES.has(code) || NOT_NOW.has(code) || machineFaultOf(thrown) !== null) return EXIT.failed;
  if (USAGE.test(code) || code === "log.failed" || code === "log.taken" || code in SYSTEM_HINTS) return EXIT.usage;
  return EXIT.failed;
}

/** The system's code for what the machine has no more of, wherever it stands among the causes; null for all other trouble. */
function machineFaultOf(thrown: unknown): string | null {
  let each = thrown;
  for (let depth = 0; depth < 10 && each instanceof Error; depth += 1) {
    const code = codeOf(each) ?? "";
    if (Object.hasOwn(MACHINE_HINTS, code)) return code;
    each = each.cause;
  }
  return null;
}

/** What a program reads on stdout when a command fails. */
export function errorDocument(thrown: unknown): {
  schema: 1;
  error: Record<string, unknown>;
  errors?: readonly PlanIssue[];
} {
  const facts = thrown instanceof PleachError ? thrown : undefined;
  return {
    schema: 1,
    error: {
      code: facts?.code ?? codeOf(thrown) ?? "internal",
      message: messageOf(thrown),
      hint:
        facts === undefined ? hintOfSystem(thrown) : (facts.hint ?? MACHINE_HINTS[machineFaultOf(thrown) ?? ""] ?? ""),
      file: facts?.file ?? (thrown as NodeJS.ErrnoException | null)?.path ?? null,
      line: facts?.line ?? null,
      ...(facts?.byte === undefined ? {} : { byte: facts.byte }),
    },
    ...(thrown instanceof BadInput || thrown instanceof NotAgreed ? { errors: thrown.issues } : {}),
  };
}

/** What a person reads on stderr: what, where, and what to do next; a stack only with PLEACH_DEBUG=1. */
export function errorText(thrown: unknown): string {
  const stack = process.env.PLEACH_DEBUG === "1" && thrown instanceof Error ? `${thrown.stack}\n` : "";
  if (thrown instanceof BadInput) return `${issueLines(thrown.issues, thrown.warnings)}${stack}`;
  const { error } = errorDocument(thrown);
  const at = error.line ? `:${error.line}` : "";
  const byte = error.byte === undefined ? "" : ` at byte ${error.byte}`;
  const where = error.file ? `\n  in ${line(error.file)}${at}${byte}` : "";
  const hint = error.hint ? `\n  hint: ${line(error.hint)}` : "";
  const told = thrown instanceof NotAgreed ? thrown.text : "";
  return `${told}pleach: ${line(error.message)}${where}${hint}\n${stack}`;
}

/** Errors and warnings, each as `file:line: error: message` with the hint below it. */
export function issueLines(errors: readonly PlanIssue[], warnings: readonly PlanIssue[]): string {
  const tell = (word: string, { file, line: at, message, hint }: PlanIssue): string =>
    `${line(relative(".", file) || file)}:${at}: ${word}: ${line(message)}\n    ${line(hint)}\n`;
  return [...errors.map((issue) => tell("error", issue)), ...warnings.map((issue) => tell("warning", issue))].join("");
}

function hintOfSystem(thrown: unknown): string {
  return (
    SYSTEM_HINTS[codeOf(thrown) ?? ""] ??
    "please report this with what you did and PLEACH_DEBUG=1: it is a defect of pleach"
  );
}
