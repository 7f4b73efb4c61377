/**
 * Looks whether something is there, and takes no for an answer only where the system says so: a folder that may not be
 * read, a disk that fails, or a process that has too many files open, is an error. What is thought to be gone is thrown
 * away; what could not be looked at must not be.
 */
import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { codeOf } from "../../errors.ts";

/** What lies at the path, links followed; null when nothing does. Rejects with the system's error. */
export function statIfThere(path: string): Promise<Stats | null> {
  return stat(path).catch(nullIfAbsent);
}

/** As `statIfThere`, of a link itself. */
export function lstatIfThere(path: string | Buffer): Promise<Stats | null> {
  return lstat(path).catch(nullIfAbsent);
}

/** The names in a folder; none when there is no such folder. Rejects with the system's error. */
export async function listIfThere(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(nullIfAbsent)) ?? [];
}

/** For a handler of rejections: null for what is not there; anything else is thrown again. */
export function nullIfAbsent(thrown: unknown): null {
  const code = codeOf(thrown);
  // ENOTDIR: a file lies where a folder above it would have to be.
  if (code === "ENOENT" || code === "ENOTDIR") return null;
  throw thrown;
}
