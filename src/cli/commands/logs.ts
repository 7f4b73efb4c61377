/**
 * `pleach logs [TASK]`: what a task's work or a gate printed. Executes nothing, and needs no host. Without a gate, a task that
 * something went wrong with shows the output that says why.
 */
import { setTimeout } from "node:timers/promises";
import type { Engine } from "../../actors/control/engine.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { type KeptLog, KeptLogs } from "../../actors/projections/kept-logs.ts";
import { endOfTask, manifestOf } from "../../actors/projections/run-view.ts";
import { runLogics } from "../../actors/run-actors/root.ts";
import { applyRecorded } from "../../actors/runtime/open-runtime.ts";
import { toMachines } from "../../actors/runtime/runtime.ts";
import { ActorSystem } from "../../actors/runtime/system.ts";
import { PleachError } from "../../errors.ts";
import { few } from "../../protocol/words.ts";
import { confinePath, readUntrustedFile } from "../../safe-files/index.ts";
import { sanitizeOutput } from "../../terminal-text/index.ts";
import { chooseLog, fitLogs, type LogWish } from "../choose-log.ts";
import { EXIT } from "../exit.ts";
import { followRunLog } from "../follow-log.ts";
import type { CommonOptions } from "../options.ts";
import { findRun, findRunPlace } from "../place.ts";
import { printJson } from "../streams.ts";
import { FileTail } from "../tail-file.ts";
import { readTaskNames } from "../task-names.ts";
import { line, pathFromRoot } from "../words.ts";

export interface LogsOptions extends CommonOptions {
  run?: string;
  gate?: string;
  attempt?: string;
  follow?: boolean;
}

/** Transcripts are cut at much less. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Between looks at a file that grows, ms. */
const LOOK_MS = 150;

/** Resolves with 0, whatever it was that is shown. */
export async function logs(wanted: string | undefined, options: LogsOptions): Promise<number> {
  if (options.follow && options.json) {
    throw new PleachError("usage.followJson", "--follow prints an output as it grows, and --json one document", {
      hint: "leave one of them out; pleach events --follow --json tells a program what happens",
    });
  }
  const place = await findRunPlace(options.C);
  const named = readTaskNames(wanted === undefined ? [] : [wanted], options.run);
  const [task = null] = named.tasks;
  const folder = await findRun(place, named.run);
  const view = new LogView();
  for await (const records of place.engine.openLog(folder).read()) view.read(records);
  if (task !== null) view.demandTask(task, folder.run);
  if (task === null && options.gate === undefined) listLogs(folder, view.list(), options);
  else {
    const wish = { task, gate: options.gate, attempt: options.attempt };
    if (options.follow) await follow(place.engine, folder, wish, view.seq);
    else await show(folder, chooseLog(view.list(), wish, task === null ? null : view.kept.reasonOf(task)), options);
  }
  return EXIT.done;
}

/** The run as far as it was read. */
class LogView {
  readonly kept = new KeptLogs();
  readonly #system = new ActorSystem(toMachines(runLogics));
  isOver = false;
  /** The last record read. */
  seq = 0;

