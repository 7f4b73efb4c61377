/** What git does not hold and a worktree needs all the same: files of settings and keys that lie in the checkout. */
import type { Project, ProposedPath } from "./model.ts";
import { isPlainPath } from "./plain.ts";

/** Files of settings by their usual names. Those of production are nobody's business here. */
const SETTINGS =
  /(?:^|\/)(?:\.env(?:\.(?:local|test|development|dev)(?:\.local)?)?|\.dev\.vars|local\.properties|\.envrc|appsettings\.(?:Development|Local)\.json|application-local\.(?:ya?ml|properties)|config\/master\.key|config\/credentials\/(?:development|test)\.key|settings_local\.py|local_settings\.py|\.npmrc|\.secrets\.ya?ml)$/;
/** Folders that set-up fills. */
const MADE =
  /(?:^|\/)(?:node_modules|\.venv|venv|target|dist|build|\.gradle|\.tox|\.nox|__pycache__|\.next|\.turbo|vendor\/bundle|_build|deps|\.cache|coverage|\.yarn|\.pnpm-store|\.mypy_cache|\.pytest_cache|\.ruff_cache)\/$/;
const MAX_PATHS = 20;

/** Whether set-up or a build fills it; a folder ends in a slash. */
export const isMadeFolder = (path: string): boolean => MADE.test(path);

export function proposeCopies({ ignored, included }: Project): ProposedPath[] {
  const named = included.map((path) => ({ path, why: "named in .worktreeinclude" }));
  const usual = ignored.filter((path) => SETTINGS.test(path)).map((path) => ({ path, why: "ignored by git" }));
  const found = new Map<string, string>();
  for (const { path, why } of [...named, ...usual]) {
    const plain = path.replace(/\/$/, "");
    if (isPlainPath(plain) && !MADE.test(`${plain}/`) && !found.has(plain)) found.set(plain, why);
  }
  return [...found].slice(0, MAX_PATHS).map(([path, why]) => ({ path, why }));
}

/** What else lies in the checkout only, without what set-up and builds make: where a gate is red in a worktree, look here. */
export function listLeftOut({ ignored }: Project, copied: readonly ProposedPath[]): string[] {
  const known = new Set(copied.map(({ path }) => path));
  return ignored.filter((path) => {
    const plain = path.replace(/\/$/, "");
    return !MADE.test(path) && !known.has(plain) && isPlainPath(plain);
  });
}
