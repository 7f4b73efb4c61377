/** Goal (e): what a task in a worktree of its own costs in a repository of some size. */

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { openFileLog } from "../src/actors/log/file-log.ts";
import { readRecords } from "../src/actors/log/index.ts";
import { taskAt } from "../src/protocol/address.ts";
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { timeRun } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const FILES = 5_000;
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

function writeRepository(dir: string): void {
  for (let file = 0; file < FILES; file++) {
    const folder = path.join(dir, "src", `part${Math.floor(file / FILES_A_FOLDER)}`);
    if (file % FILES_A_FOLDER === 0) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `file${file}.txt`), `${`line of file ${file}\n`.repeat(40)}`);
  }
  const tasks = Array.from({ length: TASKS }, (_, task) => ({
    id: `t${task}`,
    stream: "builders",
    scope: [`made/t${task}.txt`],
    run: `mkdir -p made && echo ${task} > made/t${task}.txt`,
  }));
  const streams = { builders: { concurrency: CONCURRENCY } };
  fs.writeFileSync(
    path.join(dir, "plan.yaml"),
    JSON.stringify({ goal: "write", concurrency: CONCURRENCY, streams, tasks }),
  );
  const author = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
  const git = (...args: string[]): Buffer => execFileSync("git", [...author, ...args], { cwd: dir, stdio: "pipe" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "files");
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
  writeRepository(dir);
  const wallMs = timeRun(dir);
  printFigure("overhead, a task", wallMs / TASKS, { unit: "ms", goal: "none" });
  for (const [phase, times] of await readPhases(dir))
    printFigure(`  ${phase}`, median(times), { unit: "ms", goal: "none" });
});