  read(records: Iterable<Parameters<KeptLogs["follow"]>[1]>): void {
    for (const record of records) {
      this.kept.follow(this.#system, record);
      applyRecorded(this.#system, record);
      this.seq = record.seq;
      if (record.type === "run.finished" && record.actor === "run") this.isOver = true;
    }
  }

  list(): KeptLog[] {
    this.kept.take(this.#system);
    return this.kept.list();
  }

  isEnded(task: string): boolean {
    return this.isOver || endOfTask(this.#system, task) !== null;
  }

  demandTask(task: string, run: string): void {
    const ids = (manifestOf(this.#system)?.plan.tasks ?? []).map(({ id }) => id);
    if (ids.includes(task)) return;
    throw new PleachError("usage.noTask", `run ${run} has no task ${JSON.stringify(task)}`, {
      hint: `its tasks: ${few(ids)}; of another run: pleach logs RUN/TASK`,
    });
  }
}

function listLogs({ run }: RunFolder, all: readonly KeptLog[], { json }: LogsOptions): void {
  if (json) {
    printJson({ schema: 1, run, logs: all });
    return;
  }
  if (all.length === 0) process.stderr.write(`run ${run} has kept no output yet\n`);
  for (const log of all) process.stdout.write(`${describe(log)}  ${pathFromRoot(run, log.path)}\n`);
}

/** `parser, attempt 2: gate test failed (exited with code 1)`, as one safe line. */
function describe({ kind, tasks, attempt, gate, at, status, summary }: KeptLog): string {
  const whose = at === "base" ? "base" : at === "merge" ? `merge of ${few(tasks)}` : tasks.join();
  const what = gate === null ? kind : `gate ${gate}`;
  const why = summary === null || summary === status ? "" : ` (${summary})`;
  return line(`${whose}${attempt === null ? "" : `, attempt ${attempt}`}: ${what} ${status}${why}`);
}

async function show(folder: RunFolder, log: KeptLog, { json }: LogsOptions): Promise<void> {
  const file = await readUntrustedFile(locate(folder, log), { maxBytes: MAX_BYTES, part: "end" });
  const text = file.kind === "read" ? sanitizeOutput(file.bytes) : "";
  const isCut = file.kind === "read" && file.isCut;
  if (json) {
    printJson({ schema: 1, run: folder.run, ...log, text, isCut });
    return;
  }
  const state = file.kind === "refused" ? `; ${file.reason}` : "";
  // Of what printed nothing no file is kept.
  const empty = file.kind !== "refused" && text === "" ? "; it printed nothing" : "";
  announce(folder, log, `${state}${empty}${isCut ? "; its end" : ""}`);
  await write(text === "" || text.endsWith("\n") ? text : `${text}\n`);
}

/** What it is goes to stderr, so that what is piped is the output alone. */
function announce({ run }: RunFolder, log: KeptLog, more = ""): void {
  process.stderr.write(`${describe(log)}: ${pathFromRoot(run, log.path)}${line(more)}\n`);
}

/** Absolute. Throws when the path leads out of the run's folder: whoever wrote the log, or works in the folder, chose it. */
function locate(folder: RunFolder, { path }: KeptLog): string {
  const place = confinePath(folder.path, path);
  if (place.kind === "inside") return place.path;
  throw new PleachError("usage.noLog", `${JSON.stringify(path)} is not read: ${place.reason}`, {
    hint: "pleach log verify checks the run's log",
  });
}

/**
 * Shows outputs as they grow: the one that is meant now, then those that follow it, until nothing more can come. `from` is the
 * last record that was there when it was asked for.
 */
async function follow(engine: Engine, folder: RunFolder, wish: LogWish, from: number): Promise<void> {
  const view = new LogView();
  const reading = (async () => {
    for await (const records of followRunLog(engine, folder)) view.read(records);
  })();
  let isRead = false;
  const read = reading.finally(() => {
    isRead = true;
  });
  read.catch(() => {});
  const seen = new Set<string>();
  for (;;) {
    // As long as it reads what was there already, the newest is not known.
    const next = view.seq < from ? null : pickNext(view, wish, seen);
    if (next !== null) {
      seen.add(next.path);
      announce(folder, next);
      await tail(folder, next, () => isRead || statusOf(view, next) !== "running");
    } else if (isRead || (wish.task !== null && view.isEnded(wish.task))) break;
    // That attempt has begun and ended; nothing more of it comes but what the loop before has shown.
    else if (wish.attempt !== undefined && seen.size > 0) break;
    else await setTimeout(LOOK_MS);
  }
  if (isRead) await read;
}

/** First the one that is meant, then whatever is newer, each once. */
function pickNext(view: LogView, wish: LogWish, seen: Set<string>): KeptLog | null {
  const fitting = fitLogs(view.list(), wish);
  if (seen.size > 0) return fitting.find(({ path }) => !seen.has(path)) ?? null;
  const first = fitting.at(-1);
  if (first === undefined) return null;
  for (const { path } of fitting) if (path !== first.path) seen.add(path);
  return first;
}

const statusOf = (view: LogView, { path }: KeptLog): KeptLog["status"] | undefined =>
  view.list().find((log) => log.path === path)?.status;

async function tail(folder: RunFolder, log: KeptLog, isOver: () => boolean): Promise<void> {
  const file = new FileTail(locate(folder, log));
  try {
    for (;;) {
      // Asked before the last look, so that nothing is missed.
      const isLast = isOver();
      await file.read(write, isLast);
      if (isLast) return;
      await setTimeout(LOOK_MS);
    }
  } finally {
    await file.close();
  }
}

/** Waits for a slow reader, so that a long output is not kept in memory. */
function write(text: string): Promise<void> | undefined {
  if (process.stdout.write(text)) return undefined;
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}
