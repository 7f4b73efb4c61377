/** Where a command works: the repository, its configuration, and which run is meant. */
import { readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { openRepository } from "../actors/git/index.ts";
import { listRunIds, type RunFolder, runFolder } from "../actors/run-folder.ts";
import { codeOf, PleachError } from "../errors.ts";
import { loadConfig, type PlanIssue, type ProjectConfig } from "../plan/index.ts";

export interface Place {
  root: string;
  /** Whether `root` is a git repository. */
  isRepository: boolean;
  config: ProjectConfig;
  warnings: PlanIssue[];
}

/** Name and version of this program. */
export function programName(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return `pleach ${version}`;
}

/**
 * The repository that `dir` lies in, or `dir` itself when it is none and the caller can do without (`isolation: none`,
 * looking at runs). Throws `usage.noDirectory` or `config.invalid`.
 */
export async function findPlace(dir: string | undefined): Promise<Place> {
  let root: string;
  try {
    root = realpathSync(resolve(dir ?? "."));
  } catch (thrown) {
    throw new PleachError("usage.noDirectory", `there is no folder ${dir}`, { hint: "check the path given with -C", cause: thrown });
  }
  const repository = await openRepository(root).catch((thrown) => {
    if (["git.notRepository", "git.bare", "git.empty"].includes(codeOf(thrown) ?? "")) return null;
    throw thrown;
  });
  if (repository) root = repository.root;
  const { config, errors, warnings } = loadConfig(root);
  if (errors[0]) {
    const { message, hint, file, line } = errors[0];
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    throw new PleachError("config.invalid", `${message}${more}`, { hint, file, line });
  }
  return { root, isRepository: repository !== null, config, warnings };
}

/** The run that is meant: its id, the beginning of it, or the newest. Throws `run.notFound` or `run.ambiguous`. */
export function findRun(root: string, wanted: string | undefined): RunFolder {
  const runs = listRunIds(root);
  if (wanted === undefined) {
    const newest = runs.at(-1);
    if (newest !== undefined) return runFolder(root, newest);
    throw new PleachError("run.notFound", `there is no run in ${root}`, { hint: "start one: pleach run plan.md" });
  }
  const fits = runs.includes(wanted) ? [wanted] : runs.filter((run) => run.startsWith(wanted));
  const [run, ...others] = fits;
  if (run === undefined) {
    throw new PleachError("run.notFound", `there is no run ${JSON.stringify(wanted)} in ${root}`, { hint: "pleach list shows the runs" });
  }
  if (others.length > 0) {
    throw new PleachError("run.ambiguous", `${wanted} begins the ids of ${fits.length} runs`, { hint: `one of: ${fits.slice(0, 5).join(", ")}` });
  }
  return runFolder(root, run);
}
