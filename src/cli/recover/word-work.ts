/** Why work is nowhere else, and the command that brings it back, in words. */
import { quoteForShell } from "../../actors/git/index.ts";
import { isTaskDone } from "../../protocol/states.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import { plural } from "../../protocol/words.ts";
import type { Standing } from "../leftovers/runs.ts";
import type { FoundWork } from "./found-work.ts";

/** What is known of a run. */
export interface Told {
  standing: Standing;
  status: StatusDocument | null;
  /** Why its log cannot be read; null where it can. */
  trouble: string | null;
}

type Worded = Pick<FoundWork, "id" | "kind" | "run" | "task" | "commit">;

/** One line. */
export function wordWhy({ kind, run, task, commit }: Worded, { standing, status, trouble }: Told): string {
  const lost = kind === "lost" ? `the commit ${commit?.slice(0, 12)} is gone from the repository: ` : "";
  const unheld = kind === "commit" ? "no branch holds it, and git may throw it away: " : "";
  return `${lost}${unheld}${wordStory({ kind, run, task }, { standing, status, trouble })}`;
}

function wordStory({ kind, run, task }: Pick<Worded, "kind" | "run" | "task">, told: Told): string {
  const { standing, status, trouble } = told;
  if (standing.kind === "gone") return `the log of its run ${run} is gone`;
  if (trouble !== null) return `the log of its run ${run} cannot be read: ${trouble}`;
  if (kind === "found") return `somebody had put it on pleach/${run}, in the place of what was merged`;
  if (kind === "stash") return "it was in the stash, and a worker took it out";
  if (kind === "nested") return "a repository in a worktree held it";
  if (standing.kind === "held") return standing.why;
  if (kind === "merged") {
    const count = plural(status?.tasks.filter((each) => each.status === "merged").length ?? 0, "task");
    const isOver = standing.kind === "over" ? "" : `, which is not over: pleach resume ${run}`;
    return `${count} merged in its run${isOver}, and not shipped`;
  }
  const known = status?.tasks.find(({ id }) => id === task);
  if (known === undefined) return standing.kind === "over" ? `its run ${run} is over` : wordOpen(run);
  if (isTaskDone(known.status)) return `${task} is ${known.status}, by another attempt`;
  const earlier = kind === "saved" ? "an earlier attempt; " : "";
  const reason = known.reason === null ? "" : `: ${known.reason}`;
  if (standing.kind === "open") return `${earlier}${task} is ${known.status}${reason}; ${wordOpen(run)}`;
  return `${earlier}${task} ${known.status}${reason}`;
}

const wordOpen = (run: string): string => `its run is not over: pleach resume ${run}`;

/** What to type; null where nothing brings it back. */
export function wordBack({ id, kind, run }: Worded, { standing }: Told): string | null {
  if (kind === "lost") return null;
  if (kind === "merged" && standing.kind === "over") return `pleach ship ${run}`;
  return `pleach recover ${kind === "folder" ? quoteForShell(id) : id}`;
}
