/**
 * The program's own files in a vault, all of them hidden and beginning with `.pleach-`. Those that live for a moment
 * only name their owner, so that whoever finds one can tell whether its owner was killed, and clear it away.
 */
import { createHash, randomBytes } from "node:crypto";
import { lstat, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { codeOf } from "../../errors.ts";

const PREFIX = ".pleach-";
/** Of a file whose owner cannot be asked (another machine), this age says that it is gone, ms. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;

const HOST_HASH = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** A new name for a file that is written aside first; unlike any note's. */
export function nameTemporary(): string {
  return `${PREFIX}${HOST_HASH}-${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** Whether a name is one of a file that was written aside. */
export function isTemporary(name: string): boolean {
  return readOwner(name) !== undefined;
}

/** Whether a file was written aside by a program that is gone. Never throws. */
export async function isAbandoned(file: string): Promise<boolean> {
  const owner = readOwner(basename(file));
  const facts = await lstat(file).catch(() => undefined);
  if (owner === undefined || facts === undefined || !facts.isFile()) return false;
  if (owner.host === HOST_HASH && !isAlive(owner.pid)) return true;
  return Math.abs(Date.now() - facts.mtimeMs) > FORGOTTEN_AFTER_MS;
}

/** Removes those files that were written aside by programs that are gone. Never throws: what stays is found again. */
export async function clearLeftovers(root: string, paths: readonly string[]): Promise<void> {
  for (const file of paths.map((path) => join(root, path))) {
    if (await isAbandoned(file)) await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Who wrote a file aside, by its name; undefined for any other name. */
function readOwner(name: string): { host: string; pid: number } | undefined {
  const found = /^\.pleach-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{12}\.tmp$/.exec(name);
  return found === null ? undefined : { host: found[1] ?? "", pid: Number(found[2]) };
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
