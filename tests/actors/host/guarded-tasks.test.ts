/** Tasks of a run keep to their own branches, and push nothing, unless a plan says `git: open`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commitAll, makeFolder, runGit, writeFiles } from "../git/temp-repository.ts";
import { BRANCH, makeHostedRun } from "./hosted-run.ts";

const TRY = `for each in "branch BRANCH" stash "push -q origin HEAD:main"; do
        git $each 2>> said.txt && echo "done: $each" >> said.txt
      done; git -c user.name=w -c user.email=w@w commit -qam "its own" && echo "done: commit" >> said.txt`;

const PLAN = `
goal: try
concurrency: 1
tasks:
  - id: kept
    run: |
      echo kept > a.txt
      ${TRY.replace("BRANCH", "kept")}
  - id: free
    git: open
    needs: [kept]
    scope: [said.txt]
    run: |
      ${TRY.replace("BRANCH", "free")}
      git stash drop -q
  - id: thief
    needs: [free]
    continueOnError: true
    run: git stash pop || true
`;

describe("tasks of a run", () => {
  it("are refused what others share, do it with `git: open`, and are not merged with what a person put aside", async () => {
    const run = makeHostedRun();
    writeFiles(run.root, { "aside.txt": "1" });
    commitAll(run.root, "more");
    const bare = join(makeFolder(), "bare.git");
    run.git("init", "-q", "--bare", bare);
    run.git("push", "-q", bare, "main");
    run.git("remote", "add", "origin", bare);
    writeFiles(run.root, { "aside.txt": "a person's" });
    run.git("stash", "-q");
    const [entry, main] = [run.git("rev-parse", "refs/stash"), run.git("rev-parse", "main")];
    const host = await run.begin(PLAN);
    await host.run();
    const tasks = new Map(host.status().tasks.map((task) => [task.id, task]));
    expect([...tasks].map(([id, { status }]) => [id, status])).toEqual([
      ["kept", "merged"],
      ["free", "merged"],
      ["thief", "failed"],
    ]);
    const of = (id: string): string => run.git("show", `${tasks.get(id)?.commit}:said.txt`);
    const kept = of("kept");
    expect(kept.match(/^.*pleach.*$/gm)).toEqual([
      expect.stringMatching(
        /^pleach: refs\/heads\/kept is not yours to change: stay on pleach-tasks\/r1\/kept\/.* and commit/,
      ),
      expect.stringMatching(/^pleach: the stash is everybody's in this repository: put work aside as a commit/),
      expect.stringMatching(/^fatal: '\/pleach refuses this push: commit on your own branch and leave it there/),
    ]);
    expect(kept.match(/^done: .*$/gm)).toEqual(["done: commit"]);
    expect(of("free").match(/^done: .*$/gm)).toEqual([
      "done: commit",
      // What it had written before went with the stash.
      ...["done: stash", "done: push -q origin HEAD:main", "done: commit"],
    ]);
    expect(run.git("branch", "--list", "kept", "free").trim()).toBe("free");
    expect(runGit(bare, "rev-parse", "main")).not.toBe(main);
    expect(run.git("rev-parse", "main")).toBe(main);
    expect(tasks.get("thief")?.reason).toContain("aside.txt");
    expect(run.git("stash", "list", "--format=%H").split("\n")).toContain(entry);
    expect(run.git("ls-tree", "--name-only", BRANCH).split("\n")).toContain("said.txt");
    expect(existsSync(join(run.root, ".ce-workspace/r1/guard/kept"))).toBe(false);
  });
});
