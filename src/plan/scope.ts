/**
 * Scopes: globs of paths that a task may change. Owns what a scope may say, what it matches, and its static prefix.
 * An entry without wildcards matches that path and everything under it; one that ends in `/` is a folder.
 *
 * The checks hold for the text alone (no `..`, no absolute path) and for the files that exist: a static prefix that
 * leads through a symbolic link out of the repository is refused, since git would not.
 */

import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { isWithin } from "../safe-files/index.ts";

const MAX_LENGTH = 500;
/** Each further wildcard multiplies the work of a match that fails, so their number is bounded. */
const MAX_STARS_IN_SEGMENT = 3;
const MAX_GLOBSTARS = 6;
/** Flag s: a wildcard must match a newline in a file name too. */
const OPTIONS = { dot: true, noext: true, nonegate: true, flags: "s" } as const;

/** A scope entry in its normal form: no `./`, no doubled or trailing slashes (`src/` becomes `src/**`). */
export function normalizeScope(entry: string): string {
  const isFolder = entry.endsWith("/");
  const segments = entry.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.length === 0) return "**";
  return segments.join("/") + (isFolder ? "/**" : "");
}

/** Why a path or glob cannot stand for files of the repository, by its text alone; null if it can. */
export function explainBadPath(entry: string): string | null {
  if (entry.trim() === "") return "it is empty";
  if (entry.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (/[\u0000-\u001f\u007f]/.test(entry)) return "it holds a control character";
  if (entry.startsWith("/")) return "it is an absolute path";
  if (/^[A-Za-z]:/.test(entry)) return "it begins with a drive letter";
  if (entry.startsWith("~")) return "it begins with ~, which stands for a home folder";
  if (/\\(?![*?[\]{}()!\\])/.test(entry)) return "it holds a backslash; folders are parted by /";
  if (/(?:^|[/{,(|])\.\.(?:$|[/},)|])/.test(entry)) return "it leads out of the folder with ..";
  if (/(?:^|[/{,])\.git(?:$|[/},])/i.test(entry)) return "it names .git, which no task may touch";
  if (/^(?:\.\/)*\.ce-workspace(?:$|\/)/i.test(entry)) return "it names .ce-workspace, which belongs to pleach";
  return null;
}

/** Why a glob cannot be a scope, by its text alone; null if it can. */
export function explainBadScope(entry: string): string | null {
  const bad = explainBadPath(entry);
  if (bad !== null) return bad;
  if (entry.startsWith("!")) return "it begins with !; a scope says what may change, not what may not";
  if (entry.split("/").some((segment) => (segment.match(/\*+/g) ?? []).length > MAX_STARS_IN_SEGMENT)) {
    return `it has more than ${MAX_STARS_IN_SEGMENT} wildcards between two slashes`;
  }
  if ((entry.match(/\*\*/g) ?? []).length > MAX_GLOBSTARS) return `it has more than ${MAX_GLOBSTARS} times **`;
  try {
    picomatch.makeRe(entry, { ...OPTIONS, debug: true });
  } catch {
    return "it is not a valid glob";
  }
  return null;
}

/** The folders and file that a normalised scope entry names before its first wildcard, without escapes. */
export function staticPrefixOf(entry: string): string {
  const segments: string[] = [];
  for (const segment of entry.split("/")) {
    if (/(?<!\\)[*?[\]{}()!]/.test(segment)) break;
    segments.push(segment.replace(/\\(.)/g, "$1"));
  }
  return segments.join("/");
}

/** What every path that an entry matches begins with: the text before its first wildcard, without a last slash. */
export function literalStartOf(entry: string): string {
  const wildcard = entry.search(/(?<!\\)[*?[\]{}()!]/);
  const text = wildcard === -1 ? entry : entry.slice(0, wildcard);
  return text.replace(/\\(.)/g, "$1").replace(/\/$/, "");
}

/** Whether a normalised scope entry holds wildcards. */
export function hasWildcards(entry: string): boolean {
  return /(?<!\\)[*?[\]{}()!]/.test(entry);
}

/** A function that says whether a path (relative, with /) lies in a scope. */
export function compileScope(scope: readonly string[]): (path: string) => boolean {
  const matchers = scope.map((entry) => compileEntry(normalizeScope(entry)));
  return (path) => matchers.some((matches) => matches(path));
}

/**
 * A function that says whether a task may change a path: one in its scope, or any if it has none, but for what pleach itself
 * goes by. That, only a task may change that names it, or a folder of it: `**` does not.
 */
export function compileTaskScope(scope: readonly string[] | undefined): (path: string) => boolean {
  const isInScope = scope === undefined ? () => true : compileScope(scope);
  const isNamed = compileScope((scope ?? []).filter((entry) => isOwnPath(staticPrefixOf(normalizeScope(entry)))));
  return (path) => isInScope(path) && (!isOwnPath(path) || isNamed(path));
}

/** Whether a path is that of the project's configuration of pleach, in any case, since some file systems tell none apart. */
export const isOwnPath = (path: string): boolean => /^(?:pleach\.yaml|\.pleach)(?:\/|$)/i.test(path);

/** Like `compileScope` for one normalised entry. */
export function compileEntry(entry: string): (path: string) => boolean {
  if (entry === "**") return () => true;
  if (hasWildcards(entry)) return picomatch(entry, OPTIONS);
  const path = staticPrefixOf(entry);
  return (other) => other === path || other.startsWith(`${path}/`);
}

/**
 * Makes a check of existing files: why the static prefix of an entry leads out of `root` (or into `.git`), or null.
 * Answers are kept, since thousands of tasks share few folders.
 */
export function makeLinkCheck(root: string): (prefix: string) => string | null {
  const realRoot = tryRealpath(root) ?? resolve(root);
  const known = new Map<string, string | null>([["", null]]);
  const check = (prefix: string): string | null => {
    const cached = known.get(prefix);
    if (cached !== undefined) return cached;
    const slash = prefix.lastIndexOf("/");
    const answer = check(slash === -1 ? "" : prefix.slice(0, slash)) ?? explainLink(realRoot, join(realRoot, prefix));
    known.set(prefix, answer);
    return answer;
  };
  return check;
}

function explainLink(realRoot: string, path: string): string | null {
  try {
    if (!lstatSync(path).isSymbolicLink()) return null;
  } catch {
    return null;
  }
  // A dangling link has no real path, but what it names is still where a write would go.
  const target = tryRealpath(path) ?? resolve(tryRealpath(dirname(path)) ?? dirname(path), readlinkSync(path));
  if (!isWithin(realRoot, target)) {
    return "it passes through a symbolic link that leads out of the repository";
  }
  const first = relative(realRoot, target).split(sep)[0]?.toLowerCase();
  if (first === ".git" || first === ".ce-workspace") return `it passes through a symbolic link into ${first}`;
  return null;
}

function tryRealpath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
