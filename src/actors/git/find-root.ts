/**
 * Finds the checkout that a folder lies in without starting git, which takes longer than everything else that a look at a
 * run does. Says only what git would say, and otherwise that it does not know.
 */
import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Variables by which a person changes where git looks. */
const CHANGED_BY = ["GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"];

/**
 * The root of the checkout that `dir` (absolute, symlinks resolved) lies in; undefined when only git can tell: also when
 * there is none.
 */
export function findRootWithoutGit(dir: string): string | undefined {
  if (CHANGED_BY.some((name) => process.env[name] !== undefined)) return undefined;
  const device = look(dir)?.dev;
  for (let folder = dir; ; folder = dirname(folder)) {
    // A bare repository, or the inside of one; another file system; another user's.
    if (look(join(folder, "HEAD")) && look(join(folder, "objects"))) return undefined;
    if (look(folder)?.dev !== device) return undefined;
    const git = look(join(folder, ".git"));
    if (git === undefined) {
      if (dirname(folder) === folder) return undefined;
      continue;
    }
    return isOwn(look(folder)) && isPlain(join(folder, ".git"), git) ? folder : undefined;
  }
}

/** Whether git, too, would take this for the git directory of the folder that it lies in. */
function isPlain(path: string, found: Stats): boolean {
  if (!isOwn(found)) return false;
  try {
    if (found.isFile()) {
      const [, target] = /^gitdir: (.+?)\n*$/.exec(readFileSync(path, "utf8")) ?? [];
      return target !== undefined && look(join(resolve(dirname(path), target), "HEAD")) !== undefined;
    }
    const config = readFileSync(join(path, "config"), "utf8");
    return look(join(path, "HEAD")) !== undefined && !/worktree|include|bare\s*=(?!\s*false\b)/i.test(config);
  } catch {
    return false;
  }
}

/** Git trusts no repository of another user, unless it is told to. */
function isOwn(found: Stats | undefined): boolean {
  return found?.uid === process.getuid?.();
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
