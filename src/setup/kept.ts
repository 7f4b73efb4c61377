/**
 * What a worktree may keep from one task to the next: the folders that installers and builds fill, which take long to fill
 * anew. Only those that git ignores: what it does not would count as work.
 */

import type { Project, ProposedPath, Unit } from "./model.ts";
import { isPlainPath } from "./plain.ts";

/** Kind of project -> the folder that it fills, and what that holds. */
const FILLED: Readonly<Record<string, readonly [folder: string, what: string]>> = {
  ...Object.fromEntries(["npm", "pnpm", "yarn", "bun"].map((kind) => [kind, ["node_modules", "packages"] as const])),
  ...Object.fromEntries(["uv", "poetry", "pdm", "pip", "pipenv"].map((kind) => [kind, [".venv", "packages"] as const])),
  cargo: ["target", "what was built"],
  maven: ["target", "what was built"],
  gradle: ["build", "what was built"],
};

/** Proposes them for the projects of a checkout. */
export function proposeKept(project: Project, units: readonly Unit[]): ProposedPath[] {
  const kept = new Map<string, ProposedPath>();
  for (const { kind, folder } of units) {
    const filled = FILLED[kind];
    if (filled === undefined) continue;
    const [name, what] = filled;
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isPlainPath(path) && isIgnored(project, path)) kept.set(path, { path, why: what });
  }
  return [...kept.values()];
}

/** Whether git ignores it, as far as can be told: it lies there and is, or a plain line of a .gitignore says so. */
function isIgnored({ files, ignored, read }: Project, path: string): boolean {
  if (files.some((file) => file.startsWith(`${path}/`))) return false;
  if (ignored.includes(`${path}/`)) return true;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const lines = (read(".gitignore") ?? "").split("\n").map((line) => line.trim());
  return [name, `/${name}`, `${name}/`, `/${name}/`, `**/${name}`, `**/${name}/`].some((line) => {
    return lines.includes(line) && (path === name || !line.startsWith("/"));
  });
}
