/** How set-up and teardown of a task's worktree are run: by the performers, with real commands, in a real repository. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { pooledWorktrees, type Repository } from "../../../src/actors/git/index.ts";
import { removeLeftWorktrees } from "../../../src/actors/perform/left-worktrees.ts";
import type { RunContext } from "../../../src/actors/perform/run-context.ts";
import { taskPerformers } from "../../../src/actors/perform/task-performers.ts";
import { MERGE_WORKTREE, openGateWorktree, removeGateWorktree } from "../../../src/actors/perform/worktrees.ts";
import type { WorktreeConfig } from "../../../src/plan/model.ts";
import type { Disposition, Workspace } from "../../../src/protocol/values.ts";
import { commitAll, openTemp, writeFiles } from "../git/temp-repository.ts";
import { makeRunContext } from "./run-context.ts";

interface Opened {
  repo: Repository;
  run: RunContext;
  told: string[];
  /** What hooks wrote down. */
  said: () => string[];
  prepare: (attempt: string, more?: { recovering?: boolean; base?: string }) => Promise<Workspace>;
  release: (workspace: Workspace, disposition: Disposition) => Promise<unknown>;
}

/** `$LOG` in hooks is a file outside of the worktrees. */
async function open(worktree: Partial<WorktreeConfig>): Promise<Opened> {
  const repo = await openTemp({ "a.txt": "a\n", "lock.json": "1\n", ".gitignore": "packages/\n" });
  const log = join(repo.root, "../said.txt");
  const told: string[] = [];
  const bare = makeRunContext(repo.root, { task: "t", startAgent: () => expect.fail("nobody is to be started") });
  const config = { copy: [], link: [], ...worktree, env: { LOG: log } };
  const folder = join(repo.root, "../trees/r");
  const workspaces = pooledWorktrees(repo, { folder, config });
  const run = Object.assign(bare, { repo, workspaces, worktrees: folder });
  run.config.worktree = config;
  const { prepareWorkspace, releaseWorkspace } = taskPerformers(run);
  const performing = (recovering: boolean) => ({
    ...{ effect: "task:t/1/1/0", actor: "task:t" as const, signal: new AbortController().signal, recovering },
    report: async (fact: { type: string; text?: string }) => void told.push(fact.text ?? fact.type),
  });
  return {
    ...{ repo, run, told },
    said: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
    prepare: async (attempt, { recovering = false, base = repo.head.commit } = {}) => {
      const answer = await prepareWorkspace({ task: "t", attempt, base }, performing(recovering));
      if (answer?.type !== "workspace.prepared") throw new Error(JSON.stringify(answer));
      return answer.workspace;
    },
    release: (workspace, disposition) => releaseWorkspace({ task: "t", workspace, disposition }, performing(false)),
  };
}

const INSTALLS = 'mkdir -p packages && echo p > packages/p && echo "set up $PLEACH_SLUG $PLEACH_PORT" >> "$LOG"';

it("sets a worktree up once for all attempts that it is given to, and again where what set-up reads differs", async () => {
  const { repo, prepare, release, said } = await open({ setup: INSTALLS, setupWhen: ["lock.json"] });
  const ports = new Set<number>();
  for (const attempt of ["1", "2", "3"]) {
    const workspace = await prepare(attempt);
    ports.add(workspace.port);
    expect(readFileSync(join(workspace.path, "packages/p"), "utf8")).toBe("p\n");
    writeFiles(workspace.path, { "a.txt": attempt, "left/x": "x" });
    await release(workspace, attempt === "2" ? "superseded" : "landed");
  }
  expect(said()).toHaveLength(1);
  expect(ports.size).toBe(1);
  writeFiles(repo.root, { "lock.json": "2\n" });
  const workspace = await prepare("4", { base: commitAll(repo.root, "other packages") });
  expect(said()).toHaveLength(2);
  // It is the same worktree, with the same names and ports.
  expect(new Set(said()).size).toBe(1);
  expect(readFileSync(join(workspace.path, "a.txt"), "utf8")).toBe("a\n");
});

it("sets up again at every other commit where set-up may read anything", async () => {
  const { repo, prepare, release, said } = await open({ setup: 'echo "set up" >> "$LOG"' });
  await release(await prepare("1"), "landed");
  await release(await prepare("2"), "landed");
  expect(said()).toHaveLength(1);
  writeFiles(repo.root, { "a.txt": "other\n" });
  await prepare("3", { base: commitAll(repo.root, "next") });
  expect(said()).toHaveLength(2);
});

