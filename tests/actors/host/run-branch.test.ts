/** A run whose branch somebody else deletes, moves or locks: what was merged stays merged, and it is said what was done. */
import { existsSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BRANCH, type HostedRun, makeHostedRun } from "./hosted-run.ts";

/** One task after the other, each writing a file of its own; `meddle` is done by the second. */
const plan = (meddle: string, gates = ""): string => `
goal: two files
concurrency: 1
${gates}
tasks:
  - {id: one, run: "echo 1 > one.txt"}
  - id: two
    needs: [one]
    git: open
    run: |
      echo 2 > two.txt
      cd "$(git rev-parse --git-common-dir)/.."
      ${meddle}
  - {id: three, needs: [two], run: "echo 3 > three.txt"}
`;

/** The files of the run's branch. */
const merged = ({ git }: HostedRun): string[] => git("ls-tree", "--name-only", BRANCH).split("\n");
const ALL = ["a.txt", "one.txt", "three.txt", "two.txt"];
const told = ({ events }: HostedRun, type: string) => events.filter((event) => event.type === type);

describe("the branch of a run that goes on", () => {
  it.each([
    ["deletes it", `git branch -D ${BRANCH}`],
    [
      "deletes all branches but its own",
      "git branch --format='%(refname:short)' | grep '^pleach/' | xargs git branch -D",
    ],
    ["moves it back", `git update-ref refs/heads/${BRANCH} main`],
  ])("holds all that was merged when a worker %s, and that is said once", async (_what, meddle) => {
    const run = makeHostedRun();
    const gates = 'gates: {seen: {run: "echo x >> $PWD/../../../seen", required: true}}';
    const host = await run.begin(plan(meddle, gates));
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    expect(merged(run)).toEqual(ALL);
    expect(told(run, "branch.restored")).toMatchObject([{ actor: "merge", data: { branch: BRANCH, kept: null } }]);
    expect(told(run, "branch.diverged")).toEqual([]);
    expect(told(run, "tip.gated")).toHaveLength(3);
    expect(existsSync(join(run.root, ".git/pleach.writes"))).toBe(false);
    expect(host.status().warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/^somebody (?:deleted|moved) the branch pleach\/r1/)]),
    );
  });

  it("holds all that was merged when a worker rewrites it, and what the worker made of it is kept", async () => {
    const run = makeHostedRun();
    const rewrite = `git update-ref refs/heads/${BRANCH} $(git -c user.name=w -c user.email=w@w commit-tree -p main -m theirs main^{tree})`;
    const host = await run.begin(plan(rewrite));
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    expect(merged(run)).toEqual(ALL);
    const [{ found, kept } = { found: "", kept: "" }] = told(run, "branch.restored").map(
      ({ data }) => data as { found: string; kept: string },
    );
    expect(run.git("log", "-1", "--format=%H %s", kept)).toBe(`${found} theirs`);
  });

  it("goes on from what somebody put on top of it", async () => {
    const run = makeHostedRun();
    const more = `git update-ref refs/heads/${BRANCH} $(git -c user.name=w -c user.email=w@w commit-tree -p ${BRANCH} -m theirs ${BRANCH}^{tree})`;
    const host = await run.begin(plan(more));
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    expect(merged(run)).toEqual(ALL);
    expect(run.git("log", "--format=%s", BRANCH)).toContain("theirs");
    expect(told(run, "branch.diverged")).toHaveLength(1);
    expect(told(run, "branch.restored")).toEqual([]);
  });
});

describe("the branch of a run that nobody hosted, or that is over", () => {
  const slow = `
goal: two files
tasks:
  - {id: one, run: "echo 1 > one.txt"}
  - {id: two, needs: [one], run: "touch ../../../begun; until [ -e ../../../go ]; do sleep 0.05; done; echo 2 > two.txt"}
`;
  /** Interrupts a run once its first task is merged. */
  async function interrupt(run: HostedRun): Promise<void> {
    const host = await run.begin(slow);
    const ended = host.run();
    await expect.poll(() => existsSync(join(run.root, ".ce-workspace/begun")), { timeout: 60_000 }).toBe(true);
    await host.command({ command: "interrupt" });
    await ended;
  }

  it.each([
    ["was deleted meanwhile", (run: HostedRun) => run.git("branch", "-D", BRANCH)],
    ["was moved back meanwhile", (run: HostedRun) => run.git("branch", "-f", BRANCH, "main")],
  ])("is back before the run goes on when it %s", async (_what, meddle) => {
    const run = makeHostedRun();
    await interrupt(run);
    meddle(run);
    writeFileSync(join(run.root, ".ce-workspace/go"), "");
    const host = await run.reopen();
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    expect(merged(run)).toEqual(["a.txt", "one.txt", "two.txt"]);
    expect(told(run, "branch.restored")).toMatchObject([{ actor: "host" }]);
  });

  it("is left where it is checked out, and how to put it back is said", async () => {
    const run = makeHostedRun();
    await interrupt(run);
    const head = run.git("rev-parse", BRANCH);
    run.git("branch", "-f", BRANCH, "main");
    run.git("checkout", "-q", BRANCH);
    const host = await run.reopen();
    const ended = host.run();
    const said = `${BRANCH}, checked out in ${run.root}, does not hold what was merged`;
    await expect.poll(() => host.status().warnings, { timeout: 60_000 }).toContainEqual(expect.stringContaining(said));
    expect([run.git("rev-parse", BRANCH), run.git("status", "--porcelain")]).toEqual([
      run.git("rev-parse", "main"),
      "",
    ]);
    run.git("checkout", "-q", "main");
    writeFileSync(join(run.root, ".ce-workspace/go"), "");
    expect(await ended).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    expect(merged(run)).toEqual(["a.txt", "one.txt", "two.txt"]);
    expect(run.git("merge-base", "--is-ancestor", head, BRANCH)).toBe("");
  });

  it("is found as it was left by somebody who deleted it after all was merged", async () => {
    const run = makeHostedRun();
    const last = `
goal: one file
tasks:
  - {id: one, run: "echo 1 > one.txt"}
  - {id: late, git: open, needs: [one], run: "cd $(git rev-parse --git-common-dir)/..; git branch -D ${BRANCH}"}
`;
    const host = await run.begin(last);
    expect(await host.run()).toMatchObject({ kind: "over" });
    expect(merged(run)).toEqual(["a.txt", "one.txt"]);
    expect(told(run, "branch.restored")).toHaveLength(1);
  });
});

