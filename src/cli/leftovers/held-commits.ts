/** Refs by which hosts that were killed held candidates: once their run is over nobody goes on from these. */
import { letGo, listHeld, type Repository } from "../../actors/git/index.ts";
import { type Leftover, MENDED, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

export async function findHeldCommits(runs: Runs, repo: Repository): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const { ref, what, run } of await listHeld(repo)) {
    const { kind } = await runs.standingOf(run);
    if (kind === "held" || kind === "open") continue;
    const story = kind === "gone" ? `nothing is left of its run ${run}` : `its run ${run} is over`;
    const about = { kind: "ref" as const, path: ref, run, why: `${story}, and nothing goes on from what it holds` };
    left.push(
      mendable(about, "remove", async () => {
        const held = await runs.findHolder(run);
        if (held !== null) return { kind: "kept", why: held };
        await letGo(repo, what, run);
        return MENDED;
      }),
    );
  }
  return left;
}
