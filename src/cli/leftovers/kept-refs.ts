/** Refs that keep what lay in worktrees of runs that are over, or gone: repositories in them, and stashes. */
import { isRunId } from "../../actors/control/run-folder.ts";
import { dropRef, isHeld, isLasting, listRefs, type Repository } from "../../actors/git/index.ts";
import { type Leftover, MENDED, type Mended, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

export async function findKeptRefs(runs: Runs, repo: Repository): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const { kind, ref, tip, run } of (await listRefs(repo, isRunId)).own) {
    if (kind !== "nested" && kind !== "stash") continue;
    const standing = await runs.standingOf(run);
    if (standing.kind !== "over" && standing.kind !== "gone") continue;
    const story = standing.kind === "gone" ? `nothing is left of its run ${run}` : `its run ${run} is over`;
    const about = { kind: "ref" as const, path: ref, run };
    // Branches of runs may go themselves.
    const counts = (other: string): boolean => isLasting(other) && !other.startsWith("refs/heads/pleach/");
    const isElsewhere = (): Promise<boolean> => isHeld(repo, tip, counts);
    const remove = async (isForced: boolean): Promise<Mended> => {
      const held = await runs.findHolder(run);
      if (held !== null) return { kind: "kept", why: held };
      if (!isForced && !(await isElsewhere())) return { kind: "kept", why: "it alone holds some commits" };
      return (await dropRef(repo, ref, tip)) ? MENDED : { kind: "kept", why: "it was moved meanwhile" };
    };
    if (await isElsewhere()) {
      left.push(mendable({ ...about, why: `${story}, and its commits are elsewhere` }, "remove", () => remove(false)));
    } else {
      const why = `${story}, but it alone holds some commits`;
      left.push({ ...about, why, mend: null, force: () => remove(true) });
    }
  }
  return left;
}
