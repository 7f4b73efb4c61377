/**
 * The host of one run: opens its log as a new epoch, runs its actors, performs their effects, answers commands, and
 * projects what happens. One process a run (DESIGN R7); screens are clients elsewhere.
 *
 * N1 A run with a living host is refused (`run.live`); a dead one's workers are ended before anything is performed.
 * N2 Commands are answered when what they caused is durable.
 * N3 The host ends when the run is over, waits for a person (unless told to stay), or is interrupted; its workers are
 *    gone by then.
 */
import { mkdirSync } from "node:fs";
import { codeOf, PleachError } from "../errors.ts";
import type { ConflictContext } from "../machines/conflict.ts";
import type { StreamContext } from "../machines/stream.ts";
import type { TaskContext } from "../machines/task-state.ts";
import type { ProjectConfig } from "../plan/model.ts";
import { startAgent } from "./agents/index.ts";
import type { CommandAnswer, RunCommand, RunEvent, StatusDocument } from "./client.ts";
import { controlSocketPath, isListening, serveCommands } from "./control.ts";
import { watchDropBox } from "./drop-box.ts";
import { crashPoints } from "./fault.ts";
import { excludeLocally, openRepository, type Repository } from "./git/index.ts";
import { describeSelf, type HostFacts, isHostAlive, markEnded } from "./host-lock.ts";
import { Board } from "./job/board.ts";
import type { Job } from "./job/job.ts";
import { removeLeftWorktrees } from "./job/left-worktrees.ts";
import { mergePerformers } from "./job/merge-performers.ts";
import { Ports } from "./job/ports-of-workers.ts";
import { type RootOptions, rootInput, runLogics } from "./job/root.ts";
import { taskPerformers } from "./job/task-performers.ts";
import { type LogRecord, openFileLog, openSnapshots } from "./log/index.ts";
import { hashMachines } from "./machine-hash.ts";
import { type Performer, systemClock } from "./ports.ts";
import { sweepProcesses } from "./process/index.ts";
import { createFoldCheck } from "./replay.ts";
import { type RunFolder, runFolder, WORKSPACE } from "./run-folder.ts";
import { openRuntime, type Runtime } from "./runtime.ts";
import { openStateFiles } from "./state-files.ts";
import type { ActorSystem } from "./system.ts";
import { eventOf } from "./view/events.ts";
import { aboutOf, type EpochFacts, emptyMeta, noteRecord, type RunAbout, type RunMeta } from "./view/run-view.ts";
import { projectStatus } from "./view/status.ts";

export interface HostOptions {
  root: string;
  run: string;
  /** Name and version of the program. */
  program: string;
  config: ProjectConfig;
  /** A new run; absent: go on with one that has a log. */
  begin?: { about: RunAbout; options: RootOptions };
  /** Recorded before anything is performed: for a decision or a cancellation without a host. */
  first?: RunCommand;
  /** Whether to go on while a person is waited for. */
  stay: boolean;
  env: NodeJS.ProcessEnv;
  gateConcurrency: number;
  onEvent?: (event: RunEvent) => void;
}

/** How a host came to its end. */
export type HostEnd = { kind: "over" | "waiting" | "interrupted"; status: StatusDocument };

export interface Host {
  readonly folder: RunFolder;
  /** Answer to `first`, if there was one. */
  readonly firstAnswer: CommandAnswer | null;
  readonly system: ActorSystem;
  readonly meta: RunMeta;
  status(): StatusDocument;
  command(command: RunCommand): Promise<CommandAnswer>;
  /** Starts performing; resolves when the host ends (N3). Rejects when the log fails or the root crashes. */
  run(): Promise<HostEnd>;
  /** Ends a host that was never started, or is to end at once. */
  close(): Promise<void>;
}

const SNAPSHOT_EVERY = 5_000;
const SWEEP_GRACE_MS = 2_000;

