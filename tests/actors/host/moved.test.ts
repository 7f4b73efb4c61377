/** A repository that is moved between two hosts of a run: what was worked in, and who works there, is found again. */
import { cpSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localEngine } from "../../../src/actors/control/local-engine.ts";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { initRepository, runGit } from "../git/temp-repository.ts";
import { BRANCH, makeHostedRun, RUN } from "./hosted-run.ts";

describe("a run whose repository was moved", () => {
  it("goes on there, with what the attempt had done saved, and gates run", async () => {
    const run = makeHostedRun(localEngine);
    const plan = `
goal: two files
gates: {there: {run: "test -f one.txt", required: true}}
tasks:
  - {id: one, run: "echo 1 > one.txt"}
  - {id: two, needs: [one], run: "echo half > two.txt; touch ../../../begun; until [ -e ../../../go ]; do sleep 0.05; done; echo 2 > two.txt"}
`;
    const host = await run.begin(plan);
    const ended = host.run();
    await expect.poll(() => existsSync(join(run.root, ".ce-workspace/begun")), { timeout: 60_000 }).toBe(true);
    await host.command({ command: "interrupt" });
    await ended;
    const moved = `${run.root} moved`;
    renameSync(run.root, moved);
    writeFileSync(join(moved, ".ce-workspace/go"), "");
    const next = await run.reopen({ root: moved });
    expect(await next.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    const git = (...args: string[]): string => runGit(moved, ...args);
    expect(git("show", `${BRANCH}:two.txt`)).toBe("2");
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(next.status().warnings).toContainEqual(
      expect.stringMatching(
        /^this repository was moved; worktrees found again in .* moved\/\.ce-workspace\/worktrees\/r1: /,
      ),
    );
    expect(git("show", "pleach-tasks/r1/two/1-saved:two.txt")).toBe("half");
  });

  it("is told by the same mark, which a copy does not have", () => {
    const root = initRepository();
    const { repo } = runFolder(root, RUN);
    cpSync(root, `${root} copy`, { recursive: true });
    expect(runFolder(`${root} copy`, RUN).repo).not.toBe(repo);
    renameSync(root, `${root} moved`);
    expect(runFolder(`${root} moved`, RUN).repo).toBe(repo);
  });
});
