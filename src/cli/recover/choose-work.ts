/** Which work is meant by what a person typed. */
import { PleachError } from "../../errors.ts";
import { compareWork, type FoundWork } from "./found-work.ts";

/** The fewest letters of a commit that mean one. */
const MIN_COMMIT = 7;

/** `others`: what the same words mean, too. */
export interface ChosenWork {
  work: FoundWork;
  others: FoundWork[];
}

/** Names: an id, a branch, a ref, a folder, a commit, RUN, RUN/TASK or TASK of the newest run. Throws `recover.unknown`. */
export function chooseWork(all: readonly FoundWork[], name: string): ChosenWork {
  const fits = listFitting(all, name);
  const [work, ...others] = [...fits].sort(compareWork);
  if (work !== undefined) return { work, others };
  throw new PleachError("recover.unknown", `there is no work ${JSON.stringify(name)} to bring back`, {
    hint: all.length === 0 ? "all that runs made here is on your branches" : "pleach recover lists what there is",
  });
}

function listFitting(all: readonly FoundWork[], name: string): FoundWork[] {
  const exact = all.filter(({ id, ref, worktree }) => [id, ref, worktree].includes(name));
  if (exact.length > 0) return exact;
  const byCommit = all.filter(({ commit, commits }) =>
    isCommitOf(name, [commit ?? "", ...commits.map((c) => c.commit)]),
  );
  if (byCommit.length > 0) return byCommit.slice(0, 1);
  const at = name.lastIndexOf("/");
  const [run, task] = [name.slice(0, Math.max(0, at)), name.slice(at + 1)];
  const own = all.filter((work) => work.task === task && (at < 0 || work.run.startsWith(run)));
  const newest = own
    .map((work) => work.run)
    .sort()
    .at(-1);
  return own.filter((work) => work.run === newest);
}

const isCommitOf = (name: string, commits: readonly string[]): boolean =>
  name.length >= MIN_COMMIT && /^[0-9a-f]+$/.test(name) && commits.some((commit) => commit.startsWith(name));
