/** What removals and trials that were cut off left, and folders of worktrees that nothing is left in, or that git forgot. */
import { existsSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRunId, runFolder, WORKSPACE } from "../../actors/control/run-folder.ts";
import { chooseWorktreePlace } from "../../actors/control/worktree-place.ts";
import { emptyTrash, isTrash, listAdminDirs, type Repository } from "../../actors/git/index.ts";
import { removeEmptyFolders } from "../../actors/perform/worktrees.ts";
import { type Place, worktreeWishes } from "../place.ts";
import { type Leftover, MENDED, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";
import type { OwnWorktree } from "./worktrees.ts";

/** Younger ones may be in use. */
const MIN_AGE_MS = 60_000;

export async function findScraps(
  place: Place,
  runs: Runs,
  { repo, worktrees }: { repo: Repository | null; worktrees: readonly OwnWorktree[] },
): Promise<Leftover[]> {
  const known = new Set((repo === null ? [] : await listAdminDirs(repo)).map(({ path }) => path));
  const left: Leftover[] = [];
  for (const { folder, run } of await listFolders(place, worktrees)) {
    const { kind } = await runs.standingOf(run);
    if (kind === "held") continue;
    const names = await readdir(folder).catch(() => null);
    if (names === null) continue;
    const story = kind === "gone" ? `nothing is left of its run ${run}` : `its run ${run} has no host`;
    for (const name of names) {
      const path = join(folder, name);
      if (isTrash(name)) left.push(describeTrash(runs, { path, run, why: `${story}, and its removal was cut off` }));
      else if (await isOldProbe(path, name)) left.push(describeProbe(path, run));
      else if (kind !== "open" && !known.has(path) && existsSync(join(path, ".git")))
        left.push({
          kind: "worktree",
          path,
          run,
          why: `${story}, but git knows it no more, nor what it holds`,
          mend: null,
        });
    }
    if (names.length === 0 && kind !== "open")
      left.push(describeEmpty(runs, { path: folder, run, why: `${story}, and it is empty` }));
  }
  return [...left, ...(await findProbes(join(place.root, WORKSPACE)))];
}

/** Folders of runs' worktrees. */
async function listFolders(
  place: Place,
  worktrees: readonly OwnWorktree[],
): Promise<{ folder: string; run: string }[]> {
  const folders = new Map(worktrees.map(({ path, run }) => [dirname(path), run]));
  const above = findPlaceOfAll(place);
  for (const run of above === null ? [] : await readdir(above).catch(() => [])) {
    if (isRunId(run)) folders.set(join(above as string, run), run);
  }
  return [...folders].map(([folder, run]) => ({ folder, run }));
}

/** Where the worktrees of a run that began now would lie; null where nothing can be said. */
function findPlaceOfAll(place: Place): string | null {
  try {
    return dirname(chooseWorktreePlace(runFolder(place.root, "next"), worktreeWishes(place)).folder);
  } catch {
    return null;
  }
}

function describeTrash(runs: Runs, about: { path: string; run: string; why: string }): Leftover {
  return mendable({ kind: "scrap", ...about }, "remove", async () => {
    const held = await runs.findHolder(about.run);
    if (held !== null) return { kind: "kept", why: held };
    const folder = dirname(about.path);
    await emptyTrash(folder);
    await removeEmptyFolders({ worktrees: folder });
    return MENDED;
  });
}

function describeEmpty(runs: Runs, about: { path: string; run: string; why: string }): Leftover {
  return mendable({ kind: "scrap", ...about }, "remove", async () => {
    const held = await runs.findHolder(about.run);
    if (held !== null) return { kind: "kept", why: held };
    await removeEmptyFolders({ worktrees: about.path });
    return MENDED;
  });
}

async function findProbes(folder: string): Promise<Leftover[]> {
  const names = await readdir(folder).catch(() => []);
  const left: Leftover[] = [];
  for (const name of names)
    if (await isOldProbe(join(folder, name), name)) left.push(describeProbe(join(folder, name), null));
  return left;
}

function describeProbe(path: string, run: string | null): Leftover {
  const why = "what a file system can do was tried in it, and that was cut off";
  return mendable({ kind: "scrap", path, run, why }, "remove", async () => {
    await rm(path, { recursive: true, force: true });
    return MENDED;
  });
}

async function isOldProbe(path: string, name: string): Promise<boolean> {
  if (!name.startsWith(".pleach-probe-")) return false;
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() === true && Date.now() - found.mtimeMs > MIN_AGE_MS;
}
