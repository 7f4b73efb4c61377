/** What no branch holds yet, while somebody throws away what nobody holds. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  createIntegrationBranch,
  holdCommit,
  letGo,
  listHeld,
  type Repository,
  readBranch,
  shipBranch,
} from "../../../src/actors/git/index.ts";
import { composeMessage, writeCommit } from "../../../src/actors/git/message.ts";
import { mergePerformers } from "../../../src/actors/perform/merge-performers.ts";
import { makeRunContext } from "../perform/run-context.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, openTemp, runGit, writeFiles } from "./temp-repository.ts";

/** As thoroughly as a worker, or a person, may. */
function throwAway(root: string): void {
  runGit(root, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
  runGit(root, "gc", "--quiet", "--prune=now");
}

const isThere = (root: string, commit: string): boolean => {
  try {
    execFileSync("git", ["cat-file", "-e", commit], { cwd: root, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

function performing(effect: string) {
  return { effect, actor: "merge", recovering: false, signal: new AbortController().signal, report: async () => {} };
}

/** The performers of a run `r` in a repository, and a commit that asks to be merged. */
async function openQueue() {
  const repo = await openTemp();
  const startAgent = () => Promise.reject(new Error("nobody starts one"));
  const performers = mergePerformers(Object.assign(makeRunContext(repo.root, { task: "one", startAgent }), { repo }));
  await createIntegrationBranch(repo, "r", repo.head.commit);
  const made = await startAttempt(repo, "one");
  writeFiles(made.path, { "x.txt": "x" });
  const { commit } = expectCommitted(await finishAttempt(repo, made));
  const build = async () => {
    const items = [{ task: "one", commit, files: ["x.txt"] }];
    const answer = await performers.buildChain({ onto: repo.head.commit, items }, performing("merge/1/1/0"));
    if (answer?.type !== "chain.built") throw new Error(`not built: ${JSON.stringify(answer)}`);
    return answer.links[0]?.commit ?? "";
  };
  const advance = (to: string) =>
    performers.advanceBranch({ from: repo.head.commit, to, tasks: ["one"] }, performing("merge/1/2/0"));
  return { repo, build, advance };
}

describe("a candidate of the merge queue", () => {
  it("is there when its branch is moved, whatever was thrown away meanwhile", async () => {
    const { repo, build, advance } = await openQueue();
    const candidate = await build();
    throwAway(repo.root);
    expect(await advance(candidate)).toEqual({ type: "branch.advanced", from: repo.head.commit, to: candidate });
    // What was merged is held too, until the run is over.
    runGit(repo.root, "update-ref", "-d", "refs/heads/pleach/r");
    throwAway(repo.root);
    expect(isThere(repo.root, candidate)).toBe(true);
    await letGo(repo, "merge", "r");
    await letGo(repo, "merge", "r");
    expect(await listHeld(repo)).toEqual([]);
  });

  it("is asked for anew when it is gone all the same", async () => {
    const { repo, build, advance } = await openQueue();
    const candidate = await build();
    runGit(repo.root, "update-ref", "-d", "refs/pleach/merge/r");
    throwAway(repo.root);
    const reason = `the commit ${candidate.slice(0, 12)} is gone from the repository, or some of it`;
    expect(await advance(candidate)).toEqual({ type: "git.failed", lost: true, reason });
    expect(await advance(await build())).toMatchObject({ type: "branch.advanced" });
  });

  it("of which some is gone is not held for whole", async () => {
    const { repo } = await openQueue();
    const [run, onto] = ["r", repo.head.commit];
    writeFiles(repo.root, { "y.txt": "thrown away" });
    const blob = runGit(repo.root, "hash-object", "-w", "y.txt");
    const tree = execFileSync("git", ["mktree"], { cwd: repo.root, input: `100644 blob ${blob}\ty.txt\n` });
    const message = composeMessage("m", { run, task: "one", effect: "e" });
    const commit = await writeCommit(repo, { tree: tree.toString().trim(), parents: [onto], message });
    await holdCommit(repo, "merge", { run, commit, onto });
    runGit(repo.root, "update-ref", "-d", "refs/pleach/merge/r");
    execFileSync("rm", ["-f", `.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`], { cwd: repo.root });
    await expect(holdCommit(repo, "merge", { run, commit, onto })).rejects.toMatchObject({ code: "git.lost" });
  });
});

it("a merge that is shipped is there after its gates, and nothing holds it afterwards", async () => {
  const repo: Repository = await openTemp();
  await createIntegrationBranch(repo, "r", repo.head.commit);
  const made = await startAttempt(repo, "one");
  writeFiles(made.path, { "x.txt": "x" });
  const { commit } = expectCommitted(await finishAttempt(repo, made));
  runGit(repo.root, "update-ref", "refs/heads/pleach/r", commit);
  writeFiles(repo.root, { "mine.txt": "mine" });
  commitAll(repo.root, "meanwhile");
  const check = async () => throwAway(repo.root);
  const shipped = await shipBranch(repo, { run: "r", check });
  expect(shipped).toMatchObject({ kind: "shipped", how: "merge" });
  expect(await readBranch(repo, shipped.branch)).toBe(shipped.commit);
  expect(await listHeld(repo)).toEqual([]);
});

it("work is committed though somebody throws its objects away while it is", async () => {
  const repo = await openTemp();
  const made = await startAttempt(repo, "one");
  writeFiles(made.path, { "x.txt": "x\n" });
  const done = expectCommitted(await finishAttempt(repo, made));
  // As if it had been thrown away before the branch held it.
  const blob = runGit(repo.root, "rev-parse", `${done.commit}:x.txt`);
  execFileSync("rm", ["-f", `.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`], { cwd: repo.root });
  expect(expectCommitted(await finishAttempt(repo, made)).commit).toBe(done.commit);
  expect(runGit(repo.root, "show", `${done.commit}:x.txt`)).toBe("x");
});
