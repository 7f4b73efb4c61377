/**
 * Beyond the goals: how long commands that only look at a run take when its log is long: a million records, most of them
 * events that agents emitted. With the host's snapshot, and without: then the whole log is folded.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { localEngine } from "../src/actors/control/local-engine.ts";
import { readProgram } from "../src/actors/control/program.ts";
import { runFolder } from "../src/actors/control/run-folder.ts";
import { rootInput, runLogics } from "../src/actors/run-actors/root.ts";
import { hashMachines } from "../src/actors/runtime/machine-hash.ts";
import { openRuntime } from "../src/actors/runtime/open-runtime.ts";
import { type Outcome, type PerformContext, systemClock } from "../src/actors/runtime/ports.ts";
import { toMachines } from "../src/actors/runtime/runtime.ts";
import { loadPlan, remainingPathMs } from "../src/plan/index.ts";
import { loadConfig } from "../src/plan/load-config.ts";
import { printFigure, printTitle } from "./shared/figures.ts";
import { writeDag } from "./shared/layered-dag.ts";
import { askSelf, cli, timeProgram } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const RECORDS = 1_000_000;
const TASKS = 50;
const AT_ONCE = 2_000;
const RUN = "bench";

/** Writes the log of a run whose commands emit events, up to its last records; resolves with how many it holds. */
async function writeRun(root: string): Promise<number> {
  writeDag(root, { tasks: TASKS, command: "true", concurrency: 8 });
  const { config } = await loadConfig(root);
  const { plan, errors } = loadPlan(path.join(root, "plan.yaml"), { root, config });
  if (plan === null) throw new Error(errors[0]?.message);
  const about = { run: RUN, plan, base: null, baseBranch: null, branch: null, patterns: {} };
  const options = { seed: 1, expectedMs: {}, unknownMs: 1_000, pathMs: remainingPathMs(plan, {}) };
  const emitEach = Math.ceil((1.1 * RECORDS) / TASKS);
  const emit = ({ report, effect }: PerformContext, n: number): Promise<void> => {
    const payload = { text: `compiled another file, ${n}` };
    return report(
      { type: "event.emitted", name: "progress_made", key: `${effect}:${n}`, task: null, payload },
      "stream:builders",
    );
  };
  const startAgent = async (_: unknown, context: PerformContext): Promise<Outcome> => {
    for (let sent = 0; sent < emitEach; sent += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, emitEach - sent) }, (_, n) => emit(context, sent + n)));
    }
    const transcript = { path: "out/none.log", bytes: 0, sha256: "", truncated: false };
    const ended = { code: 0, signal: null, reason: null, faultOf: "work", durationMs: 1, timedOut: false };
    return { type: "agent.exited", ok: true, ...ended, transcript };
  };
  const runtime = await openRuntime({
    log: localEngine.openLog(runFolder(root, RUN)),
    logics: runLogics,
    perform: { startAgent },
    clock: systemClock,
    root: { id: "run", kind: "supervisor", input: rootInput(about, options) },
    epoch: (epoch) => ({
      epoch,
      socket: null,
      program: readProgram(),
      machines: hashMachines(toMachines(runLogics)),
      droppedBytes: 0,
    }),
  });
  const isLong = new Promise<void>((resolve) => {
    runtime.watch((records) => {
      if ((records.at(-1)?.seq ?? 0) >= RECORDS) resolve();
    });
  });
  runtime.start();
  await Promise.race([isLong, runtime.failed]);
  await runtime.stop();
  return runtime.system.seq;
}

async function measure(dir: string): Promise<void> {
  const records = await askSelf<number>(fileURLToPath(import.meta.url), "writeRun", dir);
  // Its host is the program itself: it leaves the snapshot and the read models.
  timeProgram(process.execPath, [cli, "resume", RUN, "--no-learn", "--json", "-C", dir]);
  printTitle(
    `(j) commands that look at a run of ${records.toLocaleString("en-US")} records`,
    "Wall time of the whole program. The last of each pair has no snapshot to begin with.",
  );
  const { path: folder, state } = runFolder(dir, RUN);
  const take = (name: string, goal: number | null, ...args: string[]): void => {
    const seconds = timeProgram(process.execPath, [cli, ...args, "-C", dir]) / 1000;
    printFigure(name, seconds, { unit: "s", goal: goal === null ? "none" : { atMost: goal } });
  };
  take("list", 1, "list");
  take("status of a run that is over", 1, "status", RUN);
  // As for a run that goes on: its read models are behind the log.
  fs.rmSync(state, { recursive: true });
  take("status, folded", 1, "status", RUN);
  take("replay", 1, "replay", RUN);
  take("resume of a run that is over", 1, "resume", RUN, "--no-learn");
  take("attach", null, "attach", RUN);
  fs.rmSync(path.join(folder, "snapshots"), { recursive: true });
  take("status, without a snapshot", null, "status", RUN);
  take("replay --verify", null, "replay", RUN, "--verify");
  take("log verify", null, "log", "verify", RUN);
}

const [asked, dir = ""] = process.argv.slice(2);
if (asked === undefined) await withScratch(measure);
else process.stdout.write(JSON.stringify(await writeRun(dir)));