it("tears down after each attempt, whatever became of it, and sets each one up where there is something to tear down", async () => {
  const { prepare, release, said } = await open({
    ...{ setup: `echo up >> "$LOG"`, setupWhen: ["lock.json"] },
    teardown: `echo "down $PLEACH_TASK" >> "$LOG"`,
  });
  for (const disposition of ["landed", "superseded", "kept"] as const)
    await release(await prepare(disposition), disposition);
  expect(said()).toEqual(["up", "down t", "up", "down t", "up", "down t"]);
});

it("tears down what a set-up that failed has begun, takes its worktree away, and tells why", async () => {
  const { prepare, said, run } = await open({
    ...{ setup: `echo up >> "$LOG"; exit 3`, teardown: `echo down >> "$LOG"; exit 4` },
  });
  await expect(prepare("1")).rejects.toThrow("exited with 3");
  expect(said()).toEqual(["up", "down"]);
  expect(await run.workspaces?.locate("t.1")).toBeNull();
});

it("tears down what a host that was killed had begun: when it goes on, when its run is over, and once", async () => {
  const { prepare, release, run, said } = await open({
    ...{ setup: `echo "up $PLEACH_PORT" >> "$LOG"`, teardown: `echo "down $PLEACH_PORT" >> "$LOG"` },
  });
  const first = await prepare("1");
  // Its host died before that was recorded: it is prepared again.
  const again = await prepare("1", { recovering: true });
  expect(again.path).toBe(first.path);
  const lines = said();
  expect(lines).toEqual([`up ${first.port}`, `down ${first.port}`, `up ${again.port}`]);
  const told: string[] = [];
  await removeLeftWorktrees(run, { endOf: () => null, tell: async ({ text }) => told.push(text) });
  expect(said().slice(lines.length)).toEqual([`down ${again.port}`]);
  expect(existsSync(first.path)).toBe(false);
  // Performed again, it finds that the worktree is not there any more.
  await release(again, "landed");
  expect(said()).toHaveLength(lines.length + 1);
});

it("does nothing to a worktree that another attempt has by now, when it is released a second time", async () => {
  const { prepare, release, said } = await open({ teardown: `echo "down $PLEACH_SLUG" >> "$LOG"` });
  const first = await prepare("1");
  await release(first, "landed");
  const second = await prepare("2");
  expect(second.path).toBe(first.path);
  appendFileSync(join(second.path, "a.txt"), "mine\n");
  await release(first, "superseded");
  expect(said()).toHaveLength(1);
  expect(readFileSync(join(second.path, "a.txt"), "utf8")).toBe("a\nmine\n");
  expect(basename(second.path)).toBe("@tree-1");
});

it("tears worktrees of gates down, too, before they are made anew and when they go", async () => {
  const { repo, run, said } = await open({ setup: `echo up >> "$LOG"`, teardown: `echo down >> "$LOG"` });
  const { signal } = new AbortController();
  const { commit } = repo.head;
  await openGateWorktree(run, { name: MERGE_WORKTREE, commit }, signal);
  await openGateWorktree(run, { name: MERGE_WORKTREE, commit, afresh: true }, signal);
  expect(said()).toEqual(["up", "down", "up"]);
  await removeGateWorktree(run, MERGE_WORKTREE);
  await removeGateWorktree(run, MERGE_WORKTREE);
  expect(said()).toEqual(["up", "down", "up", "down"]);
});

it("has gates find what set-up filled as set-up left it, also where it is to be kept, and caches as gates left them", async () => {
  const { repo, run } = await open({
    ...{ setup: "mkdir -p packages && echo p > packages/p", setupWhen: ["lock.json"], keep: ["packages", "cache"] },
  });
  const { signal } = new AbortController();
  const { commit } = repo.head;
  const openGate = async (): Promise<{ path: string; isFresh: boolean }> => {
    const place = await openGateWorktree(run, { name: MERGE_WORKTREE, commit }, signal);
    if (place.kind !== "open") throw new Error(place.reason);
    return place;
  };
  const { path } = await openGate();
  writeFiles(path, { "cache/c": "c", "packages/evil": "e" });
  expect((await openGate()).isFresh).toBe(false);
  expect(["cache/c", "packages/evil"].map((name) => existsSync(join(path, name)))).toEqual([true, false]);
  writeFiles(path, { "packages/p": "spoilt" });
  expect((await openGate()).isFresh).toBe(true);
  expect(readFileSync(join(path, "packages/p"), "utf8")).toBe("p\n");
});
