/** What pleach lays into a checkout is kept out of git there, by the repository's own `info/exclude`. */
import { existsSync, lstatSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { isWithin } from "../../safe-files/index.ts";
import { WORKSPACE } from "../control/run-folder.ts";
import { excludeLocally, patternOf, type Repository } from "../git/index.ts";

/** `worktrees` is absolute, `vault` relative to the checkout at `root` where it lies inside of it. */
export async function keepOutOfGit(
  repo: Repository,
  { root, worktrees, vault }: { root: string; worktrees: string; vault: string },
): Promise<void> {
  // Once a project has its pleach.yaml, whether the vault is tracked is the project's own affair.
  const isInitialised = existsSync(join(root, "pleach.yaml"));
  const place = relative(root, worktrees);
  const isInside = isWithin(root, worktrees) && !place.startsWith(`${WORKSPACE}${sep}`);
  await excludeLocally(repo, [
    `/${WORKSPACE}/`,
    ...(isInitialised || isAbsolute(vault) ? [] : [patternOfVault(root, vault)]),
    ...(isInside ? [patternOf(dirname(place))] : []),
  ]);
}

/** A link to a folder elsewhere is no folder to git. */
function patternOfVault(root: string, vault: string): string {
  const isLink = lstatSync(join(root, vault), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? patternOf(vault).replace(/\/$/, "") : patternOf(vault);
}
