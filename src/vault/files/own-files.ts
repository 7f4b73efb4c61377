/**
 * Names of the program's own files in a vault, all of them hidden and beginning with `.pleach-`. Those that live for a
 * moment only name their owner, so that whoever finds one can tell whether its owner was killed.
 */
import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { codeOf } from "../../errors.ts";

const prefix = ".pleach-";
/** Of a file whose owner cannot be asked (another machine), this age says that it is gone, ms. */
const forgottenAfterMs = 60 * 60_000;

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** A new name for a file that is written aside first; unlike any note's. */
export function nameTemporary(): string {
  return `${prefix}${host}-${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** A new name for the folder of one edit. */
export function nameEditFolder(): string {
  return `${prefix}${host}-${process.pid}-${randomBytes(6).toString("hex")}.edit`;
}

/** What a name says of a leftover; undefined for any other name. */
export function readLeftover(name: string): { kind: "tmp" | "edit"; host: string; pid: number } | undefined {
  const found = /^\.pleach-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{12}\.(tmp|edit)$/.exec(name);
  if (found === null) return undefined;
  return { kind: found[3] as "tmp" | "edit", host: found[1] ?? "", pid: Number(found[2]) };
}

/** Whether the owner of a leftover is gone; `mtimeMs` is its last change. */
export function isAbandoned(leftover: { host: string; pid: number }, mtimeMs: number): boolean {
  if (leftover.host === host && !isAlive(leftover.pid)) return true;
  return Math.abs(Date.now() - mtimeMs) > forgottenAfterMs;
}

/** Whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === "EPERM";
  }
}