/** The facts of the newest epoch when its host lives, else null. */
export async function findLiveHost(folder: RunFolder): Promise<EpochFacts | null> {
  const newest = openFileLog(folder.log).newestEpoch();
  if (newest === null) return null;
  const epoch = newest.data as EpochFacts;
  if (isHostAlive(epoch)) return epoch;
  return epoch.socket !== null && (await isListening(epoch.socket)) ? epoch : null;
}

/**
 * Opens a run and takes it over. Rejects with `run.live`, `run.notFound`, `log.damaged`, `log.newer`,
 * `log.incompatible`, `log.taken`, `log.failed` or an error of git.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  try {
    return await takeOver(options, { usesSnapshot: true });
  } catch (thrown) {
    if (codeOf(thrown) !== "log.otherHistory") throw thrown;
    // A snapshot is only a cache: one of records that the log has lost since is worth nothing.
    return takeOver(options, { usesSnapshot: false });
  }
}

async function takeOver(options: HostOptions, { usesSnapshot }: { usesSnapshot: boolean }): Promise<Host> {
  const { root, run, begin, program } = options;
  const folder = runFolder(root, run);
  const log = openFileLog(folder.log);
  if (!begin && log.newestEpoch() === null) {
    throw new PleachError("run.notFound", `there is no run ${run} in ${root}`, { hint: "pleach list shows the runs" });
  }
  const live = await findLiveHost(folder);
  if (live !== null) {
    throw new PleachError("run.live", `run ${run} is going on in process ${live.pid}`, {
      hint: `watch it with: pleach attach ${run}`,
    });
  }
  makeFolders(folder);
  const machines = hashMachines(
    Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine])),
  );
  const snapshots = openSnapshots(folder.snapshots);
  const snapshotKey = Object.values(machines).join();
  const checkFold = createFoldCheck(machines);
  const snapshot = usesSnapshot ? snapshots.loadNewest({ key: snapshotKey }) : null;
  const saved = snapshot?.state as { system: unknown; meta: RunMeta } | undefined;
  const meta = saved?.meta ?? emptyMeta();
  const self = describeSelf();
  let socket: string | null = null;
  const performers: Record<string, Performer> = {};
  let droppedBytes = 0;
  const runtime = await openRuntime({
    log,
    logics: runLogics,
    perform: performers,
    clock: systemClock,
    root: { id: "run", kind: "supervisor", input: begin ? rootInput(begin.about, begin.options) : undefined },
    restore: (system) => {
      if (saved) system.restore(saved.system);
    },
    ...(snapshot ? { afterCrc: snapshot.crc } : {}),
    check: (record, applied) => {
      checkFold(record, applied);
      noteRecord(meta, record);
    },
    recovered: (system, end) => {
      if (!begin && !system.actors.has("run")) {
        throw new PleachError("run.neverBegan", `run ${run} was cut off before its first record`, {
          hint: "nothing of it is left to go on with: start it again with pleach run",
        });
      }
      droppedBytes = end.droppedBytes;
    },
    epoch: (epoch) => {
      socket = controlSocketPath(folder.path, epoch);
      return { epoch, ...self, socket, program, machines, droppedBytes };
    },
    ...crashPoints(options.env),
  });
  const host = new RunHost(options, folder, runtime, performers, meta, {
    self,
    socket,
    save: (system, crc) =>
      snapshots.save({ seq: system.seq, crc, key: snapshotKey, state: { system: system.persist(), meta } }),
  });
  if (options.first) host.firstAnswer = await host.command(options.first);
  return host;
}

function makeFolders({ log, out, events, state }: RunFolder): void {
  for (const folder of [log, out, events, state]) mkdirSync(folder, { recursive: true });
}

interface Belongings {
  self: HostFacts;
  socket: string | null;
  /** Keeps the state after the record with this crc. */
  save: (system: ActorSystem, crc: string) => Promise<void>;
}

