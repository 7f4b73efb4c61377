/**
 * A disk that gets all but full under a run. Where root may mount one it is a real disk, which is made smaller and larger;
 * elsewhere only what is read of it is played.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { noteSetUp, openRepository } from "../../../src/actors/git/index.ts";
import { prepareWorktree } from "../../../src/actors/git/worktree.ts";
import type { Machine } from "../../../src/actors/process/index.ts";
import { localMachine } from "../../../src/actors/process/machine.ts";
import { removeLeft } from "../../../src/cli/leftovers/remove-left.ts";
import { findPlace } from "../../../src/cli/place.ts";
import { commitAll, makeFolder, runGit, writeFiles } from "../../actors/git/temp-repository.ts";
import { makeHostedRun, RUN } from "../../actors/host/hosted-run.ts";

const LOGS = fileURLToPath(new URL("../../fixtures/logs", import.meta.url));
const OVER = "v1-plan-run";
const PATIENCE_MS = 60_000;
const [LARGE_MB, SMALL_MB] = [3_000, 200];
const MEMORY = { availableBytes: 50e9, totalBytes: 100e9 };

// Before the folder goes, which hooks of all tests see to.
const mounted: string[] = [];
afterEach(() => {
  for (const place of mounted.splice(0)) spawnSync("umount", ["-l", place]);
});

interface Disk {
  machine: Machine;
  resize(megabytes: number): void;
}

/** A disk at `place`, which takes no memory but for what is written to it. */
function makeDisk(place: string): Disk {
  const mount = (...args: string[]): boolean => spawnSync("mount", [...args, "tmpfs", place]).status === 0;
  // Other disks and the memory of this machine are not what is tried.
  const readMemory: Machine["readMemory"] = async () => MEMORY;
  const roomy = (at: string) => ({ place: at, freeBytes: LARGE_MB * 1e6, totalBytes: LARGE_MB * 1e6, freeFiles: null });
  const isRoot = process.getuid?.() === 0 && process.platform === "linux";
  if (isRoot && mount("-t", "tmpfs", "-o", `size=${LARGE_MB}m`)) {
    mounted.push(place);
    const readDisk: Machine["readDisk"] = async (at) => (at.startsWith(place) ? localMachine.readDisk(at) : roomy(at));
    return {
      machine: { readDisk, readMemory },
      resize: (megabytes) => expect(mount("-o", `remount,size=${megabytes}m`)).toBe(true),
    };
  }
  let free = LARGE_MB;
  const readDisk: Machine["readDisk"] = async (at) => ({
    ...roomy(at),
    freeBytes: (at.startsWith(place) ? free : LARGE_MB) * 1e6,
  });
  return {
    machine: { readDisk, readMemory },
    resize: (megabytes) => {
      free = megabytes;
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}

it("loses what an earlier run left and nothing needs; what is alive, or holds work, stays, and the run goes on", {
  timeout: PATIENCE_MS,
}, async () => {
  const place = makeFolder("disk");
  const disk = makeDisk(place);
  const root = join(place, "repo");
  writeFiles(root, { "a.txt": "one\n" });
  runGit(root, "init", "-q", "-b", "main");
  commitAll(root, "start");
  cpSync(join(LOGS, OVER, "log"), join(root, ".ce-workspace", OVER, "log"), { recursive: true });
  const repo = await openRepository(root);
  const make = async (task: string): Promise<string> => {
    const path = join(`${root}.worktrees`, OVER, `${task}.1`);
    const id = { run: OVER, task, attempt: "1" };
    await prepareWorktree(repo, { ...id, base: repo.head.commit, path, config: { copy: [], link: [] } });
    await noteSetUp(repo, path);
    return path;
  };
  const [empty, dirty] = [await make("empty"), await make("dirty")];
  writeFiles(dirty, { "new.txt": "work\n" });
  const found = await findPlace(root);
  const run = makeHostedRun(found.engine, root);
  const plan = `
goal: two files
concurrency: 1
tasks:
  - {id: one, run: 'echo 1 > one.txt; pwd > "${root}/.git/where"; until test -e "${root}/.git/go"; do sleep 0.05; done'}
  - {id: two, run: "echo 2 > two.txt"}
`;
  const host = await run.begin(plan, { machine: disk.machine, removeLeft: () => removeLeft(found) });
  const over = host.run();
  const where = join(root, ".git/where");
  await until(() => existsSync(where) && readFileSync(where, "utf8").endsWith("\n"));
  const alive = readFileSync(where, "utf8").trim();
  disk.resize(SMALL_MB);
  const made = () => run.events.find(({ type }) => type === "room.made");
  await until(() => made() !== undefined);
  expect(made()?.data).toMatchObject({ removed: [`worktree ${empty}`], more: 0 });
  expect([empty, dirty, alive].map((path) => existsSync(path))).toEqual([false, true, true]);
  expect(readFileSync(join(alive, "one.txt"), "utf8")).toBe("1\n");
  expect(host.status().warnings).toEqual([expect.stringContaining(`worktree ${empty}; now 0.`)]);
  writeFileSync(join(root, ".git/go"), "");
  const waitOf = () => host.status().tasks.find(({ id }) => id === "two")?.waitsFor;
  await until(() => waitOf()?.kind === "disk");
  expect(waitOf()?.text).toMatch(/^waits for disk: 0\.\d GB free, needs 1\.0$/);
  disk.resize(LARGE_MB);
  expect(await over).toMatchObject({ kind: "over", status: { status: "succeeded" } });
  expect(runGit(root, "ls-tree", "--name-only", `pleach/${RUN}`)).toBe("a.txt\none.txt\ntwo.txt");
  expect(readFileSync(join(dirty, "new.txt"), "utf8")).toBe("work\n");
});
