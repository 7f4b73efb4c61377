/** What a person should know when a run begins: work in the checkout that is no part of it, and a run of the same plan that stopped. */
import { isAbsolute, join, relative } from "node:path";
import { readModels, readStatus } from "../actors/client/read-status.ts";
import { git } from "../actors/git/git.ts";
import type { Plan } from "../plan/index.ts";
import { isRunOver } from "../protocol/states.ts";
import { few, plural } from "../protocol/words.ts";
import { adviseBetter, findBetter } from "./agents/better-agent.ts";
import { listNeeding } from "./missing-agents.ts";
import { listRuns, type Place } from "./place.ts";
import { line } from "./words.ts";

/** Runs that are looked at, the newest first. */
const MAX_RUNS = 20;

/** A line each; none where nothing is to be said. `file`: the plan's own, absolute. */
export async function listBeginNotes(place: Place, plan: Plan, file: string | null): Promise<string[]> {
  const notes = [await noteDirty(place, plan, file), await noteTwin(place, plan)];
  return [...notes.filter((note) => note !== null), ...noteBareCommands(plan)];
}

/** Programs that are agents by their name, started as if nothing were known of them: that is the worst way to work with one. */
function noteBareCommands(plan: Plan): string[] {
  return plan.agents.flatMap((agent) => {
    const better = findBetter(agent);
    return better === null || listNeeding(plan, agent.name).length === 0 ? [] : [adviseBetter(agent, better)];
  });
}

/** Notes of the vault are left aside: learning writes them, and no task gets them by its worktree. */
async function noteDirty(
  { root, isRepository, config }: Place,
  plan: Plan,
  file: string | null,
): Promise<string | null> {
  if (plan.isolation !== "worktree" || !isRepository) return null;
  const own = new Set(["pleach.yaml", ...(file === null ? [] : [relative(root, file)])]);
  const { stdout } = await git(root, ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal"]);
  const paths = stdout
    .toString("utf8")
    .split("\0")
    .map((entry) => entry.slice(3))
    .filter((path) => path !== "" && !own.has(path) && !isOfVault(path, config.vault));
  if (paths.length === 0) return null;
  const names = few(paths.map(line));
  return `uncommitted work in the checkout is no part of this run (${plural(paths.length, "path")}: ${names}): commit it first if tasks need it`;
}

/** `path` as git prints it: a folder ends in a slash. */
function isOfVault(path: string, vault: string): boolean {
  if (isAbsolute(vault)) return false;
  const [folder, file] = [join(vault, "/"), path.endsWith("/") ? path : `${path}/`];
  return file.startsWith(folder);
}

/** A run of the same goal and tasks that nobody hosts and that is not over. */
async function noteTwin(place: Place, { goal, tasks }: Plan): Promise<string | null> {
  const ids = tasks.map(({ id }) => id).join(" ");
  for (const { folder } of (await listRuns(place)).slice(-MAX_RUNS).reverse()) {
    // A host that was killed soon has left no model yet.
    const known = readModels(folder) ?? (await readStatus(place.engine, folder).catch(() => null));
    if (known === null || isRunOver(known.status) || known.goal !== goal) continue;
    if (known.tasks.map(({ id }) => id).join(" ") !== ids) continue;
    const isLive =
      (await place.engine
        .openLease(folder)
        .findHolder()
        .catch(() => null)) !== null;
    const how = isLive ? `watch it: pleach attach ${folder.run}` : `go on with it: pleach resume ${folder.run}`;
    return `run ${folder.run} of the same plan ${isLive ? "is going on" : "was not finished"}; ${how}`;
  }
  return null;
}