class RunHost implements Host {
  readonly folder: RunFolder;
  readonly meta: RunMeta;
  firstAnswer: CommandAnswer | null = null;
  readonly #options: HostOptions;
  readonly #runtime: Runtime;
  readonly #performers: Record<string, Performer>;
  readonly #belongings: Belongings;
  readonly #board = new Board();
  readonly #ports = new Ports();
  #committed: number;
  #crc = "";
  #savedAt: number;
  #interrupted = false;
  readonly #ended: Promise<"over" | "waiting" | "interrupted">;
  #end!: (kind: "over" | "waiting" | "interrupted") => void;

  constructor(
    options: HostOptions,
    folder: RunFolder,
    runtime: Runtime,
    performers: Record<string, Performer>,
    meta: RunMeta,
    belongings: Belongings,
  ) {
    this.#options = options;
    this.folder = folder;
    this.#runtime = runtime;
    this.#performers = performers;
    this.meta = meta;
    this.#belongings = belongings;
    this.#committed = runtime.system.seq;
    this.#savedAt = runtime.system.seq;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get system(): ActorSystem {
    return this.#runtime.system;
  }

  status(): StatusDocument {
    return projectStatus(this.system, this.meta, { hostAlive: true, now: Date.now() });
  }

  async command(command: RunCommand): Promise<CommandAnswer> {
    switch (command.command) {
      case "cancel":
        await this.#runtime.send("scheduler", "run.cancel");
        return { ok: true, message: `run ${this.folder.run} is being cancelled` };
      case "interrupt":
        await this.#interrupt("a client");
        return { ok: true, message: `run ${this.folder.run} is stopping; pleach resume ${this.folder.run} goes on` };
      case "decide":
        return this.#decide(command.conflict, command.choice);
      default:
        return { ok: false, code: "usage.badCommand", message: "unknown command", hint: "cancel, interrupt or decide" };
    }
  }

