/**
 * Goal (e): what a task in a worktree of its own costs in a repository of some size; how a worktree that is used again
 * compares to what `git worktree add` takes for a fresh one; how often set-up is paid for.
 */

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { openRepository } from "../src/actors/git/index.ts";
import { pooledWorktrees } from "../src/actors/git/worktree-pool.ts";
import { openFileLog } from "../src/actors/log/file-log.ts";
import { readRecords } from "../src/actors/log/index.ts";
import { taskAt } from "../src/protocol/address.ts";
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { timeRun } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const FILES = 5_000;
const MANY_FILES = 50_000;
/** Worktrees that are timed of each kind. */
const ROUNDS = 5;
const SET_UP_TASKS = 20;
const SET_UP_CONCURRENCY = 4;
const SET_UP_SECONDS = 10;
const FILES_A_FOLDER = 50;
const TASKS = 100;
const CONCURRENCY = 8;

/** From the start of a task's actor: the record that ends a phase -> what the phase is. */
const PHASES: readonly (readonly [type: string, phase: string])[] = [
  ["workspace.prepared", "worktree prepared"],
  ["agent.exited", "command run"],
  ["work.committed", "changes committed"],
  ["merge.landed", "merged into the integration branch"],
  ["workspace.released", "worktree removed"],
];

function writeFiles(dir: string, files: number): void {
  for (let file = 0; file < files; file++) {
    const folder = path.join(dir, "src", `part${Math.floor(file / FILES_A_FOLDER)}`);
    if (file % FILES_A_FOLDER === 0) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `file${file}.txt`), `${`line of file ${file}\n`.repeat(40)}`);
  }
}

const author = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", [...author, ...args], { cwd: dir, stdio: "pipe", encoding: "utf8" }).trim();

function commitAll(dir: string): string {
  git(dir, "init", "-q");
  git(dir, "add", "-A");
  git(dir, "commit", "-q", "--allow-empty", "-m", "files");
  return git(dir, "rev-parse", "HEAD");
}

/** A repository, and a plan of tasks that write a small file each. */
function writeRepository(dir: string, { tasks: count, concurrency }: { tasks: number; concurrency: number }): void {
  const tasks = Array.from({ length: count }, (_, task) => ({
    id: `t${task}`,
    stream: "builders",
    scope: [`made/t${task}.txt`],
    run: `mkdir -p made && echo ${task} > made/t${task}.txt`,
  }));
  const plan = { goal: "write", concurrency, streams: { builders: { concurrency } }, tasks };
  fs.writeFileSync(path.join(dir, "plan.yaml"), JSON.stringify(plan));
  commitAll(dir);
}

