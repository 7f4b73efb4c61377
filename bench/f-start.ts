/** Goal (f): what starting costs, in processor time, as multiples of node that does nothing. */
import fs from "node:fs";
import path from "node:path";
import { type Goal, median, printFigure, printTitle } from "./shared/figures.ts";
import { writeDag } from "./shared/layered-dag.ts";
import { measureUse, measureUseUntil } from "./shared/processor-time.ts";
import { cli, timeProgram } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const REPEATS = 15;
/** Ends a frame of the screen. */
const FRAME = "\u001b[?2026l";
const TASKS = 5;

/** What is measured: a name, its goal, and its processor time in ms, once. */
interface Start {
  name: string;
  goal: Goal;
  measure(): number | null | Promise<number | null>;
}

const pleach = (cwd: string, ...args: string[]): number => measureUse(process.execPath, [cli, ...args], cwd);

function listStarts(dir: string): Start[] {
  const [looked, one, tree] = ["looked", "one", "tree"].map((name) => path.join(dir, name)) as [string, string, string];
  makeRepository(looked, TASKS, "none");
  makeRepository(one, 1, "none");
  makeRepository(tree, 1, "worktree");
  pleach(looked, "run", "plan.yaml", "--no-tui", "--no-learn");
  const runAnew = (cwd: string): number => {
    for (const left of [".ce-workspace", "vault"]) fs.rmSync(path.join(cwd, left), { recursive: true, force: true });
    return pleach(cwd, "run", "plan.yaml", "--no-tui");
  };
  return [
    { name: "--version", goal: { atMost: 1.3 }, measure: () => pleach(dir, "--version") },
    { name: "--help", goal: { atMost: 1.6 }, measure: () => pleach(dir, "--help") },
    { name: `status, of a run of ${TASKS} tasks`, goal: { atMost: 2 }, measure: () => pleach(looked, "status") },
    { name: "list, of this one run", goal: { atMost: 2 }, measure: () => pleach(looked, "list") },
    {
      name: "attach, to its first frame",
      goal: { atMost: 5 },
      measure: () => measureUseUntil([cli, "attach"], FRAME, looked),
    },
    { name: "run of one empty task, which is learned from", goal: { atMost: 6 }, measure: () => runAnew(one) },
    { name: "the same in a worktree, merged", goal: "none", measure: () => runAnew(tree) },
  ];
}

function makeRepository(cwd: string, tasks: number, isolation: "none" | "worktree"): void {
  writeDag(cwd, { tasks, command: "true", concurrency: 8 });
  const plan = path.join(cwd, "plan.yaml");
  fs.writeFileSync(plan, fs.readFileSync(plan, "utf8").replace('"isolation": "none"', `"isolation": "${isolation}"`));
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgSign=false"];
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...identity, "commit", "-q", "-m", "first"],
  ])
    timeProgram("git", args, cwd);
}

printTitle(
  "(f) starting pleach, against node -e 0",
  `Processor time (user and system) of whole programs, the processes that they wait for included; alternated, medians of ${REPEATS}.`,
);
await withScratch(async (dir) => {
  const starts = listStarts(dir);
  const bare: number[] = [];
  const uses = new Map<Start, (number | null)[]>(starts.map((start) => [start, []]));
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const start of starts) {
      bare.push(measureUse(process.execPath, ["-e", "0"]));
      uses.get(start)?.push(await start.measure());
    }
  }
  const bareMs = median(bare);
  printFigure("node -e 0", bareMs, { unit: "ms", goal: "none" });
  for (const [{ name, goal }, each] of uses) {
    const known = each.filter((use) => use !== null);
    if (known.length > 0) printFigure(name, median(known) / bareMs, { unit: "x", goal });
    else process.stdout.write(`  ${name}: this system does not tell\n`);
  }
});