describe("a ship of a run whose branch is not what was merged", () => {
  const two = `
goal: two files
tasks:
  - {id: one, run: "echo 1 > one.txt"}
  - {id: two, needs: [one], run: "echo 2 > two.txt"}
`;
  const ship = async (run: HostedRun) =>
    (await run.reopen({ purpose: "ship" })).carryOut(
      { command: "ship", into: null, unfinished: false },
      new AbortController().signal,
    );
  const more = ({ git }: HostedRun): string => git("commit-tree", "-p", BRANCH, "-m", "mine", `${BRANCH}^{tree}`);

  it.each<[string, string, (run: HostedRun) => void]>([
    ["was moved back", "does not hold all that was merged", ({ git }) => git("branch", "-f", BRANCH, `${BRANCH}~1`)],
    ["holds something else", "does not hold all that was merged", ({ git }) => git("branch", "-f", BRANCH, "main")],
    ["holds more", "holds commits that pleach did not merge", (run) => run.git("branch", "-f", BRANCH, more(run))],
  ])("is refused when it %s, until it is put back as the hint says", async (_what, why, meddle) => {
    const run = makeHostedRun();
    await (await run.begin(two)).run();
    const [head, main] = [run.git("rev-parse", BRANCH), run.git("rev-parse", "main")];
    meddle(run);
    const refused = {
      ok: false,
      code: "git.notMerged",
      message: expect.stringContaining(`${BRANCH} ${why}: it is at`),
    };
    expect(await ship(run)).toMatchObject({
      ...refused,
      hint: expect.stringContaining(`git branch -f ${BRANCH} ${head}`),
    });
    expect(run.git("rev-parse", "main")).toBe(main);
    run.git("branch", "-f", BRANCH, head);
    expect(await ship(run)).toMatchObject({ ok: true, data: { kind: "shipped", commit: head } });
    // It went with the ship; somebody may make another one.
    run.git("branch", BRANCH, head);
    meddle(run);
    expect(await ship(run)).toMatchObject({ ok: true, data: { kind: "already", commit: head } });
  });

  it("ships what was merged when it was deleted, and has nothing to ship then", async () => {
    const run = makeHostedRun();
    await (await run.begin(two)).run();
    const head = run.git("rev-parse", BRANCH);
    run.git("branch", "-D", BRANCH);
    expect(await ship(run)).toMatchObject({ ok: true, data: { kind: "shipped", commit: head } });
    expect(run.git("rev-parse", "main")).toBe(head);
    expect(await ship(run)).toMatchObject({ ok: true, data: { kind: "already", commit: head } });
  });
});

describe("locks that are met when a run begins or goes on", () => {
  const one = 'goal: one file\ntasks: [{id: one, run: "echo 1 > one.txt"}]';
  const leave = (run: HostedRun, name: string, agoMs = 3_600_000): string => {
    const path = join(run.root, ".git", name);
    writeFileSync(path, "");
    const then = new Date(Date.now() - agoMs);
    utimesSync(path, then, then);
    return path;
  };

  it("are named, with their age, when they are not ours; the run ends well, and says which branches stayed", async () => {
    const run = makeHostedRun();
    const lock = leave(run, "packed-refs.lock");
    const host = await run.begin(one);
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    expect(host.status().warnings).toEqual([
      expect.stringMatching(/^git is locked: .*packed-refs\.lock: made 1h 00m ago; no git is at work/),
      expect.stringMatching(/^the branch pleach-tasks\/r1\/one\/1 stays: git is locked by .*packed-refs\.lock/),
    ]);
    expect(existsSync(lock)).toBe(true);
    rmSync(lock);
  });
});

describe("a branch that leaves no place for those of a run", () => {
  it.each([
    ["pleach", /^merging has stopped for good: the branch pleach leaves no place for a branch pleach\/r1$/],
    ["pleach-tasks", /^the branch pleach-tasks leaves no place for a branch pleach-tasks\/r1\/one\/\d$/],
  ])("is what is said when it is called %s, while the run begins", async (taken, why) => {
    const run = makeHostedRun();
    const host = await run.begin('goal: one file\ntasks: [{id: one, run: "true"}]');
    run.git("branch", taken);
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "failed" } });
    const reasons = [...host.status().warnings, ...host.status().tasks.map(({ reason }) => reason)];
    expect(reasons).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
  });
});
