import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import type { ProjectConfig } from "../../plan/model.ts";
import { streamActor, taskActor } from "../../protocol/address.ts";
import type { CommandAnswer, RunCommand, RunEvent, StatusDocument } from "../../protocol/client.ts";
import type { Performers } from "../../protocol/effects.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { RunManifest } from "../../protocol/values.ts";
import { listAdapters, startAgent } from "../agents/index.ts";
import { serveCommands } from "../control/control-socket.ts";
import { type HostFacts, markEnded } from "../control/host-lock.ts";
import { type RunFolder, WORKSPACE } from "../control/run-folder.ts";
import { EmittedEvents } from "../coordination/emitted-events.ts";
import type { ToolGateway } from "../coordination/index.ts";
import { excludeLocally, openRepository, type Repository } from "../git/index.ts";
import { type LogRecord, openFileLog, readRecords } from "../log/index.ts";
import { openRunPatterns } from "../patterns/run-patterns.ts";
import { removeLeftWorktrees } from "../perform/left-worktrees.ts";
import { mergePerformers } from "../perform/merge-performers.ts";
import { Messages } from "../perform/messages.ts";
import { PortRanges } from "../perform/port-ranges.ts";
import { type RunContext, sweepWorkers } from "../perform/run-context.ts";
import { taskPerformers } from "../perform/task-performers.ts";
import { eventOf } from "../projections/events.ts";
import { manifestOf, noteRecord, type RunMeta, schedulerOf } from "../projections/run-view.ts";
import { projectStatus } from "../projections/status.ts";
import { openPerformers } from "../run-actors/open-performers.ts";
import type { RootOptions } from "../run-actors/root.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Performer } from "../runtime/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { decide } from "./decide.ts";
import { watchDropBox } from "./drop-box.ts";
import { openToolGateway } from "./open-tool-gateway.ts";
import { restoreMemory } from "./restore.ts";
import { openStateFiles } from "./state-files.ts";

export interface HostOptions {
  root: string;
  run: string;
  /** Name and version of the program. */
  program: string;
  config: ProjectConfig;
  /** Folders of the vaults that agents may search, and are told of. */
  vaults?: readonly string[];
  /** A new run; absent: go on with one that has a log. */
  begin?: { manifest: RunManifest; options: RootOptions };
  /** Recorded before anything is performed: for a decision or a cancellation without a host. */
  first?: RunCommand;
  /** Whether to go on while a person is waited for. */
  keepAliveWhileWaiting: boolean;
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
  /** Starts performing; resolves when the host ends (HOST-3). Rejects when the log fails or the root crashes. */
  run(): Promise<HostEnd>;
  /** Ends a host that was never started, or is to end at once. */
  close(): Promise<void>;
}

/** Records between two snapshots. */
const SNAPSHOT_EVERY = 5_000;

/** What `openHost` made for it. */
export interface Belongings {
  self: HostFacts;
  socket: string | null;
  /** Keeps the state after the record with this crc. */
  save: (system: ActorSystem, crc: string) => Promise<void>;
}

/** The host that `openHost` makes. */
export class RunHost implements Host {
  readonly folder: RunFolder;
  readonly meta: RunMeta;
  firstAnswer: CommandAnswer | null = null;
  readonly #options: HostOptions;
  readonly #runtime: Runtime;
  readonly #performers: Record<string, Performer>;
  readonly #belongings: Belongings;
  readonly #emittedEvents = new EmittedEvents();
  readonly #messages = new Messages();
  readonly #ports = new PortRanges();
  #toolGateway: ToolGateway | null = null;
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
        await this.#send({ to: "scheduler", event: { type: "run.cancel" } });
        return { ok: true, message: `run ${this.folder.run} is being cancelled` };
      case "interrupt":
        await this.#interrupt("a client");
        return { ok: true, message: `run ${this.folder.run} is stopping; pleach resume ${this.folder.run} goes on` };
      case "decide":
        return decide(this.#runtime, command);
      case "message":
        return this.#tellAgent(command);
      case "tool":
        if (this.#toolGateway) return this.#toolGateway.answerCommand(command);
        return { ok: false, code: "run.busy", message: "the run is only starting", hint: "try again in a moment" };
      default:
        return {
          ok: false,
          code: "usage.badCommand",
          message: "unknown command",
          hint: "cancel, interrupt, decide, message or tool",
        };
    }
  }

