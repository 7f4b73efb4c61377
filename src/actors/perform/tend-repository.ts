/**
 * What a host does for the repository before its run goes on, and when the run is over: worktrees are found again where it
 * was moved; gits that a killed process of ours left are waited for, their locks removed, others named, and the run's branch
 * holds what was merged. What it cannot do, it says; the run goes on all the same.
 */
import { messageOf } from "../../errors.ts";
import type { Told } from "../../protocol/events.ts";
import { plural } from "../../protocol/words.ts";
import {
  adoptMovedWorktrees,
  clearLeftLocks,
  findCheckout,
  integrationBranch,
  isAncestor,
  type Repository,
  readBranch,
  removeNotesFolder,
  restoreBranch,
  waitForLeftGits,
} from "../git/index.ts";
import type { CheckContext } from "./run-context.ts";

type Tell = (fact: Told<"branch.restored" | "run.warned">) => Promise<unknown>;

/** For a time when no process of the run is at work. Rejects only when a fact cannot be recorded. */
export async function unlockRepository(run: CheckContext, tell: Tell): Promise<void> {
  const { repo } = run;
  if (repo === null) return;
  const busy = await waitForLeftGits([repo.root, repo.commonDir, run.worktrees]);
  if (busy.length > 0) {
    const text = `a git that a killed pleach had started is still at work (process ${busy.join(", ")}); what it does may get in the way`;
    await tell({ type: "run.warned", text });
  }
  await findWorktrees(run, tell);
  const places = { run: run.manifest.run, worktrees: run.worktrees };
  const { removed, others } = await clearLeftLocks(repo, places).catch((thrown: unknown) => ({
    removed: [],
    others: [messageOf(thrown)],
  }));
  if (removed.length > 0) {
    const names = `${removed.slice(0, 3).join(", ")}${removed.length > 3 ? ", …" : ""}`;
    await tell({
      type: "run.warned",
      text: `removed ${plural(removed.length, "lock")} of git that a killed process of pleach had left: ${names}`,
    });
  }
  for (const text of others) await tell({ type: "run.warned", text: `git is locked: ${text}` });
}

/** Finds the run's worktrees again where the repository was moved. */
async function findWorktrees(run: CheckContext, tell: Tell): Promise<void> {
  const { repo } = run;
  if (repo === null) return;
  const folder = run.worktrees;
  const found = await adoptMovedWorktrees(repo, folder).catch(messageOf);
  if (found.length === 0) return;
  const what = typeof found === "string" ? `what was worked in before may be left behind: ${found}` : found.join(", ");
  await tell({ type: "run.warned", text: `this repository was moved; worktrees found again in ${folder}: ${what}` });
}

/** Leaves nothing of its own in the git directory. For a time when no process of the run is at work. Never rejects. */
export async function leaveRepository({ repo }: Pick<CheckContext, "repo">): Promise<void> {
  if (repo !== null) await removeNotesFolder(repo.commonDir);
}

/** Sees to it that the run's branch holds `merged`. Rejects only when a fact cannot be recorded. */
export async function keepMerged(run: CheckContext, merged: string, tell: Tell): Promise<void> {
  const { repo } = run;
  if (repo === null) return;
  const branch = integrationBranch(run.manifest.run);
  try {
    const place = await findCheckout(repo, branch);
    // To move it there would make what was merged look like changes that take it back.
    if (place !== null) return await warnOfCheckout(repo, { branch, merged, place, tell });
    const restored = await restoreBranch(repo, { run: run.manifest.run, merged });
    if (restored !== null) await tell({ type: "branch.restored", to: merged, ...restored });
  } catch (thrown) {
    const text = `it could not be made sure that ${branch} holds what was merged (${merged}): ${messageOf(thrown)}`;
    await tell({ type: "run.warned", text });
  }
}

async function warnOfCheckout(
  repo: Repository,
  { branch, merged, place, tell }: { branch: string; merged: string; place: string; tell: Tell },
): Promise<void> {
  const tip = await readBranch(repo, branch);
  if (tip !== null && (await isAncestor(repo, merged, tip))) return;
  const how = `check out another branch there, then: git branch -f ${branch} ${merged}`;
  await tell({ type: "run.warned", text: `${branch}, checked out in ${place}, does not hold what was merged: ${how}` });
}
