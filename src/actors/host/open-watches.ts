/** What is watched while workers are at work: what all worktrees share, and the person's own checkout. */
import { isAbsolute, normalize } from "node:path";
import { WORKSPACE } from "../control/run-folder.ts";
import { CheckoutWatch, type Repository, SharedWatch } from "../git/index.ts";
import type { CheckContext } from "../perform/run-context.ts";

/** `vault`: absolute, or below the checkout. */
export function openWatches(
  repo: Repository,
  { run, vault }: { run: string; vault: string },
): Required<Pick<CheckContext, "shared" | "checkout">> {
  const isOutside = isAbsolute(vault) || normalize(vault).startsWith("..");
  const excluded = [WORKSPACE, ...(isOutside ? [] : [normalize(vault)])];
  return { shared: new SharedWatch(repo, run), checkout: new CheckoutWatch(repo, excluded) };
}
