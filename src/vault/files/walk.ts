/**
 * Lists the files below a folder. It never leaves the folder and never follows a symbolic link, so that loops and
 * links to elsewhere cost nothing; hidden entries and `node_modules` are left out. What cannot be read is a warning.
 */
import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { cutText, stripControls } from "../text/untrusted.ts";
import { readLeftover } from "./own-files.ts";

export interface FileEntry {
  /** Relative to the folder walked, with `/`, as the file system spells it. */
  path: string;
  size: number;
  mtimeMs: number;
}

export interface WalkRules {
  /** Whether a folder is entered; its path is relative, with `/`. */
  enters(path: string): boolean;
  /** Whether a file is listed. */
  lists(path: string): boolean;
  /** Whether it is worth a warning that a link of this path was not followed. */
  warnsOfLink(path: string): boolean;
}

export interface Walked {
  /** Sorted by path. */
  entries: FileEntry[];
  /** Paths of what killed programs may have left. */
  leftovers: string[];
  warnings: string[];
}

/** Deeper folders and further files are no person's: they come from a program that went wrong, or from a cycle. */
const maxDepth = 24;
const maxEntries = 200_000;
/** So many files are asked for at once. */
const batchSize = 64;

/** Lists what the rules let through. Never throws; a folder that is not there is empty. */
export async function walkFolder(root: string, rules: WalkRules): Promise<Walked> {
  const walked: Walked = { entries: [], leftovers: [], warnings: [] };
  let left = maxEntries;
  const visit = async (folder: string, depth: number): Promise<void> => {
    const found = await readFolder(root, folder, walked.warnings);
    const files: string[] = [];
    for (const entry of found) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (readLeftover(entry.name) !== undefined) walked.leftovers.push(path);
      if (isHidden(entry.name)) continue;
      if (entry.isSymbolicLink()) {
        if (rules.warnsOfLink(path)) walked.warnings.push(`${showPath(path)} was skipped: it is a symbolic link.`);
      } else if (entry.isDirectory()) {
        if (!rules.enters(path)) continue;
        if (depth >= maxDepth) walked.warnings.push(`The folder ${showPath(path)} was skipped: it lies too deep.`);
        else if (left > 0) await visit(path, depth + 1);
      } else if (entry.isFile() && rules.lists(path)) files.push(path);
    }
    const taken = files.slice(0, Math.max(0, left));
    if (taken.length < files.length)
      walked.warnings.push(`${showPath(folder || ".")} and what follows was skipped: there are too many files.`);
    left -= files.length;
    for (let at = 0; at < taken.length; at += batchSize) {
      const facts = await Promise.all(taken.slice(at, at + batchSize).map((path) => describe(root, path)));
      for (const fact of facts) {
        if (typeof fact === "string") walked.warnings.push(fact);
        else if (fact !== undefined) walked.entries.push(fact);
      }
    }
  };
  await visit("", 0);
  walked.entries.sort((a, b) => compareText(a.path, b.path));
  return walked;
}

/** Whether a name is never looked at: hidden, or a folder of installed packages. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** A path for a message: names may hold anything, control sequences included. */
export function showPath(path: string): string {
  return cutText(stripControls(path).replace(/\s/g, " "), 300);
}

/** Orders texts by code units, so that the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readFolder(root: string, folder: string, warnings: string[]): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (thrown) {
    warnings.push(`The folder ${showPath(folder || ".")} was skipped: ${messageOf(thrown)}`);
    return [];
  }
}

async function describe(root: string, path: string): Promise<FileEntry | string | undefined> {
  try {
    const { size, mtimeMs } = await lstat(join(root, path));
    return { path, size, mtimeMs };
  } catch (thrown) {
    // Bytes that are no UTF-8 were replaced when the name was read, so nothing answers to it.
    if (path.includes("\ufffd")) return `${showPath(path)} was skipped: its name is not valid UTF-8.`;
    const code = (thrown as NodeJS.ErrnoException).code;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : `${showPath(path)} was skipped: ${messageOf(thrown)}`;
  }
}