  async run(): Promise<HostEnd> {
    const job = await this.#makeJob();
    Object.assign(this.#performers, taskPerformers(job), mergePerformers(job));
    const { run } = this.folder;
    if (this.meta.epochs > 0) await sweepProcesses({ run }, { graceMs: SWEEP_GRACE_MS });
    let hostAlive = true;
    const state = openStateFiles(this.folder.state, () =>
      this.#committed === this.system.seq
        ? projectStatus(this.system, this.meta, { hostAlive, now: Date.now() })
        : null,
    );
    const unwatch = this.#runtime.watch((records) => {
      this.#note(records);
      state.touch();
    });
    const door =
      this.#belongings.socket === null
        ? null
        : await serveCommands(this.#belongings.socket, (command) => this.command(command));
    const dropBox = await watchDropBox(this.folder.events, {
      streams: job.about.plan.streams.map(({ name }) => name),
      emit: async (stream, event) => {
        await this.#runtime.send(`stream:${stream}`, "event.emitted", { ...event });
      },
    });
    try {
      this.#catchUp();
      this.#runtime.start();
      this.#checkEnd();
      const kind = await Promise.race([this.#ended, this.#runtime.failed]);
      await this.#stopWorkers();
      if (kind === "over") await removeLeftWorktrees(job);
      hostAlive = false;
      state.close();
      await this.#belongings.save(this.system, this.#crc).catch(() => {});
      return { kind, status: projectStatus(this.system, this.meta, { hostAlive: false, now: Date.now() }) };
    } catch (thrown) {
      // The log's own error is the one to tell; closing it fails for the same reason.
      await this.#stopWorkers().catch(() => {});
      throw thrown;
    } finally {
      state.stop();
      unwatch();
      await dropBox.close();
      await door?.close();
      markEnded(this.#belongings.self);
    }
  }

  async close(): Promise<void> {
    await this.#runtime.stop();
    markEnded(this.#belongings.self);
  }

  async #stopWorkers(): Promise<void> {
    try {
      await this.#runtime.stop();
    } finally {
      await sweepProcesses({ run: this.folder.run }, { graceMs: SWEEP_GRACE_MS });
    }
  }

  /** SIGINT and the like: recorded, workers stopped, the run can be resumed. */
  async #interrupt(signal: string): Promise<void> {
    if (this.#interrupted) return;
    this.#interrupted = true;
    await this.#runtime.send("scheduler", "run.interrupted", { signal });
    this.#end("interrupted");
  }

  async #decide(conflict: string, choice: string): Promise<CommandAnswer> {
    const actor = this.system.actors.get(`conflict:${conflict}`);
    const context = actor?.snapshot.context as ConflictContext | undefined;
    if (!actor || !context) {
      const known = [...this.system.actors.values()].filter(
        ({ kind, snapshot }) => kind === "conflict" && snapshot.value === "open",
      );
      const names = known.map(({ id }) => id.slice("conflict:".length)).join(", ") || "none";
      return {
        ok: false,
        code: "usage.unknownConflict",
        message: `there is no conflict ${conflict}`,
        hint: `open conflicts: ${names}`,
      };
    }
    if (actor.snapshot.value !== "open") {
      const message = `conflict ${conflict} was decided before: ${context.choice}`;
      return { ok: false, code: "usage.decidedBefore", message, hint: "nothing is left to decide here" };
    }
    if (!context.choices.some(({ name }) => name === choice)) {
      const choices = context.choices.map(({ name }) => name).join(", ");
      return {
        ok: false,
        code: "usage.unknownChoice",
        message: `${choice} is no choice of ${conflict}`,
        hint: `choose one of: ${choices}`,
      };
    }
    await this.#runtime.send(actor.id, "decision.made", { choice, by: "a person" });
    return { ok: true, message: `${conflict}: ${choice}` };
  }

  async #makeJob(): Promise<Job> {
    const { env, config, root, gateConcurrency } = this.#options;
    const about = aboutOf(this.system) as RunAbout;
    const repo: Repository | null = about.base === null ? null : await openRepository(root);
    if (repo) await excludeLocally(repo, [`/${WORKSPACE}/`, `/${config.vault}/`]);
    for (const { kind, status, snapshot } of this.system.actors.values()) {
      if (kind === "stream") {
        const { name, emissions } = snapshot.context as StreamContext;
        for (const { type } of emissions) this.#board.add(type, name);
      }
      const workspace = kind === "task" && status === "active" ? (snapshot.context as TaskContext).workspace : null;
      if (workspace) this.#ports.keep(workspace.port);
    }
    return {
      about,
      folder: this.folder,
      config,
      repo,
      startAgent,
      board: this.#board,
      ports: this.#ports,
      parentEnv: env,
      gateConcurrency,
    };
  }

  /** Notes what this epoch recorded before anybody watched. */
  #catchUp(): void {
    const records = openFileLog(this.folder.log).read({ afterSeq: this.#runtime.inherited });
    this.#note([...records]);
  }

  #note(records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (last) [this.#committed, this.#crc] = [last.seq, last.crc];
    this.#board.note(records);
    for (const record of records) {
      noteRecord(this.meta, record);
      const event = eventOf(record);
      if (event) this.#options.onEvent?.(event);
    }
    if (this.#committed - this.#savedAt >= SNAPSHOT_EVERY && this.#committed === this.system.seq) {
      this.#savedAt = this.#committed;
      // A cache that could not be written costs time at the next start, nothing else.
      this.#belongings.save(this.system, this.#crc).catch(() => {});
    }
    this.#checkEnd();
  }

  #checkEnd(): void {
    const root = this.system.actors.get("run");
    if (root?.status === "done") this.#end("over");
    const scheduler = this.system.actors.get("scheduler")?.snapshot.context as { saidWaiting?: boolean } | undefined;
    if (scheduler?.saidWaiting && !this.#options.stay) this.#end("waiting");
  }
}
