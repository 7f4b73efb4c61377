/**
 * Where notes are read from: the vault that is written, further vaults, and what a repository holds of knowledge in
 * files of its own. One vault is written; all other sources are only read, and `openStore` gives no way to write them.
 */

import { realpathSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { isWithin } from "../../safe-files/index.ts";
import { type FileEntry, showPath, type Walked, walkFolder } from "./walk.ts";

export type { FileEntry } from "./walk.ts";

export interface Source {
  /** Absolute, or relative to the working directory. */
  dir: string;
  /** Whether the program may write here; at most one source of a list. */
  isWritten: boolean;
  /** Globs of the files that count, relative to `dir`, case-insensitive; absent: all of them. */
  only?: readonly string[];
  /** Real paths of folders below `dir` that belong to other sources. */
  except?: readonly string[];
}

export interface Listing {
  /** Notes. */
  entries: FileEntry[];
  /** Other files: attachments, bases, canvases. */
  others: string[];
  /** What killed programs may have left, for the sweep of the vault that is written. */
  leftovers: string[];
  warnings: string[];
}

/** Folders of a repository that hold decisions and solutions, as projects name them. */
const KNOWLEDGE_FOLDERS = [
  "docs/solutions",
  "{docs,doc}/{adr,adrs,decisions}",
  "{docs,doc}/architecture/{adr,adrs,decisions}",
  "{adr,adrs,decisions}",
];
/** What agents are told lies at the root and in folders below it, down to this depth. */
const MAX_INSTRUCTION_DEPTH = 4;

/** What a repository holds of knowledge outside any vault: solutions, concepts, decisions, instructions for agents. */
export function foreignSource(repoRoot: string): Source {
  const above = Array.from({ length: MAX_INSTRUCTION_DEPTH + 1 }, (_, depth) => "*/".repeat(depth));
  return {
    dir: repoRoot,
    isWritten: false,
    only: [
      "CONCEPTS.md",
      "docs/CONCEPTS.md",
      ...KNOWLEDGE_FOLDERS.map((folder) => `${folder}/**/*.md`),
      ...above.map((folders) => `${folders}{CLAUDE,AGENTS}.md`),
    ],
  };
}

/** The sources with what one of them shares with another left to the inner one, so that no file is listed twice. */
export function arrangeSources<Given extends Source>(sources: readonly Given[]): Given[] {
  const kept: { source: Given; root: string }[] = [];
  for (const source of sources) {
    const root = findRoot(source.dir);
    if (!kept.some((other) => other.root === root && isWhole(other.source))) kept.push({ source, root });
  }
  return kept.map(({ source, root }) => {
    const others = kept.filter((other) => other.source !== source && isWhole(other.source));
    const inner = others.map((other) => other.root).filter((other) => isWithin(root, other));
    return inner.length === 0 ? source : { ...source, except: [...(source.except ?? []), ...inner] };
  });
}

/** Lists the files of a source. Never throws; a source that is not there is empty. */
export async function listEntries(source: Source): Promise<Listing> {
  const { entries, leftovers, warnings } = await walkSource(source);
  const others = entries.filter(({ path }) => !isNotePath(path)).map(({ path }) => path);
  return { entries: entries.filter(({ path }) => isNotePath(path)), others, leftovers, warnings };
}

/** As `listEntries`, notes and other files together. */
export async function walkSource(source: Source): Promise<Walked> {
  const root = findRoot(source.dir);
  const except = new Set((source.except ?? []).map((folder) => toPath(relative(root, folder))));
  if (except.has("") || !isFolder(root)) return { entries: [], leftovers: [], warnings: [] };
  const isWanted = source.only === undefined ? undefined : picomatch([...source.only], GLOB_OPTIONS);
  const leadsOn = source.only === undefined ? undefined : matchFolders(source.only);
  return walkFolder(root, {
    enters: (path) => !except.has(path) && (leadsOn?.(path) ?? true),
    lists: (path) => isWanted?.(path) ?? true,
    warnsOfLink: () => isWhole(source),
    skipsRepositories: !isWhole(source),
  });
}

/** Whether a path is a note's. */
export function isNotePath(path: string): boolean {
  return /\.md$/i.test(path);
}

/** A source of a list that may hold plain folders of vaults, which are only read. */
export function toSource(source: string | Source): Source {
  return typeof source === "string" ? { dir: source, isWritten: false } : source;
}

/** The source as a person would name it. */
export function nameSource(source: Source): string {
  return showPath(source.dir);
}

const GLOB_OPTIONS = { nocase: true, dot: false } as const;

/** Tells of a folder whether something that the globs match may lie below it. */
function matchFolders(globs: readonly string[]): (path: string) => boolean {
  const starts = globs.flatMap((glob) => {
    const parts = glob.split("/").slice(0, -1);
    return parts.map((_part, at) => parts.slice(0, at + 1).join("/"));
  });
  return picomatch([...new Set(starts)], GLOB_OPTIONS);
}

/** A path as the vault writes it, with `/`. */
export function toPath(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** Whether all files of a folder belong to the source. */
export function isWhole(source: Source): boolean {
  return source.only === undefined;
}

/** The folder itself where there is one; a person may name it by a link. */
export function findRoot(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return resolve(dir);
  }
}

function isFolder(dir: string): boolean {
  try {
    return statSync(dir).isDirectory();
  } catch {
    return false;
  }
}