async function timeAsync(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Medians, ms: a fresh worktree as git makes it, and one of the pool whose attempt before changed a file and landed. */
async function compareWithGit(dir: string): Promise<{ freshMs: number; againMs: number; releaseMs: number }> {
  let base = commitAll(dir);
  const repo = await openRepository(dir);
  const folder = path.join(path.dirname(dir), "pool");
  const pool = pooledWorktrees(repo, { folder, config: { copy: [], link: [] } });
  const acquire = (attempt: number) => pool.acquire({ run: "r", task: "t", attempt: String(attempt), base });
  const [fresh, again, release]: [number[], number[], number[]] = [[], [], []];
  await pool.release(await acquire(0), "landed");
  for (let round = 1; round <= ROUNDS; round++) {
    fs.writeFileSync(path.join(dir, "src/part0/file0.txt"), `round ${round}\n`);
    base = commitAll(dir);
    const place = path.join(path.dirname(dir), `fresh${round}`);
    fresh.push(await timeAsync(async () => git(dir, "worktree", "add", "-q", "-b", `fresh${round}`, place, base)));
    git(dir, "worktree", "remove", "--force", place);
    let held: Awaited<ReturnType<typeof acquire>> | undefined;
    again.push(await timeAsync(async () => (held = await acquire(round))));
    if (held === undefined) throw new Error("no workspace");
    fs.writeFileSync(path.join(held.path, "src/part1/file51.txt"), "changed\n");
    fs.writeFileSync(path.join(held.path, "made.txt"), "made\n");
    const done = held;
    release.push(await timeAsync(() => pool.release(done, "landed")));
  }
  return { freshMs: median(fresh), againMs: median(again), releaseMs: median(release) };
}

/** Milliseconds that each phase took, by task, from the run's log. */
async function readPhases(dir: string): Promise<Map<string, number[]>> {
  const workspace = path.join(dir, ".ce-workspace");
  const run = fs.readdirSync(workspace).find((name) => fs.existsSync(path.join(workspace, name, "log")));
  const lastAt = new Map<string, number>();
  const phases = new Map<string, number[]>(PHASES.map(([, phase]) => [phase, []]));
  for (const { actor, type, time } of await readRecords(openFileLog(path.join(workspace, run ?? "", "log")))) {
    if (taskAt(actor) === null) continue;
    const phase = PHASES.find(([end]) => end === type)?.[1];
    if (phase !== undefined) phases.get(phase)?.push(time - (lastAt.get(actor) ?? time));
    if (phase !== undefined || type === "actor.started") lastAt.set(actor, time);
  }
  return phases;
}

printTitle(
  `(e) ${TASKS} tasks in worktrees of a repository of ${FILES.toLocaleString("en-US")} files, concurrency ${CONCURRENCY}`,
  "Each writes one small file, so nearly all the time is overhead: wall time of the whole program divided by the tasks.",
  `The phases are medians of what a task sees, ${CONCURRENCY} tasks side by side; one run.`,
);
await withScratch(async (dir) => {
  writeFiles(dir, FILES);
  writeRepository(dir, { tasks: TASKS, concurrency: CONCURRENCY });
  const wallMs = timeRun(dir);
  printFigure("overhead, a task", wallMs / TASKS, { unit: "ms", goal: { atMost: 70 } });
  for (const [phase, times] of await readPhases(dir))
    printFigure(`  ${phase}`, median(times), { unit: "ms", goal: "none" });
});

printTitle(
  `(e) a worktree that is used again beside \`git worktree add\`, ${MANY_FILES.toLocaleString("en-US")} files`,
  `Between two attempts a file changed on the base, one in the worktree, and one was added; medians of ${ROUNDS}, by turns.`,
);
await withScratch(async (scratch) => {
  const dir = path.join(scratch, "repository");
  writeFiles(dir, MANY_FILES);
  const { freshMs, againMs, releaseMs } = await compareWithGit(dir);
  printFigure("git worktree add", freshMs, { unit: "ms", goal: "none" });
  printFigure("acquired again", againMs, { unit: "ms", goal: "none" });
  printFigure("released", releaseMs, { unit: "ms", goal: "none" });
  printFigure("acquired again and released, of git worktree add", (againMs + releaseMs) / freshMs, {
    unit: "x",
    goal: { atMost: 0.3 },
  });
});

printTitle(
  `(e) ${SET_UP_TASKS} tasks with a set-up of ${SET_UP_SECONDS} s, concurrency ${SET_UP_CONCURRENCY}`,
  "How often set-up is run.",
);
await withScratch(async (scratch) => {
  const dir = path.join(scratch, "repository");
  writeFiles(dir, FILES_A_FOLDER);
  const log = path.join(scratch, "set-ups.txt");
  const worktree = { setup: `echo x >> '${log}'; sleep ${SET_UP_SECONDS}`, setupWhen: ["package.json"] };
  fs.writeFileSync(path.join(dir, "pleach.yaml"), JSON.stringify({ worktree }));
  writeRepository(dir, { tasks: SET_UP_TASKS, concurrency: SET_UP_CONCURRENCY });
  const wallMs = timeRun(dir, "plan.yaml", "--trust", "--yes");
  const setUps = fs.readFileSync(log, "utf8").length / 2;
  printFigure("set-ups", setUps, { unit: "times", goal: { atMost: SET_UP_CONCURRENCY } });
  printFigure("wall time", wallMs / 1000, { unit: "s", goal: "none" });
});
