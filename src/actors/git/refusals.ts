/**
 * Why git refused, from its words: they are in C locale, and have been the same for many years. An exit code may be an
 * answer ("there is no such branch") and comes just as well of a lock, a missing permission or a full disk; which of the
 * two it is, only the words tell.
 */
import { resolve } from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import { redactSecrets } from "../../vault/text/redact.ts";
import { describeLock, type LookedAtLock } from "./locks.ts";

/** What keeps git from answering. `machine`: too many open files, no memory, a disk that fails. */
export type Trouble = { kind: "lock"; path: string } | { kind: "denied" | "full" | "machine" };

const DENIED =
  /: (?:Permission denied|Operation not permitted|Read-only file system)[.']?$|^error: insufficient permission for /;
const FULL = /: (?:No space left on device|Disk quota exceeded)\.?$/;
const MACHINE =
  /: (?:Too many open files(?: in system)?|Cannot allocate memory|Input\/output error|Resource temporarily unavailable)\.?$|^fatal: [Oo]ut of memory/;

/** What the words of a git that ran in `cwd` say of trouble; null when they say nothing of it. */
export function findTrouble(cwd: string, stderr: string): Trouble | null {
  // What git only warns of (settings of the person that it may not read) has not kept it from answering.
  for (const line of stderr.split("\n").filter((each) => /^(?:error|fatal): /.test(each))) {
    const lock = lockIn(line);
    if (lock !== null) return { kind: "lock", path: resolve(cwd, lock) };
    if (DENIED.test(line)) return { kind: "denied" };
    if (FULL.test(line)) return { kind: "full" };
    if (MACHINE.test(line)) return { kind: "machine" };
  }
  return null;
}

const CREATE = "nable to create ";

/** `Unable to create '/x/index.lock': File exists.`, `unable to create file /x/packed-refs.new: File exists` */
function lockIn(line: string): string | null {
  const end = line.lastIndexOf(": File exists");
  const start = line.indexOf(CREATE);
  if (start === -1 || end <= start || line.length > end + ": File exists.".length) return null;
  const named = line.slice(start + CREATE.length, end).replace(/^file /, "");
  const path = named.startsWith("'") && named.endsWith("'") ? named.slice(1, -1) : named;
  return path.endsWith(".lock") || path.endsWith("/packed-refs.new") ? path : null;
}

interface Refused {
  cwd: string;
  args: readonly string[];
  code: number;
  /** What killed it; null when it ended by itself. */
  signal: string | null;
  stderr: string;
}

/** The error for a git that was refused; the message of what nobody foresaw ends with git's own words. */
export function describeRefusal({ cwd, args, code, signal, stderr }: Refused, trouble: Trouble | null): PleachError {
  const verb = args.find((arg) => /^[a-z][a-z-]*$/.test(arg)) ?? "git";
  if (signal !== null) {
    return new PleachError("git.killed", `git ${verb} was killed by ${signal} in ${cwd}`, {
      hint: "The system may have been short of memory: free some, then try again.",
      file: cwd,
    });
  }
  // It names remotes, with what somebody wrote into their addresses.
  const words = redactSecrets(stderr.trim().slice(-2000)) || `exit code ${code}`;
  switch (trouble?.kind) {
    case "denied":
      return new PleachError("git.denied", `git ${verb} may not do that in ${cwd}: ${words}`, {
        hint: "Give yourself the right to write there: another user may own what git names.",
        file: cwd,
      });
    case "full":
      return new PleachError("git.noSpace", `git ${verb} finds no space left in ${cwd}: ${words}`, {
        hint: "Free some space, then go on: pleach resume",
        file: cwd,
      });
    default:
      return new PleachError("git.failed", `git ${verb} failed in ${cwd}: ${words}`, {
        hint: "The message ends with what git itself says: mend that, then try again.",
        file: cwd,
      });
  }
}

/** The error for what the system says of a place in a git directory; null when it says something else. */
export function describeDisk(thrown: unknown, what: string, file: string): PleachError | null {
  switch (codeOf(thrown)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new PleachError("git.denied", `${what}: this user may not do that in ${file}`, {
        hint: "Give yourself the right to: another user may own it.",
        file,
        cause: thrown,
      });
    case "ENOSPC":
    case "EDQUOT":
      return new PleachError("git.noSpace", `${what}: no space is left in ${file}`, {
        hint: "Free some space, then go on: pleach resume",
        file,
        cause: thrown,
      });
    default:
      return null;
  }
}

/** A path as one word of a command that a person may copy. */
export function quoteForShell(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** The error for a lock that was waited for in vain; `lock` is null when it went at the very end. */
export function describeLocked(path: string, lock: LookedAtLock | null): PleachError {
  const hint =
    lock === null || (lock.makers?.length ?? 0) > 0
      ? "Wait until the program that holds it has ended, then try again."
      : `If nothing else works on this repository, remove it: rm ${quoteForShell(path)}`;
  const words = lock === null ? "somebody took it again and again" : describeLock(lock);
  return new PleachError("git.locked", `git is locked by ${path} (${words})`, { hint, file: path });
}