  async run(): Promise<HostEnd> {
    const context = await this.#makeRunContext();
    const { toolGateway } = context;
    const performers: Performers = { ...taskPerformers(context), ...mergePerformers(context) };
    Object.assign(this.#performers, openPerformers(performers));
    if (this.meta.epochs > 0) await sweepWorkers(this.folder);
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
    const commandServer =
      this.#belongings.socket === null
        ? null
        : await serveCommands(this.#belongings.socket, (command) => this.command(command));
    const dropBox = await watchDropBox(this.folder.events, {
      streams: context.manifest.plan.streams.map(({ name }) => name),
      emit: async (stream, event) => {
        await this.#send({ to: streamActor(stream), event: { type: "event.emitted", ...event } });
      },
      call: (call) => toolGateway.answerDropped(call),
    });
    try {
      await this.#catchUp();
      this.#runtime.start();
      this.#checkEnd();
      const kind = await Promise.race([this.#ended, this.#runtime.failed]);
      await this.#stopWorkers();
      if (kind === "over") await removeLeftWorktrees(context);
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
      await toolGateway.close();
      await dropBox.close();
      await commandServer?.close();
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
      await sweepWorkers(this.folder);
    }
  }

  #send(letter: Letter<"person" | "tools">): Promise<LogRecord> {
    return sendLetter(this.#runtime, letter);
  }

  /** Gives an agent a text while it works. */
  async #tellAgent({ task, text }: { task: string; text: string }): Promise<CommandAnswer> {
    if (this.system.isActive(taskActor(task)) && this.#messages.send(task, text)) {
      await this.#send({ to: taskActor(task), event: { type: "agent.messaged", text } });
      return { ok: true, message: `the agent of ${task} was told` };
    }
    const kinds = listAdapters().flatMap(({ kind, hearsMessages }) => (hearsMessages ? [kind] : []));
    const names = new Intl.ListFormat("en-GB").format(kinds);
    const hint = `only an agent that is at work and listens can be told something: ${names} do`;
    return { ok: false, code: "run.notListening", message: `no agent of ${task} listens`, hint };
  }

  /** SIGINT and the like: recorded, workers stopped, the run can be resumed. */
  async #interrupt(signal: string): Promise<void> {
    if (this.#interrupted) return;
    this.#interrupted = true;
    await this.#send({ to: "scheduler", event: { type: "run.interrupted", signal } });
    this.#end("interrupted");
  }

  async #makeRunContext(): Promise<RunContext & { toolGateway: ToolGateway }> {
    const { env, config, root, gateConcurrency, program, vaults = [] } = this.#options;
    const { folder, system } = this;
    const manifest = manifestOf(this.system) as RunManifest;
    const repo: Repository | null = manifest.base === null ? null : await openRepository(root);
    if (repo) {
      // Once a project has its pleach.yaml, whether the vault is tracked is the project's own affair.
      const isInitialised = existsSync(join(root, "pleach.yaml"));
      await excludeLocally(repo, [`/${WORKSPACE}/`, ...(isInitialised ? [] : [`/${config.vault}/`])]);
    }
    restoreMemory(this.system, { board: this.#emittedEvents, ports: this.#ports });
    const toolGateway = openToolGateway(this.#runtime, {
      folder,
      emittedEvents: this.#emittedEvents,
      vaults,
      program,
      committed: this.#committed,
    });
    this.#toolGateway = toolGateway;
    return {
      get manifest() {
        return manifestOf(system) as RunManifest;
      },
      get scheduler() {
        return schedulerOf(system) as SchedulerContext;
      },
      toolGateway,
      folder,
      config,
      repo,
      startAgent,
      emittedEvents: this.#emittedEvents,
      messages: this.#messages,
      patterns: openRunPatterns(vaults, folder, this.meta),
      ports: this.#ports,
      parentEnv: env,
      gateConcurrency,
    };
  }

  /** Notes what this epoch recorded before anybody watched. */
  async #catchUp(): Promise<void> {
    this.#note(await readRecords(openFileLog(this.folder.log), { afterSeq: this.#runtime.inherited }));
  }

  #note(records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (last) [this.#committed, this.#crc] = [last.seq, last.crc];
    this.#emittedEvents.note(records);
    this.#toolGateway?.note(records);
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
    if (schedulerOf(this.system)?.saidWaiting && !this.#options.keepAliveWhileWaiting) this.#end("waiting");
  }
}
