/** Goal (d): memory of the host while 200 workers run at once. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { printFigure, printTitle } from "./shared/figures.ts";
import { readMemory, runArguments } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const WORKERS = 200;
/** Watched for so long after the last worker has started. */
const WATCH_MS = 3_000;

function writePlan(dir: string): void {
  const tasks = Array.from({ length: WORKERS }, (_, task) => ({ id: `t${task}`, stream: "builders", run: "sleep 60" }));
  const streams = { builders: { concurrency: WORKERS } };
  fs.writeFileSync(
    path.join(dir, "plan.yaml"),
    JSON.stringify({ goal: "sleep", isolation: "none", concurrency: WORKERS, streams, tasks }),
  );
}

/** Live processes that this one started, or null where the system does not tell. */
function countChildren(pid: number): number | null {
  try {
    const threads = fs.readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => fs.readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").trim());
    return lists.flatMap((list) => (list === "" ? [] : list.split(" "))).length;
  } catch {
    return null;
  }
}

printTitle(
  `(d) resident memory of the program while ${WORKERS} workers (sleep) run at once, isolation none`,
  `The host's process alone, at its most from its start to ${WATCH_MS / 1000} s after the last worker started.`,
);
await withScratch(async (dir) => {
  writePlan(dir);
  const child = spawn(process.execPath, runArguments("plan.yaml", "--concurrency", String(WORKERS)), {
    cwd: dir,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = child.pid as number;
  const ended = new Promise((resolve) => child.once("close", resolve));
  let started = 0;
  createInterface(child.stdout).on("line", (line) => {
    if (line.includes('"task.started"')) started++;
  });
  let most = 0;
  const look = (): void => {
    const memory = readMemory(pid);
    if (memory) most = Math.max(most, memory.mostBytes ?? memory.nowBytes);
  };
  const isUnderWay = (): boolean =>
    child.exitCode === null && (started < WORKERS || (countChildren(pid) ?? WORKERS) < WORKERS);
  while (isUnderWay()) {
    look();
    await wait(50);
  }
  await wait(WATCH_MS);
  look();
  const children = countChildren(pid);
  child.kill("SIGINT");
  await ended;
  printFigure("workers at once", children ?? started, { unit: "", goal: { atLeast: WORKERS } });
  printFigure("resident memory of the host", most / 2 ** 20, { unit: "MB", goal: { atMost: 95 } });
});
