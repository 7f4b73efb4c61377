/**
 * What an agent may do when it asks first: read files of its worktree, change those that lie in its task's scope, and
 * run commands there, as a task's own command may. It is no sandbox: commits are checked against the scope whatever an
 * agent did.
 */
import { isAbsolute, relative } from "node:path";
import { compileTaskScope } from "../../plan/scope.ts";
import { confinePath } from "../../safe-files/index.ts";
import type { PermissionAnswer, PermissionRequest } from "../agents/index.ts";

/** Decides for an agent that works in `cwd` on files of `scope` (absent: any file). */
export function requestPermission(
  { paths, reads }: PermissionRequest,
  { cwd, scope }: { cwd: string; scope: readonly string[] | undefined },
): PermissionAnswer {
  const isInScope = reads ? () => true : compileTaskScope(scope);
  for (const path of paths) {
    const inside = isAbsolute(path) ? relative(cwd, path) : path;
    const found = confinePath(cwd, inside);
    if (found.kind === "refused") return { allow: false, reason: found.reason };
    const name = relative(cwd, found.path);
    if (!isInScope(name)) {
      const limits = scope?.join(", ") ?? "all but what pleach goes by, which a task's scope has to name";
      return { allow: false, reason: `${JSON.stringify(name)} is outside this task's scope: ${limits}` };
    }
  }
  return { allow: true };
}
