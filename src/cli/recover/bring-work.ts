/** Brings work back that was found: what a worktree holds becomes a commit first. The worktree stays as it is. */
import {
  branchOff,
  bringOnto,
  findBase,
  findOwnWork,
  holdsWork,
  integrationBranch,
  openRepository,
  RECOVERED,
  type Repository,
  readBranch,
  snapshotFolder,
  writeWork,
} from "../../actors/git/index.ts";
import { PleachError } from "../../errors.ts";
import { Runs } from "../leftovers/runs.ts";
import type { Place } from "../place.ts";
import { type FoundWork, nameRecovered } from "./found-work.ts";

export interface BroughtWork {
  branch: string;
  commit: string;
  how: "branch" | "fastForward" | "merge" | "pick" | "already";
}

/** Rejects as `bringOnto` does, and with `recover.lost` or `recover.live`; nothing that is checked out has changed then. */
export async function bringWork(place: Place, work: FoundWork, onto: string | undefined): Promise<BroughtWork> {
  const repo = await openRepository(place.root);
  const commit = await commitWhole(place, repo, work);
  if (onto === undefined) {
    return { branch: await branchOff(repo, RECOVERED + nameRecovered(work), commit), commit, how: "branch" };
  }
  const base = await findBase(repo, commit, work.kind === "merged" ? repo.head.commit : await trunkOf(repo, work));
  return bringOnto(repo, { commit, base, branch: onto, name: work.id });
}

/** The run's branch where it is there, else where the checkout is. */
async function trunkOf(repo: Repository, { run }: FoundWork): Promise<string> {
  return (await readBranch(repo, integrationBranch(run))) ?? repo.head.commit;
}

/** A commit of all that there is of it. */
async function commitWhole(place: Place, repo: Repository, work: FoundWork): Promise<string> {
  const { id, kind, run, ref, worktree, admin, commit } = work;
  if (kind === "lost") {
    throw new PleachError("recover.lost", `${id} is gone from the repository`, {
      hint: "Another clone, or a copy of the disk, may have it; what its agent printed: pleach logs",
    });
  }
  if (worktree === null) {
    const tip = commit ?? work.commits[0]?.commit;
    if (tip !== undefined) return tip;
    throw new PleachError("recover.lost", `${id} holds no commit`, { hint: "pleach recover lists what there is" });
  }
  const held = await new Runs(place, repo).findHolder(run);
  if (held !== null) {
    throw new PleachError("recover.live", `${id} is being worked on: ${held}`, {
      hint: `watch it with: pleach attach ${run}; stop it with: pleach cancel ${run}`,
      file: worktree,
    });
  }
  const words = {
    subject: `Work of ${work.task ?? run}`,
    why: `It lay in ${worktree}, not committed.`,
    before: null,
    trailer: `Pleach-Work: ${id}`,
  };
  if (kind === "folder") {
    return snapshotFolder(repo, worktree, {
      base: await trunkOf(repo, work),
      message: `${words.subject}\n\n${words.why}\n\n${words.trailer}\n`,
    });
  }
  const own = await findOwnWork(repo, worktree, admin, ref);
  const tips = own.commits.length > 0 ? own.commits : commit === null ? [] : [commit];
  if (!holdsWork(own) && commit !== null) return commit;
  return writeWork(repo, { ...own, commits: tips }, words);
}
