/** Where an agent works, what is there, and what may be changed. Values, not names of variables: a model may not look them up. */
import type { Plan, Task, WorktreeConfig } from "../../plan/model.ts";
import { listScope } from "./prompt-parts.ts";
import { inlineCode } from "./quote-untrusted.ts";

/** Linked and copied paths that are named. */
const MOST_PATHS = 10;

export interface PromptPlace {
  /** Absolute. */
  cwd: string;
  /** What is there besides what git tracks. */
  prepared: Pick<WorktreeConfig, "setup" | "copy" | "link">;
  /** First and last port that are its own; null when it has none. */
  ports: readonly [number, number] | null;
  /** Absolute path of the plan that it writes; null for a task that plans nothing. */
  planFile: string | null;
}

/** The section of a worker. `holds`: what an earlier attempt left there, a sentence. */
export function tellPlace(
  { cwd, prepared, ports, planFile }: PromptPlace,
  { isolation }: Plan,
  holds: string | null,
): string {
  const folder = `The current folder, ${inlineCode(cwd, 1000)}`;
  const place =
    isolation === "worktree"
      ? `${folder}: a git worktree of your own. Change nothing outside of it.`
      : `${folder}, which others use as well.`;
  const facts = [
    place,
    holds,
    isolation === "worktree" && planFile === null ? tellPrepared(prepared) : null,
    ports === null || planFile !== null ? null : `Ports ${ports[0]} to ${ports[1]} are yours.`,
  ];
  return (
    `# Where you work\n\n${facts.filter((fact) => fact !== null).join(" ")}\n\n` +
    "Your work is taken when your turn ends, and nobody answers after that: wait for what you start, leave nothing " +
    "running in the background, and end with no question."
  );
}

/** What was put beside the tracked files; null when nothing was. */
export function tellPrepared({ setup, copy, link }: PromptPlace["prepared"], ranSetup = true): string | null {
  const name = (paths: readonly string[]): string => {
    const shown = paths.slice(0, MOST_PATHS).map((path) => inlineCode(path));
    return [...shown, ...(paths.length > MOST_PATHS ? [`${paths.length - MOST_PATHS} more`] : [])].join(", ");
  };
  const command = setup === undefined ? "" : inlineCode(setup, 500);
  const facts = [
    ...(link.length === 0 ? [] : [`Linked from the user's checkout, to be used and not changed: ${name(link)}.`]),
    ...(copy.length === 0 ? [] : [`Copied from there: ${name(copy)}.`]),
    ...(setup === undefined
      ? []
      : [ranSetup ? `Set up with ${command}.` : `Set-up was not run here; it is ${command}.`]),
  ];
  return facts.length === 0 ? null : facts.join(" ");
}

/** Which files a task may change. */
export function tellScope({ scope }: Pick<Task, "scope">): string {
  const heading = "# What you may change\n\n";
  if (scope === undefined)
    return `${heading}Any file that the task needs, but not pleach.yaml and what lies in .pleach/.`;
  if (scope.length === 0) return `${heading}No file of the repository: any change fails the task.`;
  return `${heading}Only paths that match (a change of any other file fails the task):\n\n${listScope(scope)}`;
}
