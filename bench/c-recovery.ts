/**
 * Goal (c): how long it takes to open a run of 100,000 records again, as `pleach resume` does before it performs
 * anything. Two runs: one of the library with a machine that counts, and one of the program's own machines, over a
 * plan whose commands are played: nothing is started.
 */

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { localEngine } from "../src/actors/control/local-engine.ts";
import { runFolder } from "../src/actors/control/run-folder.ts";
import { openHost } from "../src/actors/host/host.ts";
import { localExecutor } from "../src/actors/process/local-executor.ts";
import { rootInput, runLogics } from "../src/actors/run-actors/root.ts";
import { hashMachines } from "../src/actors/runtime/machine-hash.ts";
import { openRuntime } from "../src/actors/runtime/open-runtime.ts";
import { type Outcome, systemClock } from "../src/actors/runtime/ports.ts";
import { toMachines } from "../src/actors/runtime/runtime.ts";
import { openRun } from "../src/index.ts";
import { loadPlan, remainingPathMs } from "../src/plan/index.ts";
import { loadConfig } from "../src/plan/load-config.ts";
import { streams } from "./shared/counter.ts";
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { writeDag } from "./shared/layered-dag.ts";
import { askSelf } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const RECORDS = 100_000;
/** A task without isolation is six records. */
const TASKS = Math.ceil(RECORDS / 6);
const RUN = "bench";
const REPEATS = 3;
const PRODUCERS = 64;

/** Writes the whole log of a run whose commands all succeed at once. Returns how many records it holds. */
async function writeRun(root: string): Promise<number> {
  writeDag(root, { tasks: TASKS, command: "true", concurrency: 8 });
  const { config } = await loadConfig(root);
  const { plan, errors } = loadPlan(path.join(root, "plan.yaml"), { root, config });
  if (plan === null) throw new Error(errors[0]?.message);
  const about = { run: RUN, plan, base: null, baseBranch: null, branch: null, patterns: {} };
  const options = { seed: 1, expectedMs: {}, unknownMs: 1_000, pathMs: remainingPathMs(plan, {}) };
  const machines = hashMachines(toMachines(runLogics));
  const transcript = { path: "out/none.log", bytes: 0, sha256: "", truncated: false };
  const exited = {
    type: "agent.exited",
    ok: true,
    code: 0,
    signal: null,
    reason: null,
    faultOf: "work",
    durationMs: 1,
    timedOut: false,
  };
  const startAgent = async (): Promise<Outcome> => ({ ...exited, transcript });
  const runtime = await openRuntime({
    log: localEngine.openLog(runFolder(root, RUN)),
    logics: runLogics,
    perform: { startAgent },
    clock: systemClock,
    root: { id: "run", kind: "supervisor", input: rootInput(about, options) },
    epoch: (epoch) => ({ epoch, socket: null, program: "bench", machines, droppedBytes: 0 }),
  });
  const over = new Promise<void>((resolve) => {
    runtime.watch((records) => {
      if (records.some(({ type }) => type === "run.finished")) resolve();
    });
  });
  runtime.start();
  await Promise.race([over, runtime.failed]);
  await runtime.stop();
  return runtime.system.seq;
}

/** Opens the run and, when asked to, lets its host come to its end, which leaves a snapshot. */
async function openPlan(root: string, withEnd: boolean): Promise<number> {
  const startedAt = performance.now();
  const { config } = await loadConfig(root);
  const host = await openHost({
    root,
    run: RUN,
    engine: localEngine,
    program: "bench",
    config,
    executor: localExecutor,
    keepAliveWhileWaiting: false,
    env: process.env,
    gateConcurrency: 1,
  });
  const openMs = performance.now() - startedAt;
  if (withEnd) await host.run();
  else await host.close();
  return openMs;
}

/** Writes a run of the library. Leaves snapshots, as every such run does. */
async function writeCounted(dir: string): Promise<number> {
  const run = await openRun({ dir, streams });
  for (let sent = 0; sent < RECORDS; sent += PRODUCERS) {
    await Promise.all(Array.from({ length: PRODUCERS }, () => run.send("counter", { type: "count.added", amount: 1 })));
  }
  await run.close();
  return RECORDS;
}

async function openCounted(dir: string): Promise<number> {
  const startedAt = performance.now();
  const run = await openRun({ dir, streams });
  const openMs = performance.now() - startedAt;
  await run.close();
  return openMs;
}

/** What this program does when it runs itself: each resolves to one number. */
const parts: Record<string, (dir: string) => Promise<number>> = {
  writeCounted,
  openCounted,
  writePlan: writeRun,
  openPlan: (dir) => openPlan(dir, false),
  endPlan: (dir) => openPlan(dir, true),
};

async function compare(): Promise<void> {
  const self = fileURLToPath(import.meta.url);
  const measureSeconds = async (part: string, dir: string, before: () => void): Promise<number> => {
    const times: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      before();
      times.push(await askSelf<number>(self, part, dir));
    }
    return median(times) / 1000;
  };
  const remove = (folder: string) => (): void => fs.rmSync(folder, { recursive: true, force: true });
  const keep = (): void => {};
  const goal = { atMost: 2 };
  printTitle(
    `(c) opening a run of ${RECORDS.toLocaleString("en-US")} records again`,
    "From the call to the moment when the host could go on: log read and verified, machines folded, effects compared,",
    `the new epoch on the disk. Each time in a new process, without its start; medians of ${REPEATS}.`,
    `The plan has ${TASKS.toLocaleString("en-US")} tasks, and so many actors in its state.`,
  );
  await withScratch(async (dir) => {
    await askSelf<number>(self, "writeCounted", dir);
    printFigure("a counting machine, with its snapshot", await measureSeconds("openCounted", dir, keep), {
      unit: "s",
      goal,
    });
    const bare = await measureSeconds("openCounted", dir, remove(path.join(dir, "snapshots")));
    printFigure("a counting machine, without snapshots", bare, { unit: "s", goal });
  });
  await withScratch(async (dir) => {
    await askSelf<number>(self, "writePlan", dir);
    const bare = await measureSeconds("openPlan", dir, remove(path.join(runFolder(dir, RUN).path, "snapshots")));
    await askSelf<number>(self, "endPlan", dir);
    printFigure("a plan, with its snapshot", await measureSeconds("openPlan", dir, keep), { unit: "s", goal });
    printFigure("a plan, without snapshots", bare, { unit: "s", goal });
  });
}

const [asked, dir = ""] = process.argv.slice(2);
if (asked === undefined) await compare();
else process.stdout.write(JSON.stringify(await parts[asked]?.(dir)));
