/** Words every error that this folder throws: one place, so that code, message and hint stay in step. */
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import type { LogDamage } from "./port.ts";

const hints = new Map<string, string>([
  ["ENOSPC", "The disk is full: free some space, then resume."],
  ["EDQUOT", "The disk quota is used up: free some space, then resume."],
  ["EFBIG", "A limit on the size of files was reached: raise it (ulimit -f), then resume."],
  ["EIO", "The disk reported an error: check its health and keep a copy of the run's folder before resuming."],
  ["EROFS", "The file system is read-only: make it writable or keep the run elsewhere."],
  ["EACCES", "Give this user the right to read and write the run's folder."],
  ["EPERM", "Give this user the right to read and write the run's folder."],
  ["ENOENT", "The run's folder was moved or removed while it was in use: put it back, then resume."],
  ["EMFILE", "Too many files are open: raise the limit (ulimit -n), then resume."],
  ["ENFILE", "Too many files are open on this machine: close some programs, then resume."],
]);

/** `log.failed`: a system call on the log went wrong. An error that is a PleachError already is handed back as it is. */
export function toFailure(thrown: unknown, doing: string, file: string): PleachError {
  if (thrown instanceof PleachError) return thrown;
  const code = codeOf(thrown) ?? "unknown";
  return new PleachError("log.failed", `Could not ${doing} ${file}: ${messageOf(thrown)}`, {
    file,
    hint: hints.get(code) ?? `The system answered ${code}: set that right, then resume.`,
    cause: thrown,
  });
}

/** `log.damaged`: a record that others rely on cannot be trusted. */
export class LogDamagedError extends PleachError {
  readonly damage: LogDamage;

  constructor(damage: LogDamage) {
    super("log.damaged", `The log is damaged at byte ${damage.byte} of ${damage.file}: ${damage.why}`, {
      file: damage.file,
      byte: damage.byte,
      hint: "Nothing was changed. Restore this file from a backup, or begin a new run.",
    });
    this.damage = damage;
  }
}

/** `log.newer`: a record that a later pleach wrote. */
export function toNewerError(file: string, byte: number, version: number, known: number): PleachError {
  return new PleachError("log.newer", `${file} holds records of format ${version}; this pleach knows up to ${known}`, {
    file,
    byte,
    hint: "Upgrade pleach to the version that wrote this run.",
  });
}

/** `log.taken`: another process began the epoch. */
export function toTakenError(file: string): PleachError {
  return new PleachError("log.taken", `Another process has begun the epoch of ${file}`, {
    file,
    hint: "Another pleach hosts this run now: attach to it, or wait until it has ended.",
  });
}

/** `log.gone`: the file that a writer writes to has lost its name. */
export function toGoneError(file: string): PleachError {
  return new PleachError("log.gone", `The log is gone: ${file} was moved or removed while it was written`, {
    file,
    hint: "git clean -x does that. If it was moved, put it back, then resume.",
  });
}

/** `log.failed` for a writer that found a newer epoch beside its own. */
export function toSupersededError(file: string): PleachError {
  return new PleachError("log.failed", `${file} may not be written any more: a newer epoch was begun`, {
    file,
    hint: "Another pleach took this run over: attach to it.",
  });
}
