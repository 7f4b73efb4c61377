/**
 * `.worktreeinclude`, which other programs read too: patterns as in .gitignore, of files that git ignores and a worktree needs
 * all the same. What it names is copied as what `worktree.copy` of pleach.yaml names, and as that once the person agreed.
 *
 * INCLUDE-1 Only regular files that git ignores: nothing tracked, no links, no repositories, nothing of git's or pleach's own.
 * INCLUDE-2 However much it names, so many files and bytes are copied, and what is left out is said.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { WORKSPACE } from "../actors/control/run-folder.ts";
import { messageOf } from "../errors.ts";
import type { PlanIssue, Power, ProjectConfig } from "../plan/model.ts";
import { readUntrustedFileSync } from "../safe-files/index.ts";
import { line } from "./words.ts";

export const INCLUDE_FILE = ".worktreeinclude";

export interface Included {
  /** The text that all of this was read from. */
  text: string;
  /** Files that are copied besides those that pleach.yaml names, relative to the root. */
  paths: readonly string[];
  warnings: readonly PlanIssue[];
}

const MAX_FILE_BYTES = 64 * 1024;
const MAX_PATTERNS = 1_000;
const MAX_PATHS = 1_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** Ignored paths that are looked at; more have only folders of logs and of what is built. */
const MAX_IGNORED = 5_000;
/** Of them, what one command of git is asked. */
const AT_ONCE = 500;
const MAX_SHOWN = 10;

/** Reads it. Null where there is none; never rejects. */
export async function readIncluded(root: string, { worktree }: ProjectConfig): Promise<Included | null> {
  const file = join(root, INCLUDE_FILE);
  const read = readUntrustedFileSync(file, { maxBytes: MAX_FILE_BYTES });
  if (read.kind === "absent") return null;
  const warnings: PlanIssue[] = [];
  const warn = (message: string, hint: string): void => {
    warnings.push({ code: "include.left", message, hint, file, line: 1 });
  };
  if (read.kind === "refused") {
    warn(`${INCLUDE_FILE} is not read: ${read.reason}`, "Make it a small file of patterns, as .gitignore is.");
    return { text: "", paths: [], warnings };
  }
  const text = read.bytes.toString("utf8");
  try {
    const found = await listFiles(root, listPatterns(text), warn);
    const known = (path: string): boolean =>
      worktree.copy.some((each) => path === each || path.startsWith(each.endsWith("/") ? each : `${each}/`));
    const paths = bound(
      root,
      found.filter((path) => !known(path)),
      warn,
    );
    return { text, paths, warnings };
  } catch (thrown) {
    warn(`${INCLUDE_FILE} is not heeded: ${messageOf(thrown)}`, "Name what worktrees need under worktree.copy.");
    return { text, paths: [], warnings };
  }
}

/** What needs the person's agreement: nothing where nothing would be copied. */
export function powersOfIncluded({ text, paths }: Included): Power[] {
  if (paths.length === 0) return [];
  const words = `${listPatterns(text).join("\n")}\nnow: ${showPaths(paths)}`;
  // Without a digest: what a changed file of patterns could name is not known from what it names now.
  return [{ key: "copied into worktrees", text: words }];
}

/** A line for who checks a plan; empty where nothing is copied. */
export function describeIncluded(included: Included | null | undefined): string {
  if (included == null || included.paths.length === 0) return "";
  return `worktrees get what ${INCLUDE_FILE} names: ${line(showPaths(included.paths))}\n`;
}

const showPaths = (paths: readonly string[]): string =>
  [...paths.slice(0, MAX_SHOWN), ...(paths.length > MAX_SHOWN ? [`and ${paths.length - MAX_SHOWN} more`] : [])].join(
    ", ",
  );

/** The configuration with what is copied besides. */
export function withIncluded(config: ProjectConfig, included: Included | null | undefined): ProjectConfig {
  if (included == null || included.paths.length === 0) return config;
  return { ...config, worktree: { ...config.worktree, copy: [...config.worktree.copy, ...included.paths] } };
}

/** The patterns of it, as they are written; what is a comment to git is none. */
function listPatterns(text: string): string[] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .filter((each) => each.trim() !== "" && !each.startsWith("#") && !each.includes("\0"))
    .slice(0, MAX_PATTERNS);
}

async function listFiles(
  root: string,
  patterns: readonly string[],
  warn: (message: string, hint: string) => void,
): Promise<string[]> {
  if (patterns.length === 0) return [];
  const [{ listCheckoutFiles, listNamedIgnored }, { isMadeFolder }] = await Promise.all([
    import("../actors/git/list-files.ts"),
    import("../setup/copies.ts"),
  ]);
  const names = new Set(patterns.flatMap((pattern) => pattern.split("/")));
  // Who means what set-up makes says so by its name.
  const isMeant = (path: string): boolean =>
    !isMadeFolder(path) || names.has(path.slice(0, -1).split("/").at(-1) ?? "");
  const ignored = (await listCheckoutFiles(root)).ignored.filter((path) => isOurs(path) && isMeant(path));
  if (ignored.length > MAX_IGNORED) {
    warn(
      `${INCLUDE_FILE} is heeded for ${MAX_IGNORED} of ${ignored.length} paths that git ignores`,
      "Name what worktrees need under worktree.copy.",
    );
  }
  const found: string[] = [];
  for (let at = 0; at < Math.min(ignored.length, MAX_IGNORED); at += AT_ONCE) {
    found.push(...(await listNamedIgnored(root, patterns, ignored.slice(at, Math.min(at + AT_ONCE, MAX_IGNORED)))));
  }
  return [...new Set(found)].filter((path) => isOurs(path) && !path.endsWith("/")).sort();
}

/** Nothing of git's, of pleach's, or that has no name that could be written down. */
function isOurs(path: string): boolean {
  const parts = path.split("/");
  const own = [WORKSPACE, ".pleach"];
  return (
    !own.includes(parts[0] ?? "") && !parts.some((part) => part.toLowerCase() === ".git") && !/[\ufffd\n]/.test(path)
  );
}

function bound(root: string, paths: readonly string[], warn: (message: string, hint: string) => void): string[] {
  const taken: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const found = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (found?.isFile() !== true) continue;
    bytes += found.size;
    if (taken.length === MAX_PATHS || bytes > MAX_BYTES) {
      const limit = taken.length === MAX_PATHS ? `${MAX_PATHS} files` : `${MAX_BYTES / 1024 / 1024} MB`;
      const message = `${INCLUDE_FILE} names more than ${limit}: ${JSON.stringify(path)} and what comes after it is not copied`;
      warn(message, "Name folders that are large under worktree.link, or let worktree.setup make them.");
      return taken;
    }
    taken.push(path);
  }
  return taken;
}
