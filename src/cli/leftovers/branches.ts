/**
 * Branches of runs that are over or gone, as far as all that they hold is elsewhere.
 *
 * LEFT-2 Elsewhere is a ref that nobody takes away for the same reason: so two who tidy up at the same time cannot each rely on
 *    the branch that the other one removes.
 */

import { isRunId } from "../../actors/control/run-folder.ts";
import { gitText } from "../../actors/git/git.ts";
import {
  findCheckout,
  integrationBranch,
  isHeld,
  isLasting,
  moveBranch,
  type Repository,
  readBranch,
} from "../../actors/git/index.ts";
import { isGivenId } from "./given-id.ts";
import { type Leftover, MENDED, type Mended, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

interface Branch {
  name: string;
  run: string;
  /** Of an attempt, or work that was saved: not of what was merged. */
  isOfTask: boolean;
  tip: string;
}

/**
 * `going`: worktrees that go before. `isThorough`: of runs that are over also what was saved and merged, and what stays is told
 * of all.
 */
export async function findLeftBranches(
  runs: Runs,
  repo: Repository,
  { going, isThorough = false }: { going: ReadonlySet<string>; isThorough?: boolean },
): Promise<Leftover[]> {
  const branches = await listBranches(repo);
  const gone = new Set<string>();
  const over = new Set<string>();
  for (const run of new Set(branches.map((each) => each.run))) {
    const { kind } = await runs.standingOf(run);
    if (kind === "gone") gone.add(run);
    if (kind === "gone" || (kind === "over" && isThorough)) over.add(run);
  }
  const left: Leftover[] = [];
  for (const branch of branches) {
    const standing = await runs.standingOf(branch.run);
    const isLeft =
      over.has(branch.run) || (standing.kind === "over" && branch.isOfTask && !branch.name.endsWith("-saved"));
    if (!isLeft || (gone.has(branch.run) && !(await isOurs(repo, branch)))) continue;
    const described = await describe(runs, repo, { branch, gone, over, going });
    // What a run that is over left unmerged is there for a person: status tells of it.
    if (described.mend !== null || over.has(branch.run)) left.push(described);
  }
  return left;
}

async function listBranches(repo: Repository): Promise<Branch[]> {
  const format = "--format=%(refname:lstrip=2)%09%(objectname)";
  const listed = await gitText(repo.root, ["for-each-ref", format, "refs/heads/pleach/", "refs/heads/pleach-tasks/"]);
  return listed.split("\n").flatMap((line) => {
    const [name = "", tip = ""] = line.split("\t");
    const [root, run = "", ...more] = name.split("/");
    const isOfTask = root === "pleach-tasks";
    return isRunId(run) && isOfTask === more.length > 0 ? [{ name, run, isOfTask, tip }] : [];
  });
}

/** Whether pleach made it: by the id that it gave, or by what it writes into its commits. */
export async function isOurs(repo: Repository, { run, tip }: Pick<Branch, "run" | "tip">): Promise<boolean> {
  if (isGivenId(run)) return true;
  const format = "--format=%(trailers:key=Pleach-Run,valueonly)";
  const said = await gitText(repo.root, ["log", "--max-count=1", format, "--end-of-options", tip, "--"]);
  return said.split("\n").includes(run);
}

interface Judged {
  branch: Branch;
  /** Runs of which nothing else is left. */
  gone: ReadonlySet<string>;
  /** Those whose branches may go, too: none counts for another. */
  over: ReadonlySet<string>;
  going: ReadonlySet<string>;
  /** Whether a person wants it removed with what it holds. */
  isForced?: boolean;
}

async function describe(runs: Runs, repo: Repository, judged: Judged): Promise<Leftover> {
  const { name, run } = judged.branch;
  const story = judged.gone.has(run) ? `nothing is left of its run ${run}` : `its run ${run} is over`;
  const reason = await explainStay(repo, judged);
  const about = { kind: "branch" as const, path: name, run };
  const force = () => remove(runs, repo, { ...judged, going: new Set(), isForced: true });
  if (reason !== null) return { ...about, why: `${story}, but ${reason}`, mend: null, force };
  return mendable({ ...about, why: `${story}, and its commits are elsewhere` }, "remove", () =>
    remove(runs, repo, { ...judged, going: new Set() }),
  );
}

async function remove(runs: Runs, repo: Repository, judged: Judged): Promise<Mended> {
  const { name, run, tip } = judged.branch;
  const now = await readBranch(repo, name);
  if (now === null) return MENDED;
  const held = (await runs.findHolder(run)) ?? (await explainStay(repo, judged));
  if (held !== null) return { kind: "kept", why: held };
  return (await moveBranch(repo, name, tip, null)) ? MENDED : { kind: "kept", why: "it was moved meanwhile" };
}

async function explainStay(repo: Repository, { branch, over, going, isForced }: Judged): Promise<string | null> {
  const { name, run, isOfTask, tip } = branch;
  const place = await findCheckout(repo, name);
  if (place !== null && !going.has(place)) return `it is checked out in ${place}`;
  if (isForced) return null;
  const [own, others] = [integrationBranch(run), new Set([...over].map(integrationBranch))];
  const counts = (ref: string): boolean => {
    const other = ref.replace(/^refs\/heads\//, "");
    if (!isLasting(ref) || other === name) return false;
    return !others.has(other) || (isOfTask && other === own);
  };
  if (await isHeld(repo, tip, counts)) return null;
  return isOfTask ? "it alone holds some commits" : "what was merged on it was not shipped";
}
