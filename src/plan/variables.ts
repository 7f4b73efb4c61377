/**
 * Environment variables that a plan or pleach.yaml sets by literal values (`env`) or lets through by name (`pass`), for
 * commands that pleach starts.
 */
import type { Variables } from "./model.ts";

/** Where git looks for its repository: letting these through would have a worker work on another one. */
const GIT_PLACES =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE)$/;

/** Why nobody may set, or let through, a variable of this name; null when they may. */
export function explainBadVariable(name: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return "it is no name of an environment variable";
  if (name.startsWith("PLEACH_")) return "what begins with PLEACH_ is set by pleach itself";
  return GIT_PLACES.test(name) ? "it would lead git out of the task's worktree" : null;
}

/** Both together; where they speak of one variable, `closer` wins. */
export function mergeVariables(wider: Variables, closer: Variables): Variables {
  const names = new Set(closer.pass);
  const kept = Object.entries(wider.env ?? {}).filter(([name]) => !names.has(name));
  const env = { ...Object.fromEntries(kept), ...closer.env };
  const pass = [...new Set([...(wider.pass ?? []), ...(closer.pass ?? [])])];
  return { ...(Object.keys(env).length === 0 ? {} : { env }), ...(pass.length === 0 ? {} : { pass }) };
}
