/**
 * Lists the files below a folder. It never leaves the folder and never follows a symbolic link, so that loops and
 * links to elsewhere cost nothing; hidden entries and `node_modules` are left out. What cannot be read is a warning.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf } from "../../errors.ts";
import { cutText, sanitizeText } from "../../terminal-text/index.ts";
import { isTemporary } from "./own-files.ts";

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
  /** Whether folders that are repositories or working trees of their own are left out. */
  skipsRepositories: boolean;
}

export interface Walked {
  /** Sorted by path. */
  entries: FileEntry[];
  /** Paths of files written aside, which killed programs may have left. */
  leftovers: string[];
  warnings: string[];
}

/** Deeper folders and further entries are no person's: they come from a program that went wrong. */
const MAX_DEPTH = 24;
const MAX_ENTRIES = 200_000;
const UNREADABLE_NAME = "its name is not valid UTF-8";
/** So many files are asked for at once. */
const BATCH_SIZE = 64;

/** Lists what the rules let through. Never throws; a folder that is not there is empty. */
export async function walkFolder(root: string, rules: WalkRules): Promise<Walked> {
  const walked: Walked = { entries: [], leftovers: [], warnings: [] };
  const skip = (path: string, why: string) => walked.warnings.push(`${showPath(path || ".")} was skipped: ${why}.`);
  let left = MAX_ENTRIES;
  const visit = async (folder: string, depth: number): Promise<void> => {
    const found = await readdir(join(root, folder), { withFileTypes: true }).catch((thrown: unknown) => {
      skip(folder, messageOf(thrown));
      return [];
    });
    if (rules.skipsRepositories && folder !== "" && found.some(({ name }) => name === ".git")) return;
    left -= found.length;
    if (left < 0) return void skip(folder, "there are too many files");
    const files = new Set<string>();
    for (const entry of found) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isTemporary(entry.name)) walked.leftovers.push(path);
      if (isHidden(entry.name)) continue;
      if (entry.isSymbolicLink()) {
        if (rules.warnsOfLink(path)) skip(path, "it is a symbolic link");
      } else if (entry.isDirectory()) {
        if (!rules.enters(path)) continue;
        if (depth < MAX_DEPTH) await visit(path, depth + 1);
        else skip(path, "it lies too deep");
      } else if (entry.isFile() && rules.lists(path)) {
        // Bytes that are no UTF-8 were replaced when the name was read, and two such names may look the same.
        if (files.has(path)) skip(path, UNREADABLE_NAME);
        files.add(path);
      }
    }
    const paths = [...files];
    for (let at = 0; at < paths.length; at += BATCH_SIZE) {
      const facts = await Promise.all(paths.slice(at, at + BATCH_SIZE).map((path) => describe(root, path, skip)));
      walked.entries.push(...facts.filter((entry) => entry !== undefined));
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
  return cutText(sanitizeText(path).replace(/\s/g, " "), 300);
}

/** Orders texts by code units, so that the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function describe(
  root: string,
  path: string,
  skip: (path: string, why: string) => void,
): Promise<FileEntry | undefined> {
  try {
    const { size, mtimeMs } = await lstat(join(root, path));
    return { path, size, mtimeMs };
  } catch (thrown) {
    if (path.includes("\ufffd")) skip(path, UNREADABLE_NAME);
    else if (codeOf(thrown) !== "ENOENT") skip(path, messageOf(thrown));
    return undefined;
  }
}
